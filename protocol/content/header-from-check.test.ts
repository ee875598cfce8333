import { describe, expect, it } from 'vitest';
import type { PolicyAttributes } from '../../policy/item.ts';
import { ALICE, permitLogin, WILLING } from '../../test/support/answers.ts';
import { everyWay } from '../../test/support/every-way.ts';
import type { MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { HeaderFromCheck } from './header-from-check.ts';

const LOGIN = `AUTH PLAIN ${Buffer.from(`\0${ALICE.username}\0${ALICE.password}`).toString('base64')}\r\n`;
const ENVELOPE = 'MAIL FROM:<alice@example.com>\r\n';
const OWN = 'From: Alice <alice@example.com>\r\n\r\nx\r\n.\r\n';
const FOREIGN = 'Subject: x\r\nFrom: Boss <boss@example.net>\r\n\r\nx\r\n.\r\n';

function send(
  content: string,
  settings: PolicyAttributes,
  senders: readonly string[] = [ALICE.username],
): MachineDriver {
  const policy = testPolicy({ authentication: 'offered', authenticationRequiresTls: false, ...settings });
  const answers = { ...WILLING, authenticate: () => permitLogin(ALICE.username, senders) };
  return everyWay(
    { policy, answers },
    'EHLO c\r\n',
    LOGIN,
    ENVELOPE,
    'RCPT TO:<bob@example.com>\r\n',
    'DATA\r\n',
    content,
  );
}

it("refuses another's address in From, and names it", () => {
  const driver = send(FOREIGN, { checkHeaderFrom: true });

  expect(driver.replies.at(-1)).toBe('550 5.7.1 From address <boss@example.net> not allowed for this user\r\n');
  expect(driver.hop.messages).toEqual([]);
  expect(driver.events).toContainEqual(
    expect.objectContaining({ type: 'refusal', rule: 'settings#checkHeaderFrom', verb: 'DATA' }),
  );
  expect(driver.events).toContainEqual(
    expect.objectContaining({ type: 'transaction', verdict: 'refused', rule: 'settings#checkHeaderFrom' }),
  );
});

it.each<[string, string, PolicyAttributes, readonly string[]]>([
  ['its own address', OWN, { checkHeaderFrom: true }, [ALICE.username]],
  ['an address of its domain', OWN, { checkHeaderFrom: true }, ['*@example.com', ALICE.username]],
  ['any, where nobody asks', FOREIGN, {}, [ALICE.username]],
  ['any, of an identity that may send as anybody', FOREIGN, { checkHeaderFrom: true }, ['*']],
  ['none, where nobody asks', 'Subject: x\r\n\r\nx\r\n.\r\n', { checkHeaderSender: true }, [ALICE.username]],
  ['any, where it is only reported', FOREIGN, { checkHeaderFrom: true, reportOnly: true }, [ALICE.username]],
])('takes a From of %s', (_what, content, settings, senders) => {
  const driver = send(content, settings, senders);

  expect(driver.replies.at(-1)).toMatch(/^250 2\.0\.0 OK /);
  expect(driver.hop.messages).toHaveLength(1);
});

it('refuses a field that can be read in two ways', () => {
  const driver = send('From: a@example.com\r\nFrom: alice@example.com\r\n\r\n.\r\n', { checkHeaderFrom: true });

  expect(driver.replies.at(-1)).toMatch(/^550 5\.7\.1 From field cannot be read/);
});

it.each([
  ['a header without one', 'Subject: x\r\n\r\nx\r\n.\r\n'],
  ['an empty header', '\r\nFrom: Alice <alice@example.com>\r\n.\r\n'],
  ['no content', '.\r\n'],
  ['a first line that begins with a blank', ' From: alice@example.com\r\nFrom: alice@example.com\r\n\r\n.\r\n'],
])('refuses a message without a From field: %s', (_what, content) => {
  const driver = send(content, { checkHeaderFrom: true });

  expect(driver.replies.at(-1)).toBe('550 5.7.1 From field is missing\r\n');
  expect(driver.hop.messages).toEqual([]);
});

it('takes a message with a line of an mbox file in front, which is no From field after our own', () => {
  const driver = send(`From boss@example.net Mon\r\n${OWN}`, { checkHeaderFrom: true });

  expect(driver.replies.at(-1)).toMatch(/^250 /);
});

describe('checkHeaderSender', () => {
  const own = 'From: Boss <boss@example.net>\r\n';

  it.each(['Sender', 'Resent-From', 'Resent-Sender'])("refuses another's address in %s, and names it", (field) => {
    const driver = send(`${own}${field}: Boss <boss@example.net>\r\n\r\n.\r\n`, { checkHeaderSender: true });

    expect(driver.replies.at(-1)).toBe(`550 5.7.1 ${field} address <boss@example.net> not allowed for this user\r\n`);
    expect(driver.events).toContainEqual(
      expect.objectContaining({ type: 'refusal', rule: 'settings#checkHeaderSender', verb: 'DATA' }),
    );
    expect(driver.hop.messages).toEqual([]);
  });

  it.each([
    ['Sender: Alice <alice@example.com>\r\nResent-From: alice@example.com\r\n', 250],
    ['Resent-From: alice@example.com\r\nResent-From: alice@example.com\r\n', 250],
    ['Resent-From: alice@example.com\r\nResent-From: boss@example.net\r\n', 550],
    ['Sender: alice@example.com\r\nSender: alice@example.com\r\n', 550],
    ['Sender\r\n : boss@example.net\r\n', 550],
    ['Sender: "boss@example.net", alice@example.com\r\n', 550],
    ['Sender:\r\n', 550],
  ])('answers %j with %i', (fields, code) => {
    const driver = send(`${own}${fields}\r\n.\r\n`, { checkHeaderSender: true });

    expect(driver.replies.at(-1)).toMatch(new RegExp(`^${code} `));
  });

  it('is a setting of its own', () => {
    const content = 'From: alice@example.com\r\nSender: boss@example.net\r\n\r\n.\r\n';

    expect(send(content, { checkHeaderFrom: true }).replies.at(-1)).toMatch(/^250 /);
    expect(send(content, { checkHeaderFrom: true, checkHeaderSender: true }).replies.at(-1)).toMatch(/^550 /);
  });
});

it('names an octet of the address that no reply can hold by a question mark', () => {
  const driver = send('From: b\u00FC@example.net\r\n\r\n.\r\n', { checkHeaderFrom: true });

  expect(driver.replies.at(-1)).toMatch(/^550 5\.7\.1 From address <b\?+@example\.net> /);
});

it('reads a message over the size limit to its end, and says that first', () => {
  const driver = send(FOREIGN, { checkHeaderFrom: true, maxMessageOctets: 40 });

  expect(driver.replies.at(-1)).toMatch(/^552 5\.3\.4 /);
});

/** What is said of a message with this address in From, time after time. */
function faults(address: string): readonly (string | undefined)[] {
  const check = new HeaderFromCheck([ALICE.username], { checkHeaderFrom: true, checkHeaderSender: false });
  const header = Buffer.from(`From: ${address}\r\n\r\n`);
  return [check.receive([header], false), check.receive([header], true)].map((fault) => fault?.text);
}

it.each([
  ['a letter of two octets', 'b\u00FC@example.net', 'b?@example.net'],
  ['more characters than a reply has room for', `${'b'.repeat(400)}@example.net`, 'b'.repeat(320)],
])('names once an address with %s', (_what, address, named) => {
  expect(faults(address)).toEqual([`From address <${named}> not allowed for this user`, undefined]);
});
