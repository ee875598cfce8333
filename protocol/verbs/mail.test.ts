import { describe, expect, it } from 'vitest';
import { ALICE, permitLogin, WILLING } from '../../test/support/answers.ts';
import { MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';
import type { MailCommand } from '../hop/hop-answer.ts';

function replyTo(line: string): string | undefined {
  const policy = testPolicy({ authentication: 'offered' });
  const driver = new MachineDriver({ policy });
  driver.send(`EHLO c\r\n${Buffer.from(line, 'utf8').toString('latin1')}\r\n`);
  return driver.replies.at(-1)?.slice(0, 9);
}

// RFC 1870 section 4, RFC 6152 section 2, RFC 6531 section 3.4, RFC 4954 section 5.
it.each([
  ['SIZE=1', '250 2.1.0'],
  ['SIZE=1x', '501 5.5.4'],
  ['SIZE=x1', '501 5.5.4'],
  ['SIZE=', '501 5.5.4'],
  ['SIZE', '501 5.5.4'],
  ['BODY=7bit', '250 2.1.0'],
  ['BODY=8BITMIME', '250 2.1.0'],
  ['BODY=BINARYMIME', '501 5.5.4'],
  ['SMTPUTF8', '250 2.1.0'],
  ['SMTPUTF8=1', '501 5.5.4'],
  ['AUTH=<>', '250 2.1.0'],
  ['AUTH=', '501 5.5.4'],
  ['AUTH', '501 5.5.4'],
])('a MAIL with %s is answered %s', (parameter, reply) => {
  expect(replyTo(`MAIL FROM:<a@example.com> ${parameter}`)).toBe(reply);
});

it.each([
  ['SMTPUTF8', '250 2.1.0'],
  ['BODY=8BITMIME', '553 5.6.7'],
])('an address in UTF-8 with %s is answered %s', (parameter, reply) => {
  expect(replyTo(`MAIL FROM:<jürgen@example.com> ${parameter}`)).toBe(reply);
});

// Amazon SES takes no null reverse-path: a user's bounce goes out in the user's own address.
describe('a hop is told of the null sender', () => {
  const LOGIN = `AUTH PLAIN ${Buffer.from(`\0${ALICE.username}\0${ALICE.password}`).toString('base64')}\r\n`;
  const BOB = 'bob@example.com';
  const SENDERS = [ALICE.username, BOB];

  interface Client {
    readonly login?: string;
    readonly senders?: readonly string[];
    readonly path?: string;
    readonly denied?: readonly string[];
  }

  /** MAIL as the next hop is told it. */
  function mailOf({ login = LOGIN, senders = SENDERS, path = '', denied = [] }: Client): MailCommand | undefined {
    const policy = testPolicy(
      { authentication: 'offered', authenticationRequiresTls: false },
      denied.map((address) => ({ item: `sender#${address}`, access: 'deny' })),
    );
    let told: MailCommand | undefined;
    const driver = new MachineDriver({
      policy,
      answers: {
        authenticate: () => permitLogin(ALICE.username, senders),
        hop(request) {
          if (request.kind === 'recipient') told = request.mail;
          return WILLING.hop(request);
        },
      },
    });
    driver.send(`EHLO c\r\n${login}MAIL FROM:<${path}>\r\nRCPT TO:<${BOB}>\r\n`);
    return told;
  }

  it.each<[claim: string, client: Client, ownAddress: string]>([
    ["by the user's name", {}, ALICE.username],
    ["by the first of the user's senders where the name is denied", { denied: [ALICE.username] }, BOB],
  ])('%s', (_claim, client, ownAddress) => {
    expect(mailOf(client)).toStrictEqual({ path: '', isSmtpUtf8: false, ownAddress });
  });

  it.each<[claim: string, client: Client]>([
    ['of who has not logged in', { login: '' }],
    ['whose user has no address that is not denied', { denied: SENDERS }],
    ['that is not null', { path: BOB }],
  ])('and of no address beside a sender %s', (_claim, client) => {
    expect(mailOf(client)).toStrictEqual({ path: client.path ?? '', isSmtpUtf8: false });
  });
});

it.each([
  ['<>', false, 'user#mayBounce'],
  ['<carol@example.com>', true, 'user#senders'],
])('the refusal of %s to a user names the rule', (path, mayBounce, rule) => {
  const driver = new MachineDriver({
    policy: testPolicy({ authentication: 'required', authenticationRequiresTls: false }),
    answers: { authenticate: () => permitLogin(ALICE.username, [ALICE.username], { mayBounce }) },
  });

  driver.send(`EHLO c\r\nAUTH PLAIN ${Buffer.from('\0a\0b').toString('base64')}\r\nMAIL FROM:${path}\r\n`);

  expect(driver.replies.at(-1)).toMatch(/^553 5\.7\.1 /);
  expect(driver.events.filter(({ type }) => type === 'refusal')).toEqual([expect.objectContaining({ rule })]);
});
