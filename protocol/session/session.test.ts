import { describe, expect, it } from 'vitest';
import { COMMAND_PROFILES, COMMAND_TABLES } from '../../policy/command-profile.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { Policy } from '../../policy/snapshot.ts';
import { VERBS, type Verb } from '../../policy/verb.ts';
import { ALICE, refused, taken, willingHop } from '../../test/support/answers.ts';
import { everyWay } from '../../test/support/every-way.ts';
import { CLIENT_ADDRESS, MachineDriver, START_MS } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { splitReceived } from '../../test/support/received.ts';
import { admissionRefusal } from './admission.ts';
import { SmtpSession } from './session.ts';

const EHLO = 'EHLO c\r\n';
const MAIL = 'MAIL FROM:<alice@example.com>\r\n';
const RCPT = 'RCPT TO:<bob@example.com>\r\n';
const DATA = 'DATA\r\n';
const TRANSACTION = `${EHLO}${MAIL}${RCPT}${DATA}`;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const GOOD_LOGIN = base64(`\0${ALICE.username}\0${ALICE.password}`);
const BAD_LOGIN = base64(`\0${ALICE.username}\0wrong`);

/** A session whose handshake is not done. */
function handshaking(policy: Policy): SmtpSession {
  return new SmtpSession({ id: 'S', clientAddress: CLIENT_ADDRESS, policy, isImplicitTls: true, nowMs: START_MS });
}

/** The last reply without its CR LF. */
function lastReply(driver: MachineDriver): string | undefined {
  return driver.replies.at(-1)?.trimEnd();
}

describe('limits of command lines', () => {
  const rows = COMMAND_PROFILES.flatMap((profile) =>
    VERBS.filter((verb) => COMMAND_TABLES[profile][verb].allowed).map(
      (verb) => [verb, profile, COMMAND_TABLES[profile][verb].maxOctets] as const,
    ),
  );
  /** A line of `verb` that is `octets` long with its CR LF. */
  const lineOf = (verb: Verb, octets: number) => `${verb.padEnd(octets - 2, ' x')}\r\n`;

  it.each(rows)('takes %s of %s at %i octets', (verb, profile, maxOctets) => {
    const driver = everyWay({ policy: testPolicy({ commandProfile: profile }) }, lineOf(verb, maxOctets));

    expect(driver.wire).not.toContain('500 5.5.2');
    expect(driver.replies).toHaveLength(2);
  });

  it.each(rows)('refuses %s of %s over %i octets', (verb, profile, maxOctets) => {
    // By one octet, where there is room for one that is no blank.
    const octets = Math.max(maxOctets + 1, `${verb} x\r\n`.length);
    const driver = everyWay({ policy: testPolicy({ commandProfile: profile }) }, lineOf(verb, octets));

    expect(lastReply(driver)).toBe('500 5.5.2 Command line too long');
    expect(driver.events).toContainEqual({
      type: 'refusal',
      rule: `command#${verb}`,
      verb,
      octets,
      limit: maxOctets,
      reply: '500 5.5.2 Command line too long',
    });
  });

  it.each([
    ['isa2000fp1', 500],
    ['rfc5321', 12_288],
    ['modern', 12_288],
  ] as const)('holds AUTH of %s to %i octets, in the command and in the exchange', (commandProfile, limit) => {
    const policy = testPolicy({ authentication: 'required', commandProfile });
    const options = { policy, isImplicitTls: true };
    // What no line can be: base64 of a length that is no multiple of four. It is read, and refused for that alone.
    const fill = (octets: number) => 'A'.repeat(octets - 2);
    const command = (octets: number) => `AUTH PLAIN ${fill(octets - 11)}\r\n`;
    const exchange = (octets: number) => `AUTH PLAIN\r\n${fill(octets)}\r\n`;

    expect(lastReply(everyWay(options, EHLO, command(limit)))).toMatch(/^501 5\.5\.2/);
    expect(lastReply(everyWay(options, EHLO, command(limit + 1)))).toMatch(/^500 5\.5\.2/);
    expect(lastReply(everyWay(options, EHLO, exchange(limit)))).toMatch(/^501 5\.5\.2/);
    expect(lastReply(everyWay(options, EHLO, exchange(limit + 1)))).toMatch(/^500 5\.5\.6/);
  });

  it('lets an item set another limit, for each line of the exchange too', () => {
    const policy = testPolicy({ authentication: 'required' }, [{ item: 'command#AUTH', maxOctets: 20 }]);
    const options = { policy, isImplicitTls: true };

    expect(lastReply(everyWay(options, EHLO, 'AUTH PLAIN\r\n', `${'A'.repeat(18)}\r\n`))).toMatch(/^501 5\.5\.2/);
    expect(lastReply(everyWay(options, EHLO, 'AUTH PLAIN\r\n', `${'A'.repeat(19)}\r\n`))).toMatch(/^500 5\.5\.6/);
  });
});

