import { expect, it } from 'vitest';
import { MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';

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
