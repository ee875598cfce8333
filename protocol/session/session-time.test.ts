/** When a session must have done the next thing, and what it keeps meanwhile. */
import { describe, expect, it } from 'vitest';
import { REPLIES } from '../../policy/reply.ts';
import { MachineDriver, START_MS } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';
import type { SessionRefusal } from './admission.ts';
import { SmtpSession } from './session.ts';

const POLICY = testPolicy({ commandTimeoutSeconds: 100, dataTimeoutSeconds: 7, tlsHandshakeTimeoutSeconds: 30 });
const TO_CONTENT = 'EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n';
const open = () => undefined;

describe('the deadline', () => {
  it('is the command timeout after the greeting and after each reply', () => {
    const driver = new MachineDriver({ policy: POLICY });
    expect(driver.session.deadline()).toBe(START_MS + 100_000);

    driver.advance(50_000);
    driver.send('NOOP\r\n');

    expect(driver.session.deadline()).toBe(START_MS + 150_000);
  });

  it('is the data timeout after 354', () => {
    const driver = new MachineDriver({ policy: POLICY });

    driver.send(TO_CONTENT);

    expect(driver.session.deadline()).toBe(START_MS + 7000);
  });

  it('is the command timeout anew after the handshake of STARTTLS', () => {
    const driver = new MachineDriver({ policy: POLICY });
    driver.send('EHLO c\r\n');
    driver.advance(20_000);

    driver.send('STARTTLS\r\n');

    expect(driver.session.isTls).toBe(true);
    expect(driver.session.deadline()).toBe(START_MS + 120_000);
  });

  it('does not run while the shell is to move, and a timeout that comes then changes nothing', () => {
    const driver = new MachineDriver({ policy: POLICY, answers: { checkRelay: open } });
    driver.send('EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.com>\r\n');

    driver.session.handleTimeout(START_MS + 1_000_000);

    expect(driver.session.deadline()).toBeUndefined();
    expect(driver.session.state).toBe('relaying');
  });

  it('is not met a millisecond early', () => {
    const driver = new MachineDriver({ policy: POLICY });

    driver.session.handleTimeout(START_MS + 99_999);
    expect(driver.session.isClosed).toBe(false);

    driver.session.handleTimeout(START_MS + 100_000);
    expect(driver.session.isClosed).toBe(true);
  });

  it('of a handshake after STARTTLS is the handshake timeout', () => {
    const { session } = new MachineDriver({ policy: POLICY });

    session.receiveClient(Buffer.from('STARTTLS\r\n'), 0, START_MS + 5000);

    expect(session.state).toBe('handshake');
    expect(session.deadline()).toBe(START_MS + 35_000);
  });

  it('of a handshake ends the session without a word, by its own rule', () => {
    const session = new SmtpSession({
      id: 'S',
      clientAddress: '192.0.2.1',
      policy: POLICY,
      isImplicitTls: true,
      nowMs: START_MS,
    });
    expect(session.deadline()).toBe(START_MS + 30_000);

    session.handleTimeout(START_MS + 30_000);

    expect(session.nextEffect()).toEqual({ kind: 'close' });
    expect(session.nextEffect()).toMatchObject({ event: { ending: 'settings#tlsHandshakeTimeoutSeconds' } });
  });
});

describe('a client that is refused before its handshake', () => {
  const refusal: SessionRefusal = { reply: REPLIES.tooManyConnections, rule: 'settings#maxConnections', limit: 1 };
  const options = { id: 'S', clientAddress: '192.0.2.1', isImplicitTls: true, nowMs: START_MS, refusal };

  it.each([
    [30, 5000],
    [2, 2000],
  ])('has no longer for it than others to read a last reply (handshake %i s)', (tlsHandshakeTimeoutSeconds, ms) => {
    const session = new SmtpSession({ ...options, policy: testPolicy({ tlsHandshakeTimeoutSeconds }) });

    expect(session.deadline()).toBe(START_MS + ms);
  });

  it('is recorded as refused, whether it comes through or not', () => {
    const session = new SmtpSession({ ...options, policy: POLICY });

    session.handleTimeout(START_MS + 5000);
    const effects = [session.nextEffect(), session.nextEffect(), session.nextEffect(), session.nextEffect()];

    expect(effects).toMatchObject([
      { event: { type: 'limit', rule: 'settings#maxConnections' } },
      { kind: 'close' },
      { event: { type: 'session', ending: 'settings#maxConnections' } },
      undefined,
    ]);
  });
});

describe('what is held', () => {
  it('is an unfinished line, and of content what the next octet decides', () => {
    const driver = new MachineDriver({ policy: POLICY });
    driver.send('EHLO c\r\nMAIL FR');
    expect(driver.session.heldOctets).toBe(7);

    driver.send('OM:<>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\nx\r\n.\r');

    expect(driver.session.heldOctets).toBe(2);
  });

  it('is not more than a hundred effects: a flight of commands is taken in turns', () => {
    const { session, nowMs } = new MachineDriver({ policy: POLICY });
    const flight = Buffer.from('NOOP\r\n'.repeat(1000));

    const used = session.receiveClient(flight, 0, nowMs);

    expect(used).toBe(600);
    while (session.nextEffect() !== undefined);
    expect(session.receiveClient(flight, used, nowMs)).toBe(1200);
  });
});

describe('a newer policy', () => {
  it('waits for the end of a line that has begun', () => {
    const driver = new MachineDriver({ policy: POLICY });
    driver.send('EHLO c\r\nNOOP ');
    driver.session.offerPolicy(testPolicy({ hostname: 'new.example.com' }));

    driver.send('x');
    expect(driver.session.policy.settings.hostname).toBe('mx.example.com');

    driver.send('\r\nNOOP\r\n');
    expect(driver.session.policy.settings.hostname).toBe('new.example.com');
  });
});
