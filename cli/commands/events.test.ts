/** What `events` says of each kind of event, and what it asks. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CliBed } from '../test-support/cli-bed.ts';

const CLIENT = { address: '203.0.113.9', port: 4711, helo: 'laptop\x1b[2J', tls: true };
const SESSION = {
  type: 'session',
  id: 's1',
  at: '2026-11-24T10:00:02.500Z',
  server: 'submission',
  session: 'Ab3dEf6hIj9k',
  client: CLIENT,
  identity: 'alice@example.com',
  ending: 'QUIT',
  transactions: 1,
  durationMs: 2500,
};
/** A page of events, as the API answers it. */
function page(events: readonly unknown[], next?: string) {
  const span = { since: '2026-11-24T00:00:00.000Z', until: '2026-11-25T00:00:00.000Z' };
  return { events, ...span, ...(next === undefined ? {} : { next }) };
}

/** Lists show the day by the day on which they are read. */
beforeEach(() => {
  vi.setSystemTime('2026-11-25T12:00:00Z');
});
afterEach(() => {
  vi.useRealTimers();
});

describe('events', () => {
  it.each([
    [
      {
        type: 'transaction',
        verdict: 'refused',
        sender: 'a@b.c',
        recipients: [{ address: 'x@y.z', reply: 550, rule: 'relay-domains' }],
        commands: [{ verb: 'RCPT', line: 'RCPT TO:<X@y.z>', reply: 550, answer: '5.7.1 Relay access denied' }],
        rule: 'relay-domains',
        reply: '550 5.7.1 No',
      },
      'refused x@y.z (550 5.7.1 Relay access denied), from <a@b.c>, rule relay-domains, 550 5.7.1 No',
    ],
    [
      { type: 'refusal', verb: 'VRFY', rule: 'command#VRFY', octets: 300, limit: 200, reply: '500 5.5.2 Long' },
      'VRFY refused, rule command#VRFY, 300 octets where 200 are allowed, 500 5.5.2 Long',
    ],
    [
      { type: 'refusal', verb: 'MAIL', rule: 'sender#x', octets: 3, reply: '550 No', reportOnly: true },
      'MAIL would be refused (reportOnly), rule sender#x, 550 No',
    ],
    [
      { type: 'limit', rule: 'settings#maxErrors', limit: 20, reply: '421 4.7.0 Bye' },
      'limit of 20, rule settings#maxErrors, 421 4.7.0 Bye',
    ],
    [{ type: 'policy-invalid', item: 'command#AUTH', problem: 'maxOctets: no' }, 'command#AUTH, maxOctets: no'],
    [
      { type: 'policy-changed', item: 'settings', who: 'arn:x', before: { maxErrors: 20 }, after: { maxErrors: 5 } },
      'settings changed by arn:x, maxErrors: 20 → 5',
    ],
    [{ type: 'policy-changed', item: 'domain#a', who: 'arn:x', before: {} }, 'domain#a removed by arn:x'],
    // A recipient that was refused is never told as accepted, and each refused one has its reason.
    [
      {
        type: 'transaction',
        verdict: 'accepted',
        sender: 'a@b.org',
        recipients: [
          { address: 'dora@gmail.com', reply: 550, rule: 'relay-domains' },
          { address: 'bob@example.com', reply: 250, rule: 'domain#example.com' },
          { address: 'eve@example.com', reply: 450, rule: 'next-hop' },
        ],
        rule: 'next-hop',
        reply: '250 2.0.0 OK',
      },
      'accepted for bob@example.com; refused dora@gmail.com (550 relay-domains); put off eve@example.com (450 next-hop), from <a@b.org>, rule next-hop, 250 2.0.0 OK',
    ],
    [
      {
        type: 'transaction',
        verdict: 'refused',
        sender: '',
        recipients: ['a', 'b', 'c', 'd'].map((name) => ({ address: `${name}@x.org`, reply: 250 })),
        recipientsOmitted: 9,
        rule: 'settings#maxMessageOctets',
        reply: '552 Big',
      },
      'refused a@x.org, b@x.org, c@x.org and 1 more; 9 further recipients were not recorded, from <>, rule settings#maxMessageOctets, 552 Big',
    ],
    [
      { type: 'transaction', verdict: 'abandoned', sender: 'a@b.c', recipients: [], rule: 'RSET', reply: '250 OK' },
      'abandoned, no recipient, from <a@b.c>, rule RSET, 250 OK',
    ],
    [
      { type: 'refusal', verb: '', octets: 0, rule: 'client#203.0.113.9/32', reply: '554 5.7.1 Denied' },
      'connection refused, rule client#203.0.113.9/32, 554 5.7.1 Denied',
    ],
    [
      { type: 'refusal', verb: 'RCPT', recipient: 'x@y.z', octets: 20, rule: 'relay-domains', reply: '550 No' },
      'RCPT for <x@y.z> refused, rule relay-domains, 550 No',
    ],
    [{ type: 'policy-changed', item: 'user#bob', who: 'arn:x', after: { unlocked: 1 } }, 'user#bob unlocked by arn:x'],
    [{ type: 'new-kind', rule: 'x' }, 'rule x'],
  ])('%j say what happened', async (event, what) => {
    const bed = await CliBed.start();
    const events = [{ id: 'e', at: '2026-11-24T10:00:00.000Z', server: 'mx', ...event }];
    bed.answer('GET /events?server=mx&limit=101', { value: page(events) });

    const { out } = await bed.run(['events', 'mx']);

    expect(out.split('\n')[1]).toBe(
      `24 Nov 10:00:00  mx      ${event.type.padEnd(Math.max(4, event.type.length))}  ${what}`,
    );
  });

  it('are asked for as the options say, all pages of them', async () => {
    const bed = await CliBed.start();
    const query = 'since=2026-11-24T00%3A00%3A00.000Z&identity=a&type=login&session=-Ab3dEf6hIj9';
    bed.answer(`GET /events?${query}&limit=1000`, { value: page([SESSION], 'n') });
    bed.answer(`GET /events?${query}&limit=1000&next=n`, { value: page([SESSION]) });
    const argv = [
      'events',
      '--since',
      '2026-11-24',
      '--identity',
      'a',
      '--type',
      'login',
      '--session=-Ab3dEf6hIj9',
      '--limit',
      '0',
    ];

    const { out } = await bed.run([...argv, '--json']);

    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([SESSION, SESSION]);
  });
});
