import { describe, expect, it } from 'vitest';
import { eventText, outcomeText, outcomeTone, replyTone, whoText } from './events.ts';

const SESSION = { type: 'session', id: 's', at: '2026-03-05T14:00:00Z', server: 'inbound' };

describe('the outcome of a session', () => {
  it.each<[event: Readonly<Record<string, unknown>>, text: string, tone: string]>([
    [{}, 'no message', 'plain'],
    [{ transactions: 2 }, '2 messages', 'plain'],
    [{ outcome: { accepted: 1 } }, '1 accepted', 'good'],
    [{ outcome: { accepted: 1, refusals: 2 } }, '1 accepted, 2 refusals', 'bad'],
    [{ outcome: { failedLogins: 1 } }, '1 failed login', 'bad'],
    [{ outcome: { held: 1, deferred: 1 } }, '1 held, 1 put off', 'warn'],
  ])('of %j is %s', (event, text, tone) => {
    expect([outcomeText({ ...SESSION, ...event }), outcomeTone({ ...SESSION, ...event })]).toEqual([text, tone]);
  });
});

it.each<[reply: unknown, tone: string]>([
  [250, 'good'],
  ['451 4.3.0 Later', 'warn'],
  [550, 'bad'],
  [0, 'plain'],
  [undefined, 'plain'],
])('a reply of %j is %s', (reply, tone) => {
  expect(replyTone(reply)).toBe(tone);
});

it.each<[who: unknown, text: string]>([
  ['arn:aws:iam::123456789012:user/alice', 'alice'],
  ['arn:aws:sts::123456789012:assumed-role/Admin/alice@example.com', 'Admin/alice@example.com'],
  ['arn:aws:iam::123456789012:root', 'arn:aws:iam::123456789012:root'],
  ['console or SDK', 'console or SDK'],
  [undefined, ''],
])('%j is %s', (who, text) => {
  expect(whoText(who)).toBe(text);
});

it.each<[event: Readonly<Record<string, unknown>>, text: string]>([
  [
    { type: 'login', username: 'alice', mechanism: 'PLAIN', verdict: 'permit', reply: '235' },
    'Login of alice by PLAIN went through: 235',
  ],
  [
    { type: 'transaction', sender: '', recipients: [{}], verdict: 'held', rule: 'screen#1', reply: '250' },
    'Message from <> to 1 recipient: held by screen#1, 250',
  ],
  [
    { type: 'refusal', verb: 'VRFY', rule: 'command#VRFY', reply: '502', reportOnly: true },
    'VRFY would be refused by command#VRFY: 502',
  ],
  [
    { type: 'limit', limit: 3, rule: 'settings#maxErrors', reply: '421' },
    'Limit of 3 reached by settings#maxErrors: 421',
  ],
])('%j says %s', (event, text) => {
  expect(eventText({ ...SESSION, ...event })).toBe(text);
});
