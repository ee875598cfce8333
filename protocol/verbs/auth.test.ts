import { describe, expect, it } from 'vitest';
import { REPLIES } from '../../policy/reply.ts';
import { ALICE, permitLogin } from '../../test/support/answers.ts';
import { everyWay } from '../../test/support/every-way.ts';
import { type DriverOptions, MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';

const OPEN = { authentication: 'offered', authenticationRequiresTls: false } as const;
const ISSUER = { item: 'issuer#x', issuer: 'https://issuer.example', audience: 'smtp' };
const POLICY = testPolicy(OPEN);
const CHALLENGE = '{"status":"invalid_token"}';
const TOO_LONG = '500 5.5.6 Authentication exchange line too long\r\n';
const CANCELLED = '501 5.7.0 Authentication cancelled\r\n';
const REFUSED = '535 5.7.8 Authentication credentials invalid\r\n';
const OK = '250 2.0.0 OK\r\n';

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function xoauth2(token: string): string {
  return base64(`user=${ALICE.username}\x01auth=Bearer ${token}\x01\x01`);
}

/** Knows one token; the others are refused with a challenge. */
const OAUTH: DriverOptions = {
  policy: testPolicy(OPEN, [ISSUER]),
  answers: {
    authenticate: ({ token }) =>
      token === 'good' || (token?.length ?? 0) > 1000
        ? permitLogin(ALICE.username, ['*'])
        : { kind: 'reject', reply: REPLIES.credentialsInvalid, challenge: CHALLENGE },
  },
};

it('a response of LOGIN that is no base64 ends the exchange', () => {
  const driver = new MachineDriver({ policy: POLICY });

  driver.send('EHLO c\r\nAUTH LOGIN\r\n!!!!\r\nNOOP\r\n');

  expect(driver.replies.slice(-3)).toEqual([
    '334 VXNlcm5hbWU6\r\n',
    '501 5.5.2 Cannot decode response\r\n',
    '250 2.0.0 OK\r\n',
  ]);
});

it('the event of a login keeps 256 characters of a name', () => {
  const driver = new MachineDriver({ policy: POLICY });

  driver.send(`EHLO c\r\nAUTH PLAIN ${Buffer.from(`\0${'a'.repeat(300)}\0b`).toString('base64')}\r\n`);

  expect(driver.events).toContainEqual(expect.objectContaining({ type: 'login', username: 'a'.repeat(256) }));
});

describe('EHLO offers', () => {
  it.each([
    ['PLAIN LOGIN', OPEN, []],
    ['PLAIN LOGIN XOAUTH2 OAUTHBEARER', OPEN, [ISSUER]],
    ['LOGIN OAUTHBEARER', { ...OPEN, mechanisms: ['OAUTHBEARER', 'LOGIN'] }, [ISSUER]],
  ])('%s', (mechanisms, settings, items) => {
    const driver = everyWay({ policy: testPolicy(settings, items) }, 'EHLO c\r\n');

    expect(driver.replies.at(-1)).toContain(`250 AUTH ${mechanisms}\r\n`);
  });

  it('no AUTH where no mechanism is left', () => {
    const driver = everyWay({ policy: testPolicy({ ...OPEN, mechanisms: ['CRAM-MD5'] }) }, 'EHLO c\r\n');

    expect(driver.replies.at(-1)).not.toContain('AUTH');
  });
});

it.each([
  ['a token where nobody issues them', testPolicy(OPEN), 'XOAUTH2'],
  ['what policy does not name', testPolicy({ ...OPEN, mechanisms: ['LOGIN'] }), 'PLAIN'],
])('a mechanism that is not offered is refused: %s', (_claim, policy, mechanism) => {
  const driver = everyWay({ policy }, `EHLO c\r\nAUTH ${mechanism}\r\n`);

  expect(driver.replies.at(-1)).toBe('504 5.5.4 Authentication mechanism not offered\r\n');
});

describe('a token', () => {
  it.each([
    ['XOAUTH2', `user=${ALICE.username}\x01auth=Bearer good\x01\x01`],
    ['OAUTHBEARER', `n,a=${ALICE.username},\x01auth=Bearer good\x01\x01`],
  ])('logs in by %s, with and without an initial response', (mechanism, message) => {
    const initial = everyWay(OAUTH, `EHLO c\r\nAUTH ${mechanism} ${base64(message)}\r\n`);
    const later = everyWay(OAUTH, `EHLO c\r\nAUTH ${mechanism}\r\n${base64(message)}\r\n`);

    expect(initial.replies.at(-1)).toBe('235 2.7.0 Authentication succeeded\r\n');
    expect(later.replies.slice(-2)).toEqual(['334 \r\n', '235 2.7.0 Authentication succeeded\r\n']);
    expect(initial.trace).toContain(
      `authenticate ${JSON.stringify({ kind: 'authenticate', mechanism, username: ALICE.username, token: 'good' })}`,
    );
    expect(initial.session.identityName).toBe(ALICE.username);
  });

  // RFC 7628 section 3.2.3: the client answers with a dummy, or cancels, and hears the failure.
  it.each(['', 'AQ==', '*', 'anything, base64 or not', 'QUIT'])(
    'that is bad is answered by a challenge, and %j by 535',
    (answer) => {
      const driver = everyWay(OAUTH, `EHLO c\r\nAUTH XOAUTH2 ${xoauth2('bad')}\r\n${answer}\r\nNOOP\r\n`);

      expect(driver.replies.slice(-3)).toEqual([`334 ${base64(CHALLENGE)}\r\n`, REFUSED, OK]);
      expect(driver.events.filter(({ type }) => type === 'login')).toEqual([
        expect.objectContaining({ verdict: 'reject', mechanism: 'XOAUTH2', username: ALICE.username }),
      ]);
    },
  );

  it('that is bad counts as one failed login each', () => {
    const attempt = `AUTH XOAUTH2 ${xoauth2('bad')}\r\n\r\n`;

    const driver = everyWay(OAUTH, `EHLO c\r\n${attempt.repeat(3)}`);

    expect(driver.replies.slice(-5)).toEqual([
      REFUSED,
      `334 ${base64(CHALLENGE)}\r\n`,
      REFUSED,
      `334 ${base64(CHALLENGE)}\r\n`,
      '421 4.7.0 Too many failed logins, closing connection\r\n',
    ]);
  });

  it('that is bad counts where its last answer is overlong, too', () => {
    const attempt = `AUTH XOAUTH2 ${xoauth2('bad')}\r\n${'A'.repeat(12_287)}\r\n`;

    const driver = everyWay(OAUTH, `EHLO c\r\n${attempt.repeat(3)}`);

    expect(driver.replies.filter((reply) => reply === TOO_LONG)).toHaveLength(2);
    expect(driver.replies.at(-1)).toMatch(/^421 4\.7\.0/);
    expect(driver.events).toContainEqual(
      expect.objectContaining({ type: 'refusal', rule: 'command#AUTH', octets: 12_289, limit: 12_288 }),
    );
  });

  it('of 8 kB passes with the profile modern', () => {
    const driver = everyWay(OAUTH, `EHLO c\r\nAUTH XOAUTH2 ${xoauth2('a'.repeat(8192))}\r\n`);

    expect(driver.replies.at(-1)).toMatch(/^235/);
  });

  it('of 8 kB is refused by name with the profile isa2000fp1', () => {
    const policy = testPolicy({ ...OPEN, commandProfile: 'isa2000fp1' }, [ISSUER]);
    const initial = xoauth2('a'.repeat(8192));

    const command = everyWay({ ...OAUTH, policy }, `EHLO c\r\nAUTH XOAUTH2 ${initial}\r\nNOOP\r\n`);
    const response = everyWay({ ...OAUTH, policy }, `EHLO c\r\nAUTH XOAUTH2\r\n${initial}\r\nNOOP\r\n`);

    expect(command.replies.slice(-2)).toEqual(['500 5.5.2 Command line too long\r\n', OK]);
    expect(response.replies.slice(-2)).toEqual([TOO_LONG, OK]);
    for (const { events } of [command, response]) {
      expect(events).toContainEqual(expect.objectContaining({ type: 'refusal', rule: 'command#AUTH', limit: 500 }));
    }
  });
});

// Octets with CR LF: exactly at the limit passes, one over does not.
describe('the limit of AUTH', () => {
  const LIMIT = 12_288;
  const command = (octets: number) => `AUTH PLAIN ${'A'.repeat(octets - 'AUTH PLAIN \r\n'.length)}\r\n`;
  const response = (octets: number) => `${'A'.repeat(octets - 2)}\r\n`;

  it('holds the command', () => {
    const at = everyWay({ policy: POLICY }, `EHLO c\r\n${command(LIMIT)}`);
    const over = everyWay({ policy: POLICY }, `EHLO c\r\n${command(LIMIT + 1)}`);

    expect(at.replies.at(-1)).toBe('501 5.5.2 Cannot decode response\r\n');
    expect(over.replies.at(-1)).toBe('500 5.5.2 Command line too long\r\n');
  });

  it('holds each line of the exchange', () => {
    const at = everyWay({ policy: POLICY }, `EHLO c\r\nAUTH LOGIN\r\nYQ==\r\n${response(LIMIT)}`);
    const over = everyWay({ policy: POLICY }, `EHLO c\r\nAUTH LOGIN\r\nYQ==\r\n${response(LIMIT + 1)}`);

    expect(at.replies.at(-1)).toBe('501 5.5.2 Cannot decode response\r\n');
    expect(over.replies.at(-1)).toBe(TOO_LONG);
  });
});

it('the exchange of a token can be cancelled before the token', () => {
  const driver = everyWay(OAUTH, 'EHLO c\r\nAUTH OAUTHBEARER\r\n*\r\n');

  expect(driver.replies.slice(-2)).toEqual(['334 \r\n', CANCELLED]);
});

it.each([
  ['that a lockout decided is an event of its limit', 'settings#lockoutFailures', 1],
  ['that the credentials decided is none', undefined, 0],
])('a refused login %s', (_claim, rule, count) => {
  const driver = everyWay(
    {
      policy: testPolicy({ ...OPEN, lockoutFailures: 7 }),
      answers: {
        authenticate: () => ({
          kind: 'reject',
          reply: REPLIES.credentialsInvalid,
          ...(rule !== undefined && { rule }),
        }),
      },
    },
    `EHLO c\r\nAUTH PLAIN ${base64('\0a\0b')}\r\n`,
  );

  const limits = driver.events.filter(({ type }) => type === 'limit');
  expect(driver.replies.at(-1)).toBe(REFUSED);
  expect(limits).toEqual(Array(count).fill(expect.objectContaining({ rule, limit: 7 })));
});
