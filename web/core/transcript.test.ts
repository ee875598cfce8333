import { describe, expect, it } from 'vitest';
import type { Transcript } from '../../functions/admin/contract/answers/event-answer.ts';
import type { ExplainAnswer } from '../../functions/admin/contract/answers/explain-answer.ts';
import { scriptOf } from '../../functions/admin/contract/session-script.ts';
import { loginText, transcriptRows } from './transcript.ts';

const EVENT = { id: 'e', at: '2026-03-05T14:00:00Z', server: 's' };
const TRANSCRIPT: Transcript = {
  session: 'x',
  server: 's',
  client: { address: '192.0.2.1', tls: true },
  startedAt: EVENT.at,
  policyVersions: ['1'],
  commands: [
    { verb: 'EHLO', line: 'EHLO a', octets: 8, reply: 250 },
    { verb: 'AUTH', line: 'AUTH PLAIN', octets: 40, reply: 235 },
    { verb: 'VRFY', line: 'VRFY b', octets: 8, reply: 252 },
    { verb: 'MAIL', line: 'MAIL FROM:<a@b.example>', octets: 25, reply: 250 },
    { verb: 'RCPT', line: 'RCPT TO:<c@d.example>', octets: 23, reply: 250 },
    { verb: 'DATA', line: 'DATA', octets: 6, reply: 354 },
    { verb: 'DATA', line: '.', octets: 900, reply: 250, rule: 'next-hop' },
  ],
  events: [
    { ...EVENT, type: 'login', username: 'alice', mechanism: 'PLAIN', verdict: 'permit' },
    { ...EVENT, type: 'refusal', verb: 'VRFY', octets: 8, rule: 'command#VRFY', reportOnly: true },
  ],
};

/** As explain answers each line of a script. */
function answerOf(replies: Readonly<Record<string, string>>): ExplainAnswer {
  const lines = scriptOf(TRANSCRIPT).dialogue.map((line) => {
    return { line: String(line), octets: 1, state: 'x', reply: replies[String(line)] ?? '250 2.0.0 OK', rule: 'r' };
  });
  return {
    server: 's',
    policyVersion: '2',
    basis: 'in force',
    problems: [],
    client: { address: '192.0.2.1', port: 0, tls: true },
    greeting: { line: '', octets: 0, state: 'x' },
    lines,
    isClosed: false,
    isComplete: true,
  };
}

describe('the rows of a transcript', () => {
  it('have the rule that decided, and the one that only reported', () => {
    expect(transcriptRows(TRANSCRIPT).map(({ rule }) => rule)).toEqual([
      '',
      '',
      'command#VRFY (only reported)',
      '',
      '',
      '',
      'next-hop',
    ]);
  });

  it('say what each would hear today, and what is not played', () => {
    const answer = answerOf({ 'VRFY b': '502 5.5.1 No', DATA: '354 Go on', 'EHLO a': '250-s\n250 SIZE' });

    const rows = transcriptRows(TRANSCRIPT, { script: scriptOf(TRANSCRIPT), answer });

    expect(rows.map(({ today }) => [today?.reply, today?.differs])).toEqual([
      ['250 s', false],
      ['(not played)', false],
      ['502 5.5.1 No', true],
      ['250 2.0.0 OK', false],
      ['250 2.0.0 OK', false],
      ['354 Go on', false],
      ['250 2.0.0 OK', false],
    ]);
  });
});

it.each<[events: Transcript['events'], text: string]>([
  [TRANSCRIPT.events, 'alice logged in by PLAIN; AUTH went through'],
  [
    [{ ...EVENT, type: 'login', username: 'eve', mechanism: 'LOGIN', verdict: 'reject' }],
    '1 failed, last eve by LOGIN',
  ],
  [[], 'AUTH was said and no login came of it'],
])('a login is told from %j', (events, text) => {
  expect(loginText({ ...TRANSCRIPT, events })).toBe(text);
});
