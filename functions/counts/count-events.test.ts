import { describe, expect, it } from 'vitest';
import type { PosternEvent } from '../../policy/event.ts';
import { refusal, SESSION_FIELDS, transaction } from '../test-support/events.ts';
import { countEvents } from './count-events.ts';

const BOB = { address: 'Bob@Example.com', reply: 250, rule: 'domain#example.com', nextHop: 'smtp://a.internal:25' };
const UNKNOWN = { address: 'x@example.com', reply: 550, rule: 'next-hop', nextHop: 'smtp://a.internal:25' };
const DENIED = { address: 'y@elsewhere.example', reply: 550, rule: 'relay-domains' };
const PUT_OFF = { address: 'z@example.com', reply: 451, rule: 'check-relay' };

function login(verdict: 'permit' | 'reject'): PosternEvent {
  return { ...SESSION_FIELDS, type: 'login', mechanism: 'PLAIN', username: 'a', verdict, reply: '235' };
}

/** Sums and values of events of one hour, as plain objects without what is zero. */
function counted(...events: readonly PosternEvent[]) {
  const [hour] = countEvents(events.map((event, index) => ({ ...event, id: `e${index}` })));
  const values = [...(hour?.values ?? [])].map(([by, tallies]) => [
    by,
    Object.fromEntries([...tallies].map(([value, { messages, refusals }]) => [value, `${messages} ${refusals}`])),
  ]);
  return { sums: Object.fromEntries(hour?.sums ?? []), ...Object.fromEntries(values) };
}

function delivery(change: Partial<Extract<PosternEvent, { type: 'delivery' }>>): PosternEvent {
  return {
    ...{ id: 'd1', at: SESSION_FIELDS.at, server: 'mx1', keepDays: 30, type: 'delivery' },
    ...{ transaction: 's1.1', identity: 'alice', sesMessage: '0100', outcome: 'bounced', bounce: 'permanent' },
    recipients: [{ address: 'Bob@Example.com' }, { address: 'eve@example.net' }],
    ...change,
  };
}

describe('what is counted', () => {
  it.each<[string, Parameters<typeof delivery>[0], Readonly<Record<string, unknown>>]>([
    ['a delivery, of the sums alone', { outcome: 'delivered', bounce: undefined }, { sums: { delivered: 2 } }],
    ['a delay, nowhere', { outcome: 'delayed', bounce: undefined }, { sums: {} }],
    ['a soft bounce, nowhere', { bounce: 'transient' }, { sums: {} }],
    ['a hard bounce', {}, { sums: { bounces: 2 }, bounces: 2, complaints: 0 }],
    [
      'a complaint',
      { outcome: 'complained', bounce: undefined },
      { sums: { complaints: 2 }, bounces: 0, complaints: 2 },
    ],
  ])('of what SES tells: %s', (_, change, expected) => {
    const { sums, ...tally } = expected;

    const [hour] = countEvents([delivery(change), delivery(change)]);

    expect(Object.fromEntries(hour?.sums ?? [])).toEqual(sums);
    const isTallied = Object.keys(tally).length > 0;
    expect(hour?.values.get('identity')?.get('alice')).toEqual(
      isTallied ? { messages: 0, refusals: 0, ...tally } : undefined,
    );
    expect([...(hour?.values.get('recipient')?.keys() ?? [])]).toEqual(
      isTallied ? ['bob@example.com', 'eve@example.net'] : [],
    );
  });

  it('of a message that was taken is its verdict, octets, and once each recipient and hop', () => {
    const event = transaction({ sender: 'A@b.example', identity: 'alice', recipients: [BOB, BOB, UNKNOWN, DENIED] });

    expect(counted(event)).toEqual({
      sums: { accepted: 1, octets: 1234, refusals: 1 },
      client: { '192.0.2.1': '1 1' },
      rule: { 'next-hop': '1 1' },
      recipient: { 'bob@example.com': '1 0', 'x@example.com': '0 1' },
      sender: { 'a@b.example': '1 1' },
      identity: { alice: '1 1' },
      nextHop: { 'smtp://a.internal:25': '1 1' },
    });
  });

  // What policy refuses has an event of its own beside the transaction's.
  it.each<[string, readonly PosternEvent[], Record<string, string>]>([
    ['a relay that was denied', [refusal({ rule: 'relay-domains' }), refused(DENIED)], { 'relay-domains': '0 1' }],
    ['a mailbox that the hop does not know', [refused(UNKNOWN)], { 'next-hop': '0 1' }],
    ['a decision that was put off', [refused(PUT_OFF, 'deferred')], { 'check-relay': '0 1' }],
    [
      'a message that a hop refused',
      [transaction({ recipients: [BOB], verdict: 'refused', rule: 'next-hop' })],
      { 'next-hop': '0 1' },
    ],
    [
      'a message that a rule refused',
      [
        refusal({ rule: 'screen#010-exe' }),
        transaction({ recipients: [BOB], verdict: 'refused', rule: 'screen#010-exe' }),
      ],
      { 'screen#010-exe': '0 1' },
    ],
    [
      'a limit',
      [{ ...SESSION_FIELDS, type: 'limit', rule: 'settings#maxErrors', limit: 20, reply: '421' }],
      { 'settings#maxErrors': '0 1' },
    ],
    ['what is only reported', [refusal({ reportOnly: true })], {}],
  ])('once, of %s', (_what, events, rule) => {
    expect(counted(...events).rule).toEqual(rule);
  });

  it('of logins and sessions is how they ended', () => {
    const session: PosternEvent = {
      ...SESSION_FIELDS,
      ...{ type: 'session', ending: 'QUIT', transactions: 0, durationMs: 1, commands: [] },
    };

    expect(counted(login('permit'), login('reject'), login('reject'), session).sums).toEqual({
      'login-permit': 1,
      'login-reject': 2,
      sessions: 1,
    });
  });

  it('has hours and servers of its own, each event once, and none of changes of policy', () => {
    const changed: PosternEvent = {
      ...{ id: 'c', at: '2026-03-01T10:00:00Z', server: 'mx1', keepDays: 30 },
      ...{ type: 'policy-changed', who: 'x', item: 'settings' },
    };
    const events = [
      refusal({ id: 'e1', at: '2026-03-01T10:59:59.999Z' }),
      refusal({ id: 'e1', at: '2026-03-01T10:59:59.999Z' }),
      refusal({ id: 'e2', at: '2026-03-01T11:00:00Z' }),
      refusal({ id: 'e1', server: 'mx2', at: '2026-03-01T10:00:00Z' }),
      changed,
    ];

    const hours = countEvents(events).map(({ server, hour, sums }) => [server, hour, sums.get('refusals')]);

    expect(hours).toEqual([
      ['mx1', '2026-03-01T10', 1],
      ['mx1', '2026-03-01T11', 1],
      ['mx2', '2026-03-01T10', 1],
    ]);
  });

  it('cuts a value that is too long for a table', () => {
    const { recipient } = counted(refusal({ recipient: `${'x'.repeat(1000)}@example.com` }));

    expect(Object.keys(recipient ?? {})).toEqual([`${'x'.repeat(160)}…`]);
  });
});

function refused(recipient: typeof DENIED, verdict: 'refused' | 'deferred' = 'refused'): PosternEvent {
  return transaction({ recipients: [recipient], verdict, rule: recipient.rule });
}
