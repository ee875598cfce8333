/** `reportOnly`: refusals by command, client and sender policy are recorded and let pass; no others. */
import { expect, it } from 'vitest';
import type { PolicyAttributes } from '../../policy/item.ts';
import { ALICE, permitLogin, WILLING } from '../../test/support/answers.ts';
import { everyWay } from '../../test/support/every-way.ts';
import { CLIENT_ADDRESS, MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';

const EHLO = 'EHLO c\r\n';
const MAIL = 'MAIL FROM:<alice@example.com>\r\n';
const LOGIN = `AUTH PLAIN ${Buffer.from(`\0${ALICE.username}\0${ALICE.password}`).toString('base64')}\r\n`;

interface Case {
  readonly settings?: PolicyAttributes;
  readonly items?: readonly PolicyAttributes[];
  readonly lines: readonly string[];
  readonly rule: string;
  /** Replies to the last line where the rule is in force, and where it is only reported. */
  readonly replies: readonly [string, string];
}

function play(test: Case, reportOnly: boolean): MachineDriver {
  const policy = testPolicy({ ...test.settings, reportOnly }, test.items ?? []);
  return everyWay({ policy }, ...test.lines);
}

const reported: readonly [name: string, test: Case][] = [
  [
    'a verb that is off',
    {
      lines: ['VRFY bob\r\n'],
      rule: 'command#VRFY',
      replies: ['502 5.5.1', '252 2.1.5'],
    },
  ],
  [
    'a line over its limit',
    {
      items: [{ item: 'command#NOOP', maxOctets: 6 }],
      lines: ['NOOP x\r\n'],
      rule: 'command#NOOP',
      replies: ['500 5.5.2', '250 2.0.0'],
    },
  ],
  [
    'a denied client',
    {
      items: [{ item: `client#${CLIENT_ADDRESS}/32`, access: 'deny' }],
      lines: [],
      rule: `client#${CLIENT_ADDRESS}/32`,
      replies: ['554 5.7.1', '220 mx.ex'],
    },
  ],
  [
    'a denied sender',
    {
      items: [{ item: 'sender#example.com', access: 'deny' }],
      lines: [EHLO, MAIL],
      rule: 'sender#example.com',
      replies: ['550 5.7.1', '250 2.1.0'],
    },
  ],
  [
    "a sender that is not the identity's",
    {
      settings: { authentication: 'required', authenticationRequiresTls: false },
      lines: [EHLO, LOGIN, 'MAIL FROM:<bob@example.com>\r\n'],
      rule: 'user#senders',
      replies: ['553 5.7.1', '250 2.1.0'],
    },
  ],
];

it.each(reported)('refuses %s where it is in force', (_name, test) => {
  const driver = play(test, false);

  expect(driver.replies.at(-1)?.slice(0, 9)).toBe(test.replies[0]);
  expect(driver.events).toContainEqual(expect.objectContaining({ type: 'refusal', rule: test.rule }));
  expect(driver.events).not.toContainEqual(expect.objectContaining({ reportOnly: true }));
});

it.each(reported)('lets %s pass where it is only reported, and says so', (_name, test) => {
  const driver = play(test, true);

  const refusals = driver.events.filter((event) => event.type === 'refusal');
  expect(driver.replies.at(-1)?.slice(0, 9)).toBe(test.replies[1]);
  expect(refusals).toEqual([expect.objectContaining({ rule: test.rule, reportOnly: true })]);
});

const never: readonly [name: string, test: Omit<Case, 'rule'>][] = [
  ['relay', { lines: [EHLO, MAIL, 'RCPT TO:<x@elsewhere.example>\r\n'], replies: ['550 5.7.1', '550 5.7.1'] }],
  [
    'MAIL without a login',
    { settings: { authentication: 'required' }, lines: [EHLO, MAIL], replies: ['530 5.7.0', '530 5.7.0'] },
  ],
  [
    'AUTH that is off',
    {
      settings: { authentication: 'offered' },
      items: [{ item: 'command#AUTH', allowed: false }],
      lines: [EHLO, 'AUTH PLAIN\r\n'],
      replies: ['502 5.5.1', '502 5.5.1'],
    },
  ],
  [
    'an AUTH line over its limit',
    {
      settings: { authentication: 'offered', authenticationRequiresTls: false },
      items: [{ item: 'command#AUTH', maxOctets: 12 }],
      lines: [EHLO, LOGIN],
      replies: ['500 5.5.2', '500 5.5.2'],
    },
  ],
  ['a verb that Postern does not carry out', { lines: ['BDAT 1\r\n'], replies: ['502 5.5.1', '502 5.5.1'] }],
  ["a line over the standard's limit", { lines: [`NOOP ${'x'.repeat(600)}\r\n`], replies: ['500 5.5.2', '500 5.5.2'] }],
  ['octets that no command holds', { lines: ['NOOP \x07\r\n'], replies: ['500 5.5.2', '500 5.5.2'] }],
  [
    'a declared size over the limit',
    {
      settings: { maxMessageOctets: 10 },
      lines: [EHLO, MAIL.replace('\r', ' SIZE=11\r')],
      replies: ['552 5.3.4', '552 5.3.4'],
    },
  ],
];

it.each(never)('refuses %s all the same', (_name, test) => {
  const whole = { ...test, rule: '' };

  expect(play(whole, false).replies.at(-1)?.slice(0, 9)).toBe(test.replies[0]);
  expect(play(whole, true).replies.at(-1)?.slice(0, 9)).toBe(test.replies[1]);
});

it('keeps of a reported line no more than the standard allows', () => {
  const policy = testPolicy({ reportOnly: true }, [{ item: 'command#NOOP', maxOctets: 6 }]);
  const driver = new MachineDriver({ policy });

  driver.send(`NOOP ${'x'.repeat(5000)}`);

  expect(driver.session.heldOctets).toBeLessThanOrEqual(512);
});

it('takes the null sender of an identity that may bounce, and of no other', () => {
  const policy = testPolicy({ authentication: 'required', authenticationRequiresTls: false });
  const replyWith = (mayBounce: boolean): string | undefined => {
    const answers = { ...WILLING, authenticate: () => permitLogin('alice@example.com', ['*'], { mayBounce }) };
    return everyWay({ policy, answers }, EHLO, LOGIN, 'MAIL FROM:<>\r\n').replies.at(-1)?.slice(0, 9);
  };

  expect(replyWith(true)).toBe('250 2.1.0');
  expect(replyWith(false)).toBe('553 5.7.1');
});

it('refuses a denied address of a domain that is not, whoever sends it', () => {
  const policy = testPolicy({}, [{ item: 'sender#alice@example.com', access: 'deny' }]);

  const replies = everyWay({ policy }, EHLO, MAIL, 'MAIL FROM:<bob@example.com>\r\n').replies;

  expect(replies.slice(-2).map((reply) => reply.slice(0, 9))).toEqual(['550 5.7.1', '250 2.1.0']);
});
