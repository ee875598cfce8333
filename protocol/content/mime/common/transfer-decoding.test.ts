/** What is decoded in a quick way is what the slow way decodes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuLines } from '../../../../test/support/evasion.ts';
import {
  BASE64_CLASS,
  decodeBase64Leniently,
  decodeBase64Pieces,
  decodeQuotedPrintable,
  decodeUuencoded,
  isHexDigit,
  readRegularBase64,
} from './transfer-decoding.ts';

const OCTETS = Array.from({ length: 256 }, (_none, octet) => octet);
const REGULAR = `${'QUJD'.repeat(19)}\r\n`.repeat(20);

function regular(text: string, before = ''): number | undefined {
  return readRegularBase64(before, Buffer.from(text, 'latin1'))?.octets;
}

/** Lines of one length, in which at most one octet is another than base64 has. */
const lines = fc
  .record({
    octets: fc.uint8Array({ minLength: 1200, maxLength: 4000 }),
    length: fc.integer({ min: 3, max: 100 }),
    odd: fc.constantFrom('', '', '#', '-', '_', '=', ' ', '\r', '\n', '\xe9'),
    at: fc.nat(),
  })
  .map(({ octets, length, odd, at }) => {
    const text = Buffer.from(octets).toString('base64').replaceAll('=', '');
    const whole = text.slice(0, text.length - (text.length % length));
    const cut = whole.replace(new RegExp(`.{${length}}`, 'g'), '$&\r\n');
    const place = at % cut.length;
    return odd === '' ? cut : cut.slice(0, place) + odd + cut.slice(place + 1);
  });

it('regular base64 is decoded as it is leniently, with what was left of the unit before', () => {
  let regular = 0;
  fc.assert(
    fc.property(fc.constantFrom('', 'Q', 'QU', 'QUJ'), lines, (before, text) => {
      const read = readRegularBase64(before, Buffer.from(text, 'latin1'));
      if (read === undefined) return;
      regular += 1;

      const clean = before + text.replace(/[^A-Za-z0-9+/]+/g, '');
      expect(read.octets).toBe(clean.length - before.length);
      expect(text.replace(/\r\n/g, '')).toMatch(/^[A-Za-z0-9+/]*$/);
      expect(read.left).toBe(clean.slice(clean.length - (clean.length % 4)));
      expect(read.decoded).toEqual(decodeBase64Leniently(clean.slice(0, clean.length - (clean.length % 4))));
    }),
    { numRuns: 2000 },
  );
  expect(regular).toBeGreaterThan(200);
});

it('uuencoded lines are decoded to what was encoded', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (octets) => {
      expect(decodeUuencoded(uuLines(Buffer.from(octets)))).toEqual(Buffer.from(octets));
    }),
  );
});

describe('a unit of regular base64', () => {
  it.each([
    ['lines of 76', REGULAR, 1520],
    ['one line', `${'QUJD'.repeat(300)}\r\n`, 1200],
    ['lines of four', 'QUJD\r\n'.repeat(200), 800],
    ['lines of five, with octets left', 'QUJDQ\r\n'.repeat(201), 1005],
    ['1024 octets', `${'QUJD'.repeat(255)}QU\r\n`, 1022],
    ['1023 octets', `${'QUJD'.repeat(255)}Q\r\n`, undefined],
    ['lines of three', 'QUJ\r\n'.repeat(300), undefined],
    ['line feeds alone', REGULAR.replaceAll('\r\n', '\n'), undefined],
    ['another end among them', REGULAR.replace('D\r\nQ', 'DD\nQ'), undefined],
    [
      'a line end where none belongs',
      `${'QUJD'.repeat(19)}\r\n`.repeat(10) + `${'QUJD'.repeat(18)}QU\r\nQU`.repeat(10),
      undefined,
    ],
    ['a last line that is shorter', `${REGULAR}QUJD\r\n`, undefined],
    ['no end', 'QUJD'.repeat(300), undefined],
    ['padding', `${'QUJD'.repeat(18)}QUI=\r\n`.repeat(20), undefined],
    ['an octet of another alphabet', REGULAR.replace('QUJD', 'QU-D'), undefined],
    ['the other of that alphabet', REGULAR.replace('QUJD', 'QU_D'), undefined],
    [
      'an odd octet among those that are left',
      `${'QUJD'.repeat(19)}Q\r\n`.repeat(20).replace(/Q\r\n$/, '#\r\n'),
      undefined,
    ],
    ['more than is decoded at once', `${'QUJD'.repeat(19)}\r\n`.repeat(1200), undefined],
  ])('of %s', (_what, text, octets) => {
    expect(regular(text)).toBe(octets);
  });

  it('may begin in the unit before', () => {
    const read = readRegularBase64('QU', Buffer.from(`${'JDQU'.repeat(19)}\r\n`.repeat(20)));

    expect(read).toMatchObject({ octets: 1520, left: 'QU' });
    expect(read?.decoded.toString()).toBe('ABC'.repeat(380));
  });

  it('whose last line is all that is left is not read so', () => {
    expect(regular('QUJD\r\n'.repeat(171), 'QUJ')).toBe(684);
    expect(readRegularBase64('', Buffer.from('QUJDQUJDQ\r\n'.repeat(95)))?.left).toBe('UJDQUJDQ'.slice(-3));
  });
});

