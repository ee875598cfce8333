import { describe, expect, it } from 'vitest';
import { eventSchema, type PosternEvent, VERDICTS } from './event.ts';
import { CERTIFICATE_ALARM_DAYS, DEFAULT_METRIC_NAMESPACE, EVENT_METRICS, METRIC_DIMENSION } from './metrics.ts';

const RECORD = { id: 'e1', at: '2026-03-01T10:00:00.000Z', server: 'mx1', keepDays: 1 };
const SESSION = {
  ...RECORD,
  policyVersion: 'v1',
  session: 's1',
  client: { address: '192.0.2.1', port: 25, tls: false },
};
const TRANSACTION = {
  ...SESSION,
  type: 'transaction',
  transaction: 't1',
  sender: '',
  recipients: [],
  octets: 700,
  verdict: 'accepted',
  rule: 'next-hop',
  reply: '250 2.0.0 OK',
  durationMs: 0,
  commands: [],
};
const ENDING = { ...SESSION, type: 'session', ending: 'QUIT', transactions: 0, durationMs: 0, commands: [] };
const REFUSAL = { ...SESSION, type: 'refusal', rule: 'command#VRFY', verb: 'VRFY', octets: 6, reply: '502' };
const LOGIN = { ...SESSION, type: 'login', mechanism: 'PLAIN', username: 'alice', verdict: 'permit', reply: '235' };
const LIMIT = { ...SESSION, type: 'limit', rule: 'settings#maxErrors', limit: 20, reply: '421' };
const CERTIFICATE = {
  ...RECORD,
  type: 'certificate',
  secret: 'mx1',
  names: ['mx1.example'],
  issuer: 'https://acme.example/directory',
  outcome: 'kept',
  detail: 'it lasts',
  daysLeft: CERTIFICATE_ALARM_DAYS,
};
const DELIVERY = {
  ...RECORD,
  type: 'delivery',
  transaction: 't1',
  sesMessage: 'm1',
  outcome: 'delivered',
  recipients: [{ address: 'bob@example.com' }, { address: 'carol@example.com' }],
};
const PROBE = {
  ...RECORD,
  type: 'probe',
  host: 'mx1.example',
  port: 25,
  way: 'public',
  verdict: 'clean',
  faults: [],
  durationMs: 1,
};

/** The metrics that an event changes, each with what it adds. */
function counted(event: unknown): Readonly<Record<string, number>> {
  const parsed: PosternEvent = eventSchema.parse(event);
  const counts = Object.entries(EVENT_METRICS).map(([name, count]) => [name, count(parsed)] as const);
  return Object.fromEntries(counts.filter(([, count]) => count !== 0));
}

function recipient(rule: string) {
  return { address: 'bob@example.com', reply: 250, rule };
}

