/** AUTH through the screen, seen from the machine: what the client hears, and what the hop is told. */
import { describe, expect, it } from 'vitest';
import type { PolicyAttributes } from '../../policy/item.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { Answers } from '../../test/support/answers.ts';
import { everyWay } from '../../test/support/every-way.ts';
import { MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';
import {
  BAD,
  base64,
  challenge,
  DEFERRED,
  DIGEST,
  hop,
  OK,
  play,
  REFUSED,
  RELAYED,
  relayOptions,
  SUCCESS,
  TAKEN,
} from '../../test/support/relayed-login.ts';
import { authDeferred, type RelayedLoginReply } from '../hop/relayed-login-reply.ts';
import { MAX_CHALLENGES } from './relayed-login.ts';

function lastLogin(driver: MachineDriver) {
  return driver.events.filter(({ type }) => type === 'login').at(-1);
}

describe('EHLO', () => {
  it('offers what the hop does, less what policy or the screen forbids', () => {
    const mechanisms = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256', 'GSSAPI', 'NTLM', 'DIGEST-MD5', 'EXTERNAL', 'PLAIN'];

    const driver = play({ mechanisms });

    expect(driver.replies.at(-1)).toContain('250 AUTH SCRAM-SHA-256 PLAIN\r\n');
  });

  it('asks the default next hop', () => {
    const driver = play({ settings: { defaultNextHop: 'smtp://mail.example.com:587' } });

    expect(driver.trace.filter((effect) => effect.startsWith('learn-mechanisms'))).toEqual([
      expect.stringContaining('"host":"mail.example.com","port":587'),
    ]);
  });

  it.each([
    ['none', { mechanisms: () => [] }],
    ['only what is forbidden', { mechanisms: () => ['GSSAPI'] }],
    ['nothing that can be learnt', { mechanisms: () => undefined }],
  ])('offers no AUTH where the hop has %s', (_claim, answers) => {
    const driver = everyWay({ ...relayOptions(), answers }, 'EHLO c\r\n');

    expect(driver.replies.at(-1)).not.toContain('AUTH');
    expect(driver.replies.at(-1)).toContain('250 ENHANCEDSTATUSCODES\r\n'.slice(4));
  });

  it.each<[string, PolicyAttributes, string]>([
    ['in the clear', { authenticationRequiresTls: true }, 'EHLO c\r\n'],
    ['for HELO', {}, 'HELO c\r\n'],
    ['where there is no AUTH', { authentication: 'none' }, 'EHLO c\r\n'],
    ['where the directory authenticates', { authenticator: 'directory' }, 'EHLO c\r\n'],
  ])('does not ask the hop %s', (_claim, settings, hello) => {
    const driver = everyWay(relayOptions({ settings }), hello);

    expect(driver.trace.some((effect) => effect.startsWith('learn-mechanisms'))).toBe(false);
    expect(driver.replies.at(-1)).toMatch(/^250/);
  });

  it('keeps the client waiting, without a deadline, until the hop has answered', () => {
    const driver = new MachineDriver(relayOptions());
    driver.session.receiveClient(Buffer.from('EHLO c\r\nNOOP\r\n'), 0, driver.nowMs);

    expect(driver.session.state).toBe('learning');
    expect(driver.session.deadline()).toBeUndefined();
    expect(driver.session.receiveClient(Buffer.from('NOOP\r\n'), 0, driver.nowMs)).toBe(0);
  });
});

describe('an exchange', () => {
  it.each<[string, readonly RelayedLoginReply[], string, readonly string[]]>([
    ['PLAIN with an initial response', [TAKEN], `AUTH PLAIN ${base64('\0alice\0pw')}\r\n`, [SUCCESS]],
    ['PLAIN without', [challenge(''), TAKEN], `AUTH plain\r\n${base64('\0alice\0pw')}\r\n`, ['334 \r\n', SUCCESS]],
    [
      'LOGIN',
      [challenge('Username:'), challenge('Password:'), TAKEN],
      `AUTH LOGIN\r\n${base64('alice')}\r\n${base64('pw')}\r\n`,
      [`334 ${base64('Username:')}\r\n`, `334 ${base64('Password:')}\r\n`, SUCCESS],
    ],
    [
      'CRAM-MD5',
      [challenge('<1.2@hop>'), TAKEN],
      `AUTH CRAM-MD5\r\n${base64(`alice ${DIGEST}`)}\r\n`,
      [`334 ${base64('<1.2@hop>')}\r\n`, SUCCESS],
    ],
    [
      'SCRAM-SHA-256 whose server signs in a last challenge',
      [challenge('r=ab,s=c,i=4096'), challenge('v=signature'), TAKEN],
      `AUTH SCRAM-SHA-256 ${base64('n,,n=alice,r=a')}\r\n${base64('c=biws,r=ab,p=x')}\r\n\r\n`,
      [`334 ${base64('r=ab,s=c,i=4096')}\r\n`, `334 ${base64('v=signature')}\r\n`, SUCCESS],
    ],
    [
      'an empty initial response',
      [challenge('x'), TAKEN],
      `AUTH SRP =\r\n${base64('y')}\r\n`,
      [`334 ${base64('x')}\r\n`, SUCCESS],
    ],
  ])('passes: %s', (_claim, script, dialogue, replies) => {
    const driver = play({ script }, dialogue);

    expect(driver.replies.slice(-replies.length)).toEqual(replies);
    const told = dialogue.split('\r\n').slice(0, -1);
    told[0] = told[0]?.replace('plain', 'PLAIN') ?? '';
    expect(driver.hop.lines).toEqual(told);
    expect(driver.session.identityName).toBe(dialogue.includes('SRP') ? 'unknown' : 'alice');
  });

  it('has no deadline while the hop is asked, and the command time while the client is', () => {
    const driver = new MachineDriver({
      ...relayOptions({ mechanisms: ['LOGIN'] }),
      answers: { ...hop([]), hopAuth: () => undefined },
    });
    driver.send('EHLO c\r\nAUTH LOGIN\r\n');

    expect(driver.session.deadline()).toBeUndefined();
    driver.session.receiveRelayedLoginReply(challenge('Username:'), driver.nowMs);
    driver.settle();
    expect(driver.session.deadline()).toBe(driver.nowMs + 300_000);
  });

  it('is given up after twenty challenges', () => {
    const driver = new MachineDriver(relayOptions({ script: [challenge('x')] }));
    driver.send('EHLO c\r\n');

    driver.send(`AUTH SRP\r\n${'YQ==\r\n'.repeat(MAX_CHALLENGES)}NOOP\r\n`);

    expect(driver.replies.filter((reply) => reply.startsWith('334'))).toHaveLength(MAX_CHALLENGES);
    expect(driver.replies.slice(-2)).toEqual([DEFERRED, OK]);
    expect(driver.hop.lines.at(-1)).toBe('CANCEL');
  });

  it('does not wait for octets of the client that came too early', () => {
    const driver = play({ script: [challenge(''), TAKEN] }, `AUTH PLAIN\r\n${base64('\0alice\0pw')}\r\nNOOP\r\n`);

    expect(driver.replies.slice(-3)).toEqual(['334 \r\n', SUCCESS, OK]);
  });
});

describe('a login that the hop took', () => {
  const LOGGED_IN = `AUTH PLAIN ${base64('\0Alice@Example.com\0pw')}\r\n`;

  it('is an event, without a word of the exchange', () => {
    const driver = play({}, LOGGED_IN);

    expect(lastLogin(driver)).toMatchObject({
      mechanism: 'PLAIN',
      username: 'Alice@Example.com',
      verdict: 'permit',
      identity: 'alice@example.com',
    });
    expect(JSON.stringify(driver.events)).not.toContain(base64('\0Alice@Example.com\0pw'));
  });

  it('may send as anybody, and with the null sender, for the hop judges that', () => {
    const driver = play({}, LOGGED_IN, 'MAIL FROM:<bob@example.org>\r\nRSET\r\nMAIL FROM:<>\r\n');

    expect(driver.replies.at(-3)).toBe('250 2.1.0 Sender OK\r\n');
    expect(driver.replies.at(-1)).toBe('250 2.1.0 Sender OK\r\n');
  });

  it('may relay as policy has it for identities', () => {
    const driver = play(
      { settings: { relay: 'any-domain' } },
      `${LOGGED_IN}MAIL FROM:<a@example.com>\r\nRCPT TO:<x@elsewhere.example>\r\n`,
    );

    expect(driver.replies.at(-1)).toBe('250 2.1.5 Recipient OK\r\n');
  });

  it('is not believed where the hop took another exchange than the client had', () => {
    const driver = play(
      { script: [challenge('Username:'), challenge('Password:'), TAKEN] },
      `AUTH LOGIN ${base64('alice')}\r\n${base64('bob')}\r\n${base64('pw')}\r\nNOOP\r\n`,
    );

    expect(driver.replies.slice(-2)).toEqual([DEFERRED, OK]);
    expect(driver.session.identityName).toBeUndefined();
    expect(driver.hop.lines.at(-1)).toBe('CANCEL');
  });

  it('ends the session once its connection is lost, when no transaction is open', () => {
    const driver = play({}, LOGGED_IN, ({ session, nowMs }) => session.receiveHopLost(nowMs));
    driver.settle();

    expect(driver.replies.at(-1)).toBe('421 4.4.2 Next hop ended the login, log in again\r\n');
    expect(driver.isToClose).toBe(true);
  });

  it('lets an open transaction end first', () => {
    const driver = play(
      {},
      `${LOGGED_IN}MAIL FROM:<a@example.com>\r\n`,
      ({ session, nowMs }) => session.receiveHopLost(nowMs),
      'RCPT TO:<b@example.com>\r\nRSET\r\n',
    );

    expect(driver.replies.slice(-3)).toEqual([
      '250 2.1.5 Recipient OK\r\n',
      OK,
      '421 4.4.2 Next hop ended the login, log in again\r\n',
    ]);
  });

  it('is forgotten by STARTTLS, and so is its loss', () => {
    const driver = play({}, LOGGED_IN, 'STARTTLS\r\n', 'EHLO c\r\n');

    expect(driver.session.identityName).toBeUndefined();
    expect(driver.replies.at(-1)).toContain('AUTH ');
  });
});

describe('a login that the hop refuses', () => {
  it('is one failed login, and the third ends the session', () => {
    const attempt = `AUTH PLAIN ${base64('\0alice\0bad')}\r\n`;

    const driver = play({ script: [BAD] }, attempt.repeat(3));

    expect(driver.replies.slice(-3)).toEqual([
      REFUSED,
      REFUSED,
      '421 4.7.0 Too many failed logins, closing connection\r\n',
    ]);
    expect(lastLogin(driver)).toMatchObject({ verdict: 'reject', username: 'alice' });
  });

  it.each([
    ['a line that is too long for it', REPLIES.authLineTooLong],
    ['a message that it cannot read', REPLIES.badBase64],
    ['a mechanism that it has no longer', REPLIES.mechanismUnknown],
  ])('for %s is no failed login', (_claim, reply) => {
    const refused: RelayedLoginReply = { kind: 'refused', reply, detail: '' };
    const driver = play({ script: [refused] }, `AUTH PLAIN ${base64('\0a\0b')}\r\n`.repeat(4));

    expect(driver.replies.slice(-4)).toEqual(Array(4).fill(`${reply.code} ${reply.enhanced} ${reply.text}\r\n`));
  });

  it('by a challenge is one failed login, however the client takes it', () => {
    const attempt = `AUTH XOAUTH2 ${base64('user=alice\x01auth=Bearer bad\x01\x01')}\r\n`;
    const script = [challenge('{"status":"401"}'), BAD];

    const answered = play({ script }, `${attempt}\r\nNOOP\r\n`);
    const cancelled = play({ script: script.slice(0, 1) }, `${attempt}*\r\n`.repeat(3));

    expect(answered.replies.slice(-3)).toEqual([`334 ${base64('{"status":"401"}')}\r\n`, REFUSED, OK]);
    expect(cancelled.replies.at(-1)).toMatch(/^421 4\.7\.0/);
    expect(cancelled.hop.lines.filter((line) => line === 'CANCEL')).toHaveLength(3);
  });
});

it('a token that has not been said is no failed login when its exchange is cancelled', () => {
  const driver = play({ script: [challenge('')] }, 'AUTH XOAUTH2\r\n*\r\n');

  expect(driver.replies.at(-1)).toBe('501 5.7.0 Authentication cancelled\r\n');
  expect(lastLogin(driver)).toBeUndefined();
});

it.each<[string, Partial<Answers>, string]>([
  ['a refusal', hop([BAD]), 'next-hop'],
  ['a fault of the exchange', hop([{ kind: 'refused', reply: REPLIES.badBase64, detail: '501' }]), 'next-hop'],
  ['no judgement', hop([authDeferred('gone')]), 'next-hop'],
  ['a hop that could not be asked', {}, 'next-hop-down'],
])('the record of a session names who decided: %s', (_claim, answers, rule) => {
  const driver = everyWay({ ...relayOptions(), answers }, `EHLO c\r\nAUTH PLAIN ${base64('\0a\0b')}\r\n`);

  expect(driver.trace.filter((effect) => effect.startsWith('reply ')).at(-1)).toMatch(/^reply [45]/);
  driver.end();
  const session = driver.events.find(({ type }) => type === 'session');
  expect(session).toMatchObject({ commands: [{ verb: 'EHLO' }, { verb: 'AUTH', line: 'AUTH PLAIN', rule }] });
});

describe('a login that the hop cannot judge', () => {
  it.each<[string, readonly RelayedLoginReply[], string]>([
    ['at AUTH', [authDeferred('gone')], `AUTH PLAIN ${base64('\0a\0b')}\r\n`],
    ['behind a challenge', [challenge('Username:'), authDeferred('gone')], 'AUTH LOGIN\r\nYQ==\r\n'],
    [
      'behind the last one',
      [challenge('Username:'), challenge('Password:'), authDeferred('gone')],
      'AUTH LOGIN\r\nYQ==\r\nYQ==\r\n',
    ],
  ])('is 454 when the hop dies %s, and the session goes on', (_claim, script, dialogue) => {
    const driver = play({ script }, `${dialogue}NOOP\r\n`);

    expect(driver.replies.slice(-2)).toEqual([DEFERRED, OK]);
    expect(lastLogin(driver)).toMatchObject({ verdict: 'defer' });
  });

  it('is no failed login', () => {
    const driver = play({ script: [authDeferred('gone')] }, `AUTH PLAIN ${base64('\0a\0b')}\r\n`.repeat(5));

    expect(driver.replies.slice(-5)).toEqual(Array(5).fill(DEFERRED));
  });

  it('is 454 where the mechanisms of the hop could not be learnt', () => {
    const driver = everyWay({ ...relayOptions(), answers: {} }, 'EHLO c\r\nAUTH PLAIN\r\nNOOP\r\n');

    expect(driver.replies.slice(-2)).toEqual([DEFERRED, OK]);
    expect(driver.hop.lines).toEqual([]);
  });

  it('is 454 with Amazon SES as the default next hop', () => {
    const driver = play({ settings: { defaultNextHop: 'ses' } }, 'AUTH PLAIN\r\n');

    expect(driver.replies.at(-1)).toBe(DEFERRED);
  });
});

it('an answer that no one waits for changes nothing', () => {
  const driver = play({}, 'NOOP\r\n');

  driver.session.receiveRelayedLoginReply(TAKEN, driver.nowMs);
  driver.session.receiveMechanisms(['PLAIN'], driver.nowMs);
  driver.settle();

  expect(driver.replies.at(-1)).toBe(OK);
  expect(driver.session.identityName).toBeUndefined();
});

it('a policy that comes in mid-exchange leaves the exchange with whom it began', () => {
  const driver = new MachineDriver(relayOptions({ script: [challenge(''), TAKEN] }));
  driver.send('EHLO c\r\nAUTH PLAIN\r\n');
  driver.session.offerPolicy(testPolicy({ ...RELAYED, authenticator: 'directory' }));

  driver.send(`${base64('\0alice\0pw')}\r\n`);

  expect(driver.replies.at(-1)).toBe(SUCCESS);
  expect(driver.hop.lines).toHaveLength(2);
});