describe('limits of a transaction', () => {
  it.each([
    ['at the limit', '1000', '250 2.1.0 Sender OK'],
    ['one octet over it', '1001', '552 5.3.4 Message size exceeds limit'],
    ['with zeros in front', '00000000000000000000001000', '250 2.1.0 Sender OK'],
    ['of thirty digits', '9'.repeat(30), '552 5.3.4 Message size exceeds limit'],
  ])('judges a SIZE %s', (_claim, size, reply) => {
    const policy = testPolicy({ maxMessageOctets: 1000 });
    const driver = everyWay({ policy }, EHLO, `MAIL FROM:<alice@example.com> SIZE=${size}\r\n`);

    expect(lastReply(driver)).toBe(reply);
  });

  it('takes maxRecipients recipients and defers one more, refused ones not counted', () => {
    const policy = testPolicy({ maxRecipients: 3, maxErrors: 100 });
    const other = 'RCPT TO:<bob@elsewhere.example>\r\n';
    const driver = everyWay({ policy }, EHLO, MAIL, RCPT + other + other + other + RCPT + RCPT, RCPT, RCPT);
    const codes = driver.replies.slice(3).map((reply) => reply.slice(0, 3));

    expect(codes).toEqual(['250', '550', '550', '550', '250', '250', '452', '452']);
  });

  it.each([
    ['at the limit', 998, '250 2.0.0 OK S.1'],
    ['one octet over it', 999, '552 5.3.4 Message size exceeds limit'],
  ])('judges content %s of 1000 octets, stuffed dots not counted', (_claim, dots, reply) => {
    const policy = testPolicy({ maxMessageOctets: 1000 });
    const driver = everyWay({ policy }, TRANSACTION, `.${'.'.repeat(dots)}\r\n.\r\n`);

    expect(lastReply(driver)).toBe(reply);
    expect(driver.hop.messages).toHaveLength(reply.startsWith('250') ? 1 : 0);
  });

  it.each([
    [50, '250 2.0.0 OK S.1'],
    [51, '554 5.4.6 Too many Received fields, mail loop'],
  ])('answers %i Received fields with %s', (count, reply) => {
    const driver = everyWay({}, TRANSACTION, `${'Received: x\r\n'.repeat(count)}\r\n.\r\n`);

    expect(lastReply(driver)).toBe(reply);
  });

  it('gives each message the id of its transaction', () => {
    const driver = everyWay({}, TRANSACTION, '.\r\n', `${MAIL}RSET\r\n${MAIL}${RCPT}${DATA}`, '.\r\n');

    expect(lastReply(driver)).toBe('250 2.0.0 OK S.3');
    expect(driver.hop.messages.map(({ content }) => splitReceived(content)?.field.id)).toEqual(['S.1', 'S.3']);
  });
});