describe('the metrics of mail', () => {
  it.each([
    ['accepted', { MessagesAccepted: 1, AcceptedOctets: 700 }],
    ['refused', { MessagesRefused: 1 }],
    ['deferred', { MessagesDeferred: 1 }],
    ['abandoned', { MessagesAbandoned: 1 }],
    ['held', { MessagesHeld: 1 }],
    ['discarded', { MessagesDiscarded: 1 }],
  ])('count a message that was %s, and octets where it was accepted', (verdict, counts) => {
    expect(counted({ ...TRANSACTION, verdict, rule: 'settings#maxMessageOctets' })).toEqual(counts);
  });

  it('have one count for every verdict', () => {
    const messages = Object.keys(EVENT_METRICS).filter((name) => name.startsWith('Messages'));

    expect(new Set(messages.map((name) => name.slice('Messages'.length).toLowerCase()))).toEqual(new Set(VERDICTS));
  });

  // A next hop's own refusal of a message is no failure of the hop.
  it.each([
    ['next-hop-unreachable', 'deferred', 1],
    ['next-hop-dropped', 'refused', 1],
    ['next-hop', 'deferred', 1],
    ['next-hop', 'refused', 0],
    ['next-hop', 'accepted', 0],
    ['settings#maxErrors', 'deferred', 0],
    ['screen#010-next-hop-', 'refused', 0],
  ])(
    'count for a transaction that %s decided, and that was %s, %i failures of a next hop',
    (rule, verdict, failures) => {
      expect(counted({ ...TRANSACTION, rule, verdict }).NextHopFailures ?? 0).toBe(failures);
    },
  );

  it.each([
    ['no recipient', 0, []],
    ['recipients that were decided', 0, [recipient('domain#example.com'), recipient('settings#relay')]],
    ['a recipient without a decision', 1, [recipient('check-relay')]],
    ['one of two recipients without a decision', 1, [recipient('domain#example.com'), recipient('check-relay')]],
    ['two recipients without a decision', 1, [recipient('check-relay'), recipient('check-relay')]],
  ])('count for a message with %s %i deferred decisions', (_what, deferred, recipients) => {
    expect(counted({ ...TRANSACTION, recipients }).DecisionsDeferred ?? 0).toBe(deferred);
  });

  it.each([
    ['those who have it', {}, { SesDelivered: 2 }],
    ['those who complained', { outcome: 'complained' }, { SesComplained: 2 }],
    ['those of a hard bounce', { outcome: 'bounced', bounce: 'permanent' }, { SesBounced: 2 }],
    ['no one of a bounce after long tries', { outcome: 'bounced', bounce: 'transient' }, {}],
    ['no one of a bounce of no known kind', { outcome: 'bounced' }, {}],
    ['no one of a delay', { outcome: 'delayed' }, {}],
  ])('count recipients of mail by Amazon SES: %s', (_what, change, counts) => {
    expect(counted({ ...DELIVERY, ...change })).toEqual(counts);
  });
});

describe('the metrics of sessions', () => {
  it.each([
    ['a session', ENDING, { Sessions: 1 }],
    ['a refusal', REFUSAL, { Refusals: 1 }],
    ['a refusal of a server that enforces', { ...REFUSAL, reportOnly: false }, { Refusals: 1 }],
    ['a refusal that was let pass', { ...REFUSAL, reportOnly: true }, { RefusalsReported: 1 }],
    ['a client of another protocol', { ...REFUSAL, rule: 'not-smtp' }, { Refusals: 1, NotSmtp: 1 }],
    ['a login that was permitted', LOGIN, { LoginsPermitted: 1 }],
    ['a login that was refused', { ...LOGIN, verdict: 'reject' }, { LoginsRefused: 1 }],
    ['a login without a decision', { ...LOGIN, verdict: 'defer' }, { DecisionsDeferred: 1 }],
    ['a limit', LIMIT, { LimitsReached: 1 }],
    ['a lockout', { ...LIMIT, rule: 'settings#lockoutFailures' }, { LimitsReached: 1, LoginsLockedOut: 1 }],
    [
      'a sending limit',
      { ...LIMIT, rule: 'user#limits.messagesPerDay' },
      { LimitsReached: 1, SendingLimitsReached: 1 },
    ],
  ])('count %s', (_what, event, counts) => {
    expect(counted(event)).toEqual(counts);
  });
});

describe('the metrics of a deployment', () => {
  it.each([
    ['a broken item', { ...RECORD, type: 'policy-invalid', item: 'settings', problem: 'x' }, { PolicyInvalid: 1 }],
    ['a certificate with three weeks left as none', CERTIFICATE, {}],
    ['a certificate with less left', { ...CERTIFICATE, daysLeft: 20 }, { CertificatesEnding: 1 }],
    ['no certificate at all', { ...CERTIFICATE, daysLeft: undefined }, { CertificatesEnding: 1 }],
    ['a failed renewal', { ...CERTIFICATE, outcome: 'failed' }, { CertificateFailures: 1 }],
    ['a probe', PROBE, { Probes: 1 }],
    ['a probe with faults', { ...PROBE, verdict: 'faults' }, { Probes: 1, ProbeFaults: 1 }],
    ['a change of policy as nothing', { ...RECORD, type: 'policy-changed', who: 'bob', item: 'settings' }, {}],
  ])('count %s', (_what, event, counts) => {
    expect(counted(event)).toEqual(counts);
  });

  // Dashboards and alarms that operators made themselves name them.
  it('are in the namespace Postern by server, unless a deployment names another', () => {
    expect([DEFAULT_METRIC_NAMESPACE, METRIC_DIMENSION]).toEqual(['Postern', 'Server']);
  });
});
