import { describe, expect, it } from 'vitest';
import { eventSchema, type PosternEvent, type SessionEvent } from '../../policy/event.ts';
import { testLog } from '../../test/support/edge-proxy-log.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { EventOrigin } from './event-origin.ts';
import { sessionRecorder } from './session-recorder.ts';

const CLIENT = { address: '192.0.2.1', port: 4711, helo: 'client.example', tls: true };
const POLICY = testPolicy({ eventDays: 7 });
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

const TRANSACTION: Extract<SessionEvent, { type: 'transaction' }> = {
  type: 'transaction',
  identity: 'alice',
  transaction: 'S1.1',
  sender: 'alice@example.com',
  recipients: [{ address: 'bob@example.com', reply: 250, rule: 'domain#example.com', nextHop: 'smtp://mta:25' }],
  octets: 1234,
  verdict: 'accepted',
  rule: 'next-hop',
  reply: '250 2.0.0 OK S1.1',
  nextHop: 'smtp://mta:25',
  durationMs: 12,
  commands: [{ verb: 'MAIL', octets: 30, reply: 250 }],
};
const LOGIN: Extract<SessionEvent, { type: 'login' }> = {
  type: 'login',
  mechanism: 'PLAIN',
  username: 'alice',
  verdict: 'reject',
  reply: '535 5.7.8 Authentication credentials invalid',
};
const SESSION: SessionEvent = { type: 'session', ending: 'QUIT', transactions: 1, durationMs: 5, commands: [] };
const LIMIT: SessionEvent = { type: 'limit', rule: 'settings#maxErrors', limit: 20, reply: '421 4.7.0 x' };
const OTHERS: SessionEvent[] = [
  SESSION,
  { type: 'refusal', rule: 'command#VRFY', verb: 'VRFY', octets: 10, reply: '502 5.5.1 x' },
  LIMIT,
];

function recorded(event: SessionEvent) {
  const log = testLog();
  const events: PosternEvent[] = [];
  const record = sessionRecorder(
    'mx1',
    { recordJson: (head, body) => void events.push(JSON.parse(`${head},${body.slice(1)}`)) },
    log.log,
    () => NOW_MS,
  );
  record(event, new EventOrigin('S1', CLIENT, POLICY));
  return { events, lines: log.lines };
}

describe('sessionRecorder', () => {
  it.each([TRANSACTION, LOGIN, ...OTHERS].map((event) => [event.type, event] as const))(
    'completes a %s with what only the shell knows',
    (_type, event) => {
      const [complete] = recorded(event).events;

      expect(complete).toEqual({
        ...event,
        id: expect.stringMatching(/^[\w-]{13,}$/),
        at: '2026-01-02T03:04:05.678Z',
        server: 'mx1',
        session: 'S1',
        client: CLIENT,
        policyVersion: POLICY.version,
        keepDays: 7,
      });
      expect(eventSchema.safeParse(complete).success).toBe(true);
    },
  );

  it('logs a transaction on one line with session, verdict and rule', () => {
    expect(recorded(TRANSACTION).lines).toEqual([
      {
        event: 'transaction',
        session: 'S1',
        transaction: 'S1.1',
        client: '192.0.2.1',
        helo: 'client.example',
        tls: true,
        identity: 'alice',
        sender: 'alice@example.com',
        recipients: ['bob@example.com'],
        recipientCount: 1,
        octets: 1234,
        verdict: 'accepted',
        rule: 'next-hop',
        reply: '250 2.0.0 OK S1.1',
        nextHop: 'smtp://mta:25',
        durationMs: 12,
        policyVersion: POLICY.version,
      },
    ]);
  });

  it('names ten recipients in the line and all of them in the event', () => {
    const recipients = Array.from({ length: 1000 }, (_, number) => ({
      address: `user${number}@example.com`,
      reply: 250,
      rule: 'domain#example.com',
    }));

    const { events, lines } = recorded({ ...TRANSACTION, recipients });

    expect(lines[0]).toMatchObject({ recipientCount: 1000, recipients: { length: 10 } });
    expect(events[0]).toMatchObject({ recipients: { length: 1000 } });
  });

  it('says for whom a message was taken and for whom it was refused', () => {
    const recipients = [
      { address: 'dora@example.net', reply: 550, rule: 'relay-domains', outcome: 'refused' as const },
      { address: 'bob@example.com', reply: 250, rule: 'domain#example.com', outcome: 'accepted' as const },
      { address: 'eve@example.com', reply: 451, rule: 'check-relay', outcome: 'deferred' as const },
    ];

    const { lines } = recorded({ ...TRANSACTION, recipients, acceptedCount: 1, refusedCount: 2 });

    expect(lines[0]).toMatchObject({
      recipientCount: 3,
      acceptedCount: 1,
      refusedCount: 2,
      refused: ['dora@example.net (550)', 'eve@example.com (451)'],
    });
  });

  it('names whom a refused RCPT named', () => {
    const refusal: SessionEvent = {
      type: 'refusal',
      rule: 'relay-domains',
      verb: 'RCPT',
      recipient: 'dora@example.net',
      octets: 30,
      reply: '550 5.7.1 Relay access denied',
    };

    expect(recorded(refusal).lines).toMatchObject([{ event: 'refusal', recipient: 'dora@example.net' }]);
  });

  it('logs a login on one line', () => {
    expect(recorded(LOGIN).lines).toEqual([
      {
        event: 'login',
        session: 'S1',
        client: '192.0.2.1',
        tls: true,
        mechanism: 'PLAIN',
        username: 'alice',
        verdict: 'reject',
        reply: '535 5.7.8 Authentication credentials invalid',
      },
    ]);
  });

  it('alerts to a refusal by policy with its rule, the octets seen and the limit', () => {
    const refusal = { type: 'refusal', rule: 'command#NOOP', verb: 'NOOP', octets: 70, limit: 64 } as const;

    expect(recorded({ ...refusal, reply: '500 5.5.2 x' }).lines).toEqual([
      {
        event: 'refusal',
        session: 'S1',
        client: '192.0.2.1',
        rule: 'command#NOOP',
        verb: 'NOOP',
        octets: 70,
        limit: 64,
        reply: '500 5.5.2 x',
      },
    ]);
  });

  it('alerts to a limit reached', () => {
    expect(recorded(LIMIT).lines).toEqual([
      {
        event: 'limit',
        session: 'S1',
        client: '192.0.2.1',
        rule: 'settings#maxErrors',
        limit: 20,
        reply: '421 4.7.0 x',
      },
    ]);
  });

  it('logs no line for a session', () => {
    expect(recorded(SESSION).lines).toEqual([]);
  });
});