describe('limits of a session', () => {
  it.each([1, 2, 5, 20])('closes in place of the %ith error reply', (maxErrors) => {
    const policy = testPolicy({ maxErrors });
    const below = everyWay({ policy }, `${'XYZZY\r\n'.repeat(maxErrors - 1)}NOOP\r\n`);
    const at = everyWay({ policy }, `${'XYZZY\r\n'.repeat(maxErrors)}NOOP\r\n`);

    expect(below.session.isClosed).toBe(false);
    expect(at.replies.slice(1)).toEqual([
      ...new Array<string>(maxErrors - 1).fill('500 5.5.1 Command not recognized\r\n'),
      '421 4.7.0 Too many errors, closing connection\r\n',
    ]);
    expect(at.isToClose).toBe(true);
  });

  it.each([1, 3, 4])('closes in place of the %ith failed login', (maxLoginFailures) => {
    const policy = testPolicy({ authentication: 'required', maxLoginFailures });
    const driver = everyWay(
      { policy, isImplicitTls: true },
      EHLO,
      `${`AUTH PLAIN ${BAD_LOGIN}\r\n`.repeat(maxLoginFailures)}NOOP\r\n`,
    );

    expect(driver.replies.slice(2)).toEqual([
      ...new Array<string>(maxLoginFailures - 1).fill('535 5.7.8 Authentication credentials invalid\r\n'),
      '421 4.7.0 Too many failed logins, closing connection\r\n',
    ]);
    expect(driver.session.state).toBe('closed');
  });

  it('counts failed logins over STARTTLS', () => {
    const policy = testPolicy({
      authentication: 'required',
      authenticationRequiresTls: false,
      maxLoginFailures: 2,
    });
    const bad = `AUTH PLAIN ${BAD_LOGIN}\r\n`;
    const driver = everyWay({ policy }, EHLO, bad, 'STARTTLS\r\n', EHLO, bad);

    expect(lastReply(driver)).toBe('421 4.7.0 Too many failed logins, closing connection');
  });
});

describe('STARTTLS', () => {
  it('leaves nothing known from before (RFC 3207 section 4.2)', () => {
    const policy = testPolicy({ authentication: 'required', authenticationRequiresTls: false });
    const driver = everyWay({ policy }, `${EHLO}AUTH PLAIN ${GOOD_LOGIN}\r\n`, 'STARTTLS\r\n');
    const { state, isTls, helloName, identityName } = driver.session;

    expect({ state, isTls, helloName, identityName }).toEqual({
      state: 'connected',
      isTls: true,
      helloName: undefined,
      identityName: undefined,
    });
  });
});

describe('the one promise', () => {
  it('answers the end of data only when the next hop has', () => {
    let isAsked = false;
    const driver = new MachineDriver({
      answers: {
        hop: (request) => {
          if (request.kind !== 'finish') return willingHop(request);
          isAsked = true;
          return undefined;
        },
      },
    });
    driver.send(TRANSACTION);
    driver.send('Hello.\r\n.\r\nNOOP\r\n');

    expect(isAsked).toBe(true);
    expect(lastReply(driver)).toMatch(/^354/);
    driver.session.receiveHopAnswer(taken(REPLIES.ok), driver.nowMs);
    driver.settle();
    expect(driver.replies.slice(-2)).toEqual(['250 2.0.0 OK S.1\r\n', '250 2.0.0 OK\r\n']);
  });

  it.each([
    ['not taken, reply 250', refused(REPLIES.ok)],
    ['taken, reply 451', taken(REPLIES.hopDropped)],
  ])('believes no answer that contradicts itself: %s', (_claim, answer) => {
    const finish = everyWay(
      { answers: { hop: (request) => (request.kind === 'finish' ? answer : willingHop(request)) } },
      TRANSACTION,
      '.\r\n',
    );
    const recipient = everyWay({ answers: { hop: () => answer } }, EHLO, MAIL, RCPT, DATA);

    expect(lastReply(finish)).toBe('451 4.5.0 Next hop broke the protocol');
    expect(recipient.replies.slice(-2)).toEqual([
      '451 4.5.0 Next hop broke the protocol\r\n',
      '554 5.5.1 No valid recipients\r\n',
    ]);
  });

  it('waits for the answer though the client is gone, and records what became of the message', () => {
    const driver = new MachineDriver({
      answers: { hop: (request) => (request.kind === 'finish' ? undefined : willingHop(request)) },
    });
    driver.send(TRANSACTION);
    driver.send('.\r\n');
    driver.reset();
    expect(driver.session.isWaiting).toBe(true);

    driver.session.receiveHopAnswer(taken(REPLIES.ok), driver.nowMs);
    driver.settle();

    expect(driver.events.map((event) => event.type)).toEqual(['transaction', 'session']);
    expect(driver.events[0]).toMatchObject({ verdict: 'accepted' });
    expect(driver.events[1]).toMatchObject({ ending: 'reset' });
  });

  it('gives a message up once, though the client goes after its content was refused', () => {
    const driver = new MachineDriver();
    driver.send(TRANSACTION);
    driver.send('a\nb\r\n');
    driver.reset();

    expect(driver.trace.filter((effect) => effect.startsWith('abandon'))).toHaveLength(1);
  });
});