describe('base64 with something else in it', () => {
  it.each([
    ['is decoded across blanks and junk', 'QU\r\nJ#D \xe9QUJD', 'ABCABC', 'ABCABC'],
    ['goes on after padding, or begins anew', 'QUI=QUJD', 'AB\x10P\x90', 'ABABC'],
    ['and after two', 'QQ==QUJD', 'A\x04\x14$', 'AABC'],
    ['may end anywhere', 'QUJDQ', 'ABC', 'ABC'],
    ['may be nothing', '', '', ''],
  ])('%s', (_what, text, lenient, pieces) => {
    expect(decodeBase64Leniently(text).toString('latin1').slice(0, lenient.length)).toBe(lenient);
    expect(decodeBase64Pieces(text).toString('latin1')).toBe(pieces);
  });

  it('knows its octets', () => {
    const classOf = (octet: number): number => {
      const text = String.fromCharCode(octet);
      if (/^[A-Za-z0-9+/]$/.test(text)) return 1;
      return text === '=' ? 2 : ' \t\r\n'.includes(text) ? 3 : 0;
    };

    expect([...BASE64_CLASS]).toEqual(OCTETS.map(classOf));
  });
});

describe('quoted-printable', () => {
  it.each([
    ['nothing', '', ''],
    ['no equals sign', 'a b', 'a b'],
    ['an octet', 'a=3Db', 'a=b'],
    ['small digits', '=c3=bc=eF', '\xc3\xbc\xef'],
    ['the least and the greatest', '=00=FF', '\0\xff'],
    ['a soft line break', 'a=\r\nb', 'ab'],
    ['one of a line feed', 'a=\nb', 'ab'],
    ['one at the end', 'a=\r\n', 'a'],
    ['one with blanks behind the sign', 'a= \t\r\nb', 'ab'],
    ['a sign before a carriage return alone', 'a=\rb', 'a=\rb'],
    ['no digits', 'a=xyb', 'a=xyb'],
    ['one digit', 'a=4', 'a=4'],
    ['a digit and none', 'a=4xb', 'a=4xb'],
    ['none and a digit', 'a=x4b', 'a=x4b'],
    ['NULs for digits', 'a=\0\0', 'a=\0\0'],
    ['a sign at the end', 'a=', 'a='],
    ['two signs', '==41', '=A'],
    ['a sign that digits say', '=3D41', '=41'],
    ['blanks at the end of a line', 'a \t\r\nb\t\nc', 'a\r\nb\r\nc'],
    ['blanks that are the line', ' \r\n\t\r\n', '\r\n\r\n'],
    ['blanks at the end of all', 'a ', 'a '],
    ['blanks inside', 'a b\r\nc d', 'a b\r\nc d'],
    ['a long run', `${'x'.repeat(201)}=41${'y'.repeat(500)}=42`, `${'x'.repeat(201)}A${'y'.repeat(500)}B`],
    ['soft breaks alone', '=\r\n=\r\n', ''],
  ])('of %s', (_what, text, decoded) => {
    expect(decodeQuotedPrintable(Buffer.from(text, 'latin1')).toString('latin1')).toBe(decoded);
  });

  it('knows hex digits', () => {
    expect(
      OCTETS.filter(isHexDigit)
        .map((octet) => String.fromCharCode(octet))
        .join(''),
    ).toBe('0123456789ABCDEFabcdef');
  });
});

describe('uuencoded text', () => {
  it.each([
    ['of one line', '#0V%T', 'Cat'],
    ['of lines', '#0V%T\n#0V%T', 'CatCat'],
    ['of less than the line has', '!0V%T', 'C'],
    ['of more than the line has', 'M0V%T', 'Cat'],
    ['with lines that are none', 'begin 644 a\n#0V%T\n`\n\nend of it', 'Cat'],
    ['cut short', '#0V%', 'Ca@'],
    ['of a length alone', '#\n#0V%T', 'Cat'],
    ['of every bit', '#____', '\xff\xff\xff'],
    ['of no bit', '#````', '\0\0\0'],
  ])('%s', (_what, text, decoded) => {
    expect(decodeUuencoded(text).toString('latin1').slice(0, decoded.length)).toBe(decoded);
  });
});
