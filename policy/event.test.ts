import { describe, expect, it } from 'vitest';
import { commandRecordSchema, eventSchema, VERDICTS } from './event.ts';

const BASE = { id: 'e1', at: '2026-03-01T10:00:00.000Z', server: 'mx1', policyVersion: 'v1', keepDays: 1 };
const SESSION = { ...BASE, session: 's1', client: { address: '192.0.2.1', port: 25, tls: false } };
const COMMAND = { verb: 'MAIL', octets: 0, reply: 0 };

const TRANSACTION = {
  ...SESSION,
  type: 'transaction',
  identity: 'alice',
  transaction: 't1',
  sender: '',
  recipients: [{ address: 'bob@example.com', reply: 250, rule: 'domain#example.com', nextHop: 'smtp://mail:25' }],
  octets: 0,
  verdict: 'accepted',
  rule: 'next-hop',
  reply: '250 2.0.0 OK',
  nextHop: 'smtp://mail:25',
  durationMs: 0,
  commands: [COMMAND],
};
const REFUSAL = { ...SESSION, type: 'refusal', rule: 'command#VRFY', verb: 'VRFY', octets: 0, limit: 0, reply: '502' };
const LOGIN = { ...SESSION, type: 'login', mechanism: 'PLAIN', username: 'alice', verdict: 'permit', reply: '235' };
const ENDING = { ...SESSION, type: 'session', ending: 'quit', transactions: 0, durationMs: 0, commands: [] };
const LIMIT = { ...SESSION, type: 'limit', rule: 'settings#maxErrors', limit: 20, reply: '421' };
const POLICY = { ...BASE, type: 'policy-invalid', item: 'settings', problem: 'is missing' };
const HOP = {
  ...BASE,
  type: 'next-hop',
  trouble: 'next-hop-host-failed',
  state: 'begun',
  nextHop: 'smtp://in.example:25',
  host: 'a.example:25',
  problem: 'ECONNREFUSED',
};
const { policyVersion: _version, ...RECORD } = BASE;
const CHANGE = {
  ...RECORD,
  type: 'policy-changed',
  who: 'console or SDK',
  item: 'command#AUTH',
  before: { maxOctets: 500 },
  after: { maxOctets: '5OO', note: 'why' },
};

describe('eventSchema', () => {
  it.each([TRANSACTION, REFUSAL, LOGIN, ENDING, LIMIT, POLICY, HOP, CHANGE])(
    'takes a $type with all of its attributes',
    (event) => {
      expect(eventSchema.parse(event)).toEqual(event);
    },
  );

  it.each([
    ['no identity and no next hop', { ...TRANSACTION, identity: undefined, nextHop: undefined }],
    ['a recipient of no hop', { ...TRANSACTION, recipients: [{ address: 'b', reply: 550, rule: 'relay-domains' }] }],
    ['no limit', { ...REFUSAL, limit: undefined }],
    ['a refusal that was let pass', { ...REFUSAL, reportOnly: true }],
    ['a broken item that no task has seen yet', { ...POLICY, policyVersion: undefined }],
    ['an item that was made', { ...CHANGE, before: undefined }],
    ['an item that was deleted', { ...CHANGE, after: undefined }],
    ['a name in EHLO', { ...ENDING, client: { ...SESSION.client, helo: 'client.example' } }],
  ])('takes %s', (_what, event) => {
    expect(eventSchema.safeParse(event).success).toBe(true);
  });

  it.each(VERDICTS)('takes a transaction that was %s', (verdict) => {
    expect(eventSchema.safeParse({ ...TRANSACTION, verdict }).success).toBe(true);
  });

  it.each(['permit', 'reject', 'defer'])('takes a login that was decided %s', (verdict) => {
    expect(eventSchema.safeParse({ ...LOGIN, verdict }).success).toBe(true);
  });

  it.each([
    ['no id', { ...POLICY, id: '' }],
    ['no server', { ...POLICY, server: '' }],
    ['no session', { ...LIMIT, session: '' }],
    ['no time', { ...POLICY, at: 'yesterday' }],
    ['a time of another zone', { ...POLICY, at: '2026-03-01T10:00:00+01:00' }],
    ['a day that is none', { ...POLICY, at: '2026-02-30T10:00:00Z' }],
    ['no day to be kept', { ...POLICY, keepDays: 0 }],
    ['half a day', { ...POLICY, keepDays: 1.5 }],
    ['another type', { ...POLICY, type: 'rumour' }],
    ['octets below none', { ...REFUSAL, octets: -1 }],
    ['a limit below none', { ...REFUSAL, limit: -1 }],
    ['a duration below none', { ...ENDING, durationMs: -1 }],
    ['a duration of a transaction below none', { ...TRANSACTION, durationMs: -1 }],
    ['transactions below none', { ...ENDING, transactions: -1 }],
    ['another verdict', { ...TRANSACTION, verdict: 'permit' }],
    ['another verdict of a login', { ...LOGIN, verdict: 'accepted' }],
    ['a recipient without a reply', { ...TRANSACTION, recipients: [{ address: 'b', rule: 'r' }] }],
    ['a command without octets', { ...ENDING, commands: [{ verb: 'MAIL', reply: 250 }] }],
    ['no client', { ...LIMIT, client: undefined }],
    ['a change by nobody', { ...CHANGE, who: undefined }],
    ['a session without a policy version', { ...ENDING, policyVersion: undefined }],
  ])('refuses %s', (_what, event) => {
    expect(eventSchema.safeParse(event).success).toBe(false);
  });

  it('drops what it does not know: a credential cannot ride along', () => {
    const event = eventSchema.parse({ ...LOGIN, password: 'secret', client: { ...SESSION.client, token: 'secret' } });

    expect(JSON.stringify(event)).not.toContain('secret');
  });
});

describe('commandRecordSchema', () => {
  it('keeps a verb, its octets and its reply, and drops what it does not know', () => {
    expect(commandRecordSchema.parse({ ...COMMAND, password: 'secret' })).toEqual(COMMAND);
  });

  it('takes what a transcript shows of a command', () => {
    const shown = { ...COMMAND, line: 'MAIL FROM:<a@b.test>', answer: '2.1.0 OK', rule: 'settings#relay', atMs: 12 };

    expect(commandRecordSchema.parse(shown)).toEqual(shown);
  });

  it.each([-1, 1.5])('takes no time of %d ms', (atMs) => {
    expect(commandRecordSchema.safeParse({ ...COMMAND, atMs }).success).toBe(false);
  });
});