describe('events', () => {
  it('tells a session by its ending, its transactions, its time and its commands', () => {
    const driver = new MachineDriver();
    driver.send(`${EHLO}${MAIL}${RCPT}${DATA}`);
    driver.advance(1500);
    driver.send('Hello.\r\n.\r\nNOOP\r\nQUIT\r\n');

    expect(driver.events).toEqual([
      {
        type: 'transaction',
        transaction: 'S.1',
        sender: 'alice@example.com',
        recipients: [
          {
            address: 'bob@example.com',
            reply: 250,
            rule: 'domain#example.com',
            nextHop: 'smtp://mta.example.com:25?tls=offer',
            outcome: 'accepted',
          },
        ],
        acceptedCount: 1,
        refusedCount: 0,
        octets: 8,
        verdict: 'accepted',
        rule: 'next-hop',
        reply: '250 2.0.0 OK S.1',
        nextHop: 'smtp://mta.example.com:25?tls=offer',
        durationMs: 1500,
        commands: [
          { verb: 'MAIL', octets: MAIL.length, reply: 250, answer: '2.1.0 Sender OK', atMs: 0, line: MAIL.trim() },
          {
            verb: 'RCPT',
            octets: RCPT.length,
            reply: 250,
            answer: '2.1.5 Recipient OK',
            atMs: 0,
            line: RCPT.trim(),
            rule: 'domain#example.com',
          },
          { verb: 'DATA', octets: 6, reply: 354, answer: REPLIES.startMail.text, atMs: 0, line: 'DATA' },
        ],
      },
      {
        type: 'session',
        ending: 'QUIT',
        transactions: 1,
        outcome: { accepted: 1 },
        durationMs: 1500,
        commands: [
          { verb: 'EHLO', octets: EHLO.length, reply: 250, answer: 'mx.example.com', atMs: 0, line: EHLO.trim() },
          { verb: 'NOOP', octets: 6, reply: 250, answer: '2.0.0 OK', atMs: 1500, line: 'NOOP' },
          { verb: 'QUIT', octets: 6, reply: 221, answer: '2.0.0 Goodbye', atMs: 1500, line: 'QUIT' },
        ],
      },
    ]);
  });

  it('hold no credential', () => {
    const policy = testPolicy({ authentication: 'required' });
    const driver = new MachineDriver({ policy, isImplicitTls: true });
    driver.send(`${EHLO}AUTH PLAIN ${BAD_LOGIN}\r\nAUTH LOGIN\r\n`);
    driver.send(`${base64(ALICE.username)}\r\n`);
    driver.send(`${base64(ALICE.password)}\r\n`);
    driver.send('QUIT\r\n');
    const told = JSON.stringify(driver.events);

    for (const secret of [ALICE.password, 'wrong', BAD_LOGIN, GOOD_LOGIN, base64(ALICE.password)]) {
      expect(told).not.toContain(secret);
    }
  });

  it('count each command that an unending client sends, and keep two hundred', () => {
    const driver = new MachineDriver();
    driver.send('NOOP\r\n'.repeat(1000));
    driver.end();

    expect(driver.events).toHaveLength(1);
    expect(driver.events[0]).toMatchObject({ type: 'session', ending: 'client-closed' });
    expect(driver.events[0]).toHaveProperty('commands.length', 200);
  });

  it('say of each recipient what became of the message, and whom a refusal named', () => {
    const driver = everyWay(
      {},
      EHLO,
      MAIL,
      'RCPT TO:<dora@example.net>\r\n',
      RCPT,
      DATA,
      'Hello.\r\n.\r\n',
      'VRFY x\r\n',
      MAIL,
      'RCPT TO:<dora@example.net>\r\n',
      'QUIT\r\n',
    );

    const [refusal, transaction, ...others] = driver.events;
    expect(refusal).toMatchObject({ type: 'refusal', verb: 'RCPT', recipient: 'dora@example.net' });
    expect(transaction).toMatchObject({
      verdict: 'accepted',
      recipients: [
        { address: 'dora@example.net', outcome: 'refused' },
        { address: 'bob@example.com', outcome: 'accepted' },
      ],
      acceptedCount: 1,
      refusedCount: 1,
    });
    expect(others.at(-1)).toMatchObject({ type: 'session', outcome: { accepted: 1, refused: 1, refusals: 3 } });
  });

  it('count the failed logins of a session', () => {
    const policy = testPolicy({ authentication: 'required' });
    const driver = new MachineDriver({ policy, isImplicitTls: true });
    driver.send(`${EHLO}AUTH PLAIN ${BAD_LOGIN}\r\nAUTH PLAIN ${BAD_LOGIN}\r\nAUTH PLAIN ${GOOD_LOGIN}\r\nQUIT\r\n`);

    expect(driver.events.at(-1)).toMatchObject({ type: 'session', outcome: { failedLogins: 2 } });
  });

  it('do not judge a transaction by a verb that has no part in it', () => {
    const driver = everyWay({}, EHLO, MAIL, 'VRFY bob\r\n', 'RSET\r\n');

    expect(driver.events).toContainEqual(expect.objectContaining({ type: 'transaction', verdict: 'abandoned' }));
  });
});

