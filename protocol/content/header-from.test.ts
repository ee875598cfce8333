import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalAddress } from '../../policy/address.ts';
import { type HeaderFrom, HeaderFromReader, parseFrom } from './header-from.ts';

function read(content: string, sizes: readonly number[] = [content.length]): HeaderFrom {
  const reader = new HeaderFromReader();
  const octets = Buffer.from(content, 'utf8');
  let at = 0;
  for (let index = 0; at < octets.length; index += 1) {
    const size = Math.max(1, sizes[index % sizes.length] ?? 1);
    reader.receive(octets.subarray(at, at + size));
    at += size;
  }
  return reader.result();
}

function addresses(content: string, sizes?: readonly number[]): string {
  const from = read(content, sizes);
  return from.kind === 'addresses' ? from.mailboxes.map(canonicalAddress).join(' ') : from.kind;
}

describe('the addresses of a From value', () => {
  it.each([
    ['alice@example.com', 'alice@example.com'],
    [' <alice@Example.COM>', 'alice@example.com'],
    ['Alice <alice@example.com>', 'alice@example.com'],
    ['"Alice, of <Wonderland>" <alice@example.com>', 'alice@example.com'],
    ['=?utf-8?q?Al=C3=ADce?= <alice@example.com>', 'alice@example.com'],
    ['Alice (a (nested) comment @ b) <alice@example.com>', 'alice@example.com'],
    ['alice@example.com (Alice)', 'alice@example.com'],
    ['alice @ example . com', 'alice@example.com'],
    ['a@example.com, B <b@example.com>', 'a@example.com b@example.com'],
    ['Team: a@example.com, <b@example.com>;', 'a@example.com b@example.com'],
    // Unquoted, as many programs write it.
    ['Foo, Inc. <a@example.com>', 'a@example.com'],
    ['"boss@corp.example" <alice@example.com>', 'alice@example.com'],
    // Some readers take the one, some the other: both count.
    ['boss@corp.example <alice@example.com>', 'alice@example.com boss@corp.example'],
    ['<boss@corp.example> <alice@example.com>', 'boss@corp.example alice@example.com'],
    ['"two words"@example.com', 'two words@example.com'],
  ])('of %j are %j', (value, expected) => {
    expect(parseFrom(value)?.map(canonicalAddress).join(' ')).toBe(expected);
  });

  it.each([
    '',
    'Alice',
    '<>',
    'Alice <alice>',
    '"unbalanced <a@example.com>',
    'a@example.com (unbalanced',
    'a@example.com )',
    'Alice <a@example.com',
    'Alice a@example.com>',
    '<@relay.example:a@example.com>',
    '<a@example.com,b@example.com>',
    'a@b@example.com',
    'undisclosed:;',
  ])('of %j cannot be read', (value) => {
    expect(parseFrom(value)).toBeUndefined();
  });
});

describe('the From field of a message', () => {
  it.each([
    ['From: a@example.com\r\n\r\nx', 'a@example.com'],
    ['Subject: x\r\nFROM:a@example.com\r\n\r\n', 'a@example.com'],
    ['From \t: a@example.com\r\n\r\n', 'a@example.com'],
    ['From:\r\n a@example.com\r\n\r\n', 'a@example.com'],
    ['From: A\r\n\t<a@example.com>\r\nTo: b@example.com\r\n\r\n', 'a@example.com'],
    ['Subject: x\r\n From: b@example.com\r\nFrom: a@example.com\r\n\r\n', 'a@example.com'],
    ['To: b@example.com\r\n\r\nFrom: c@example.com\r\n', 'absent'],
    ['Fromage: x\r\n\r\n', 'absent'],
    ['Resent-From: b@example.com\r\n\r\n', 'absent'],
    ['', 'absent'],
    ['\r\nFrom: c@example.com\r\n', 'absent'],
    // No empty line: the header is all there is.
    ['From: a@example.com', 'a@example.com'],
    // The leading dot is transparency: the next hop reads a From field.
    ['.From: a@example.com\r\n\r\n', 'a@example.com'],
    ['From: a@example.com\r\n.From: b@example.com\r\n\r\n', 'unreadable'],
    ['From: a@example.com\r\nFrom: a@example.com\r\n\r\n', 'unreadable'],
    ['From: nobody\r\n\r\n', 'unreadable'],
    ['From: jürgen@example.com\r\n\r\n', 'jürgen@example.com'],
    [`From: ${'x'.repeat(20_000)} <a@example.com>\r\n\r\n`, 'unreadable'],
    [`From: a@example.com\r\n${' x\r\n'.repeat(20_000)}\r\n`, 'unreadable'],
    // Blanks alone go on with the field before.
    ['From: a@example.com\r\n \r\n ,b@example.com\r\n\r\n', 'a@example.com b@example.com'],
  ])('%#: %j', (content, expected) => {
    expect(addresses(content)).toBe(expected);
    expect(addresses(content, [1])).toBe(expected);
  });

  it('is the same however the content is cut', () => {
    const line = fc.constantFrom(
      'From: a@example.com\r\n',
      ' b@example.com\r\n',
      '.From: c@example.com\r\n',
      'Subject: x\r\n',
      '\r\n',
      '\tx\r\n',
      'Fro\r\n',
    );

    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (lines, sizes) => {
          expect(read(lines.join(''), sizes)).toEqual(read(lines.join('')));
        },
      ),
    );
  });

  it('is not looked for behind the header', () => {
    const reader = new HeaderFromReader();

    reader.receive(Buffer.from('From: a@example.com\r\n\r\n'));

    expect(reader.isDone).toBe(true);
  });
});
