import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GatheredFields, HeaderFieldsReader } from './header-from.ts';

const NAMES = ['from', 'resent-from'];

function read(content: string, sizes: readonly number[] = [content.length]): GatheredFields {
  const reader = new HeaderFieldsReader(NAMES);
  const octets = Buffer.from(content, 'latin1');
  let at = 0;
  for (let index = 0; at < octets.length; index += 1) {
    const size = Math.max(1, sizes[index % sizes.length] ?? 1);
    reader.receive(octets.subarray(at, at + size));
    at += size;
  }
  return reader.result();
}

function gathered(content: string, sizes?: readonly number[]): string {
  const result = read(content, sizes);
  if (result.kind === 'unreadable') return 'unreadable';
  return result.fields.map(({ name, value }) => `${name}:${value}`).join(' | ');
}

describe('the fields of a message', () => {
  it.each([
    ['From: a@example.com\r\n\r\nx', 'from: a@example.com'],
    ['Subject: x\r\nFROM:a@example.com\r\n\r\n', 'from:a@example.com'],
    // The old syntax, RFC 5322 section 4.5.
    ['From \t: a@example.com\r\n\r\n', 'from: a@example.com'],
    ['From:\r\n a@example.com\r\n\r\n', 'from:\r\n a@example.com'],
    ['From: A\r\n\t<a@example.com>\r\nTo: b@example.com\r\n\r\n', 'from: A\r\n\t<a@example.com>'],
    ['Subject: x\r\n From: b@example.com\r\nFrom: a@example.com\r\n\r\n', 'from: a@example.com'],
    ['From: a\r\nResent-From: b\r\nResent-From: c\r\n\r\n', 'from: a | resent-from: b | resent-from: c'],
    ['From: a\r\nFrom: b\r\n\r\n', 'from: a | from: b'],
    ['To: b@example.com\r\n\r\nFrom: c@example.com\r\n', ''],
    ['Fromage: x\r\nFrom-x: y\r\nX-From: z\r\nSender: q\r\n\r\n', ''],
    ['', ''],
    ['\r\nFrom: c@example.com\r\n', ''],
    // No empty line: the header is all there is.
    ['From: a@example.com', 'from: a@example.com'],
    // The leading dot is transparency: the next hop reads a From field.
    ['.From: a\r\n\r\n', 'from: a'],
    ['From: a\r\n. b\r\n\r\n', 'from: a\r\n b'],
    ['..From: a\r\n\r\n', ''],
    // Blanks alone go on with the field before.
    ['From: a\r\n \r\n b\r\n\r\n', 'from: a\r\n \r\n b'],
    ['From: \xc3\xbc\xff\r\n\r\n', 'from: \xc3\xbc\xff'],
    // Whether it has a colon is no matter where the name is another.
    ['no colon\r\nFrom: a\r\n\r\n', 'from: a'],
    ['Fro\r\nFrom: a\r\n\r\n', 'from: a'],
    [`X${'x'.repeat(20_000)}\r\nFrom: a\r\n\r\n`, 'from: a'],
    [`X:${' y\r\n'.repeat(20_000)}From: a\r\n\r\n`, 'from: a'],
    [`From${' '.repeat(16_380)}: a\r\n\r\n`, 'from: a'],
    [`From:${' '.repeat(16_383)}a\r\n\r\n`, 'unreadable'],
    [`From:${' '.repeat(16_381)}a\r\n\r\n`, `from:${' '.repeat(16_381)}a`],
  ])('%#: %j', (content, expected) => {
    expect(gathered(content)).toBe(expected);
    expect(gathered(content, [1])).toBe(expected);
  });

  // Some readers take each of these for a From field, others do not.
  it.each([
    ['a folded name', 'From\r\n : b'],
    ['a name folded with a TAB', 'From\r\n\t: b'],
    ['a name folded in the middle', 'Fro\r\n m: b'],
    ['a name folded behind its first letter', 'F\r\n r\r\n om: b'],
    ['a name without a colon', 'From'],
    ['a name without a colon before its value', 'From b'],
    ['a line of an mbox file', 'From b Mon Nov 30 10:00:00 2026'],
    ['a name and more without a colon', 'Fromage'],
    ['many blanks before the colon', `From${' '.repeat(17_000)}: b`],
    ['as many blanks as are kept, and a colon', `From${' '.repeat(16_381)}: b`],
    ['VT before the colon', 'From\x0b: b'],
    ['FF before the colon', 'From\x0c: b'],
    ['a control character in the name', 'Fr\x01om: b'],
    ['DEL in the name', 'From\x7f: b'],
    ['a no-break space before the colon', 'From\xa0: b'],
    ['a no-break space in front', '\xa0From: b'],
    ['a mark of the order of octets in front', '\xef\xbb\xbfFrom: b'],
    ['VT in front', '\x0bFrom: b'],
    ['VT that some take for a fold', '\x0b, b'],
    ['the same of another field', 'Resent-From\x0b: b'],
  ])('cannot be read with %s', (_what, line) => {
    const good = 'From: a@example.com';
    for (const content of [`${line}\r\n\r\n`, `${good}\r\n${line}\r\n\r\n`, `${line}\r\n${good}\r\n\r\n`]) {
      expect(gathered(content)).toBe('unreadable');
      expect(gathered(content, [1])).toBe('unreadable');
    }
  });

  it('cannot be read when they are too long in all their lines', () => {
    expect(gathered(`From: a\r\n${' x\r\n'.repeat(5000)}\r\n`)).toBe('unreadable');
    expect(gathered(`From: a${' '.repeat(17_000)}b\r\n\r\n`)).toBe('unreadable');
    expect(gathered(`${'Resent-From: a\r\n'.repeat(51)}\r\n`)).toBe('unreadable');
  });

  it('cannot be read where the first line goes on with nothing', () => {
    expect(gathered(' From: a@example.com\r\n\r\n')).toBe('unreadable');
  });

  it('are the same however the content is cut', () => {
    const line = fc.constantFrom(
      ...[
        'From: a\r\n',
        ' b\r\n',
        '.From: c\r\n',
        'Subject: x\r\n',
        '\r\n',
        '\tx\r\n',
        'Fro\r\n',
        'From\r\n',
        '. m: d\r\n',
        '..\r\n',
      ],
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

  it.each([
    ['after the header', 'From: a@example.com\r\n\r\n'],
    ['in a header that can no longer be read', '\x0bFrom: a@example.com\r\n'],
  ])('are not looked for %s', (_where, content) => {
    const reader = new HeaderFieldsReader(NAMES);

    reader.receive(Buffer.from(content));

    expect(reader.isDone).toBe(true);
  });
});