describe('time', () => {
  const policy = testPolicy({
    commandTimeoutSeconds: 60,
    dataTimeoutSeconds: 30,
    tlsHandshakeTimeoutSeconds: 10,
  });

  it('gives a command its time from the last reply, which single octets do not extend', () => {
    const driver = new MachineDriver({ policy });
    for (const octet of 'NOOP x') {
      driver.advance(9_000);
      driver.send(octet);
    }
    driver.advance(5_999);
    expect(driver.session.isClosed).toBe(false);

    driver.advance(1);

    expect(lastReply(driver)).toBe('421 4.4.2 Timeout, closing connection');
    expect(driver.session.isClosed).toBe(true);
  });

  it('gives content its time anew with each 4096 octets', () => {
    const driver = new MachineDriver({ policy });
    driver.send(TRANSACTION);
    for (let count = 0; count < 10; count += 1) {
      driver.advance(29_000);
      driver.send('x'.repeat(4096));
    }
    expect(driver.session.state).toBe('content');

    driver.advance(29_000);
    driver.send('x'.repeat(4095));
    driver.advance(1_000);

    expect(driver.session.isClosed).toBe(true);
  });

  it('gives content its time anew when the shell reads the client again', () => {
    const driver = new MachineDriver({ policy });
    driver.send(TRANSACTION);
    driver.nowMs += 60_000;
    driver.session.receiveDrain(driver.nowMs);
    driver.advance(29_999);
    expect(driver.session.isClosed).toBe(false);

    driver.advance(1);

    expect(driver.session.isClosed).toBe(true);
  });

  it.each([
    ['its own time', 10, 60],
    ['the time of a command, when that is shorter', 100, 60],
  ])('gives a handshake %s', (_claim, tlsHandshakeTimeoutSeconds, commandTimeoutSeconds) => {
    const session = handshaking(testPolicy({ tlsHandshakeTimeoutSeconds, commandTimeoutSeconds }));
    const seconds = Math.min(tlsHandshakeTimeoutSeconds, commandTimeoutSeconds);

    expect(session.deadline()).toBe(START_MS + seconds * 1000);
    session.receiveTls(START_MS + 1);
    expect(session.deadline()).toBe(START_MS + 1 + commandTimeoutSeconds * 1000);
  });

  it('asks nothing of the client while the shell is to move', () => {
    const driver = new MachineDriver({ answers: { checkRelay: () => undefined } });
    driver.send(EHLO + MAIL + RCPT);

    expect(driver.session.deadline()).toBeUndefined();
    expect(driver.session.isWaiting).toBe(true);
    driver.advance(10_000_000);
    expect(driver.session.isClosed).toBe(false);
  });
});

describe('leaving', () => {
  it('closes without a word inside a handshake', () => {
    const session = handshaking(testPolicy());
    session.giveUp(START_MS);
    const effects = [session.nextEffect(), session.nextEffect(), session.nextEffect()];

    expect(effects.map((effect) => effect?.kind)).toEqual(['close', 'record', undefined]);
  });

  it.each([
    ['in a transaction', [EHLO, MAIL, RCPT]],
    ['in content', [TRANSACTION, 'Hello.\r\n']],
  ])('gives up %s when its time is over', (_claim, flights) => {
    const driver = new MachineDriver();
    for (const flight of flights) driver.send(flight);
    driver.session.shutDown(driver.nowMs);
    driver.settle();
    expect(driver.session.isClosed).toBe(false);

    driver.session.giveUp(driver.nowMs);
    driver.settle();

    expect(lastReply(driver)).toBe('421 4.3.2 Service shutting down, closing connection');
    expect(driver.hop.lines.at(-1)).toBe('ABANDON');
    expect(driver.events.map((event) => event.type)).toEqual(['transaction', 'session']);
  });

  it('takes late answers without a stir when the session is over', () => {
    const driver = new MachineDriver({ answers: { checkRelay: () => undefined } });
    driver.send(EHLO + MAIL + RCPT);
    driver.reset();
    const { trace } = driver;
    const before = trace.length;

    const { session, nowMs } = driver;
    session.receiveRelayDecisions([{ kind: 'defer', reply: REPLIES.decisionDeferred }], nowMs);
    session.receiveAuthentication({ kind: 'defer', reply: REPLIES.authenticationDeferred }, nowMs);
    session.receiveHopAnswer(taken(REPLIES.ok), nowMs);
    session.receiveTls(nowMs);
    session.receiveEnd(nowMs);
    session.receiveDrain(nowMs);
    session.shutDown(nowMs);
    session.giveUp(nowMs);
    driver.settle();

    expect(trace.length).toBe(before);
  });
});

describe('admissionRefusal', () => {
  it.each([
    ['refuses nobody by default', {}, [], undefined],
    ['refuses all of a disabled server', { enabled: false }, [], 'settings#enabled'],
    ['refuses a denied client', {}, [{ item: 'client#127.0.0.0/8', access: 'deny' }], 'client#127.0.0.0/8'],
    ['takes a client of a relay network', {}, [{ item: 'client#127.0.0.0/8', access: 'relay' }], undefined],
    ['takes a client outside the denied network', {}, [{ item: 'client#192.0.2.0/24', access: 'deny' }], undefined],
  ])('%s', (_claim, settings, items, rule) => {
    expect(admissionRefusal(testPolicy(settings, items), CLIENT_ADDRESS)?.rule).toBe(rule);
  });

  it('lets a limit be said in place of a greeting', () => {
    const refusal = { reply: REPLIES.tooManyConnections, rule: 'settings#maxConnections', limit: 7 };
    const driver = new MachineDriver({ refusal });

    expect(driver.wire).toBe('421 4.7.0 Too many connections, try again later\r\n');
    expect(driver.isToClose).toBe(true);
    expect(driver.events.map((event) => event.type)).toEqual(['limit', 'session']);
  });
});
