/** What is noticed in a body while it comes by, unit by unit. */
import { describe, expect, it } from 'vitest';
import { BodyLook } from './body-look.ts';
import { Findings } from './common/findings.ts';
import { FileContents } from './files/file-contents.ts';
import { type ContentFields, NO_FIELDS } from './head/content-fields.ts';

interface Told {
  readonly octets: number;
  readonly odd: readonly string[];
  readonly inside: readonly string[];
  readonly types: readonly string[];
  readonly hasInnerPadding: boolean;
}

function look(
  units: string | readonly string[],
  fields: Partial<ContentFields> = {},
  { isPart = true, isAttachment = true } = {},
): Told {
  const findings = new Findings();
  const contents = new FileContents(findings);
  const body = new BodyLook({ ...NO_FIELDS, isTyped: true, ...fields }, contents, { isPart, isAttachment });
  for (const unit of [units].flat()) body.receive(Buffer.from(unit.replaceAll('\n', '\r\n'), 'latin1'));
  body.end();
  return {
    octets: body.octets,
    odd: findings.structure.map(({ flag, reason }) => `${flag === 'ambiguous' ? '' : `${flag} `}${reason}`),
    inside: [...contents.namesInside],
    types: [...contents.types],
    hasInnerPadding: body.hasInnerPadding,
  };
}

const BASE64 = { encodings: new Set(['base64'] as const) };
const QUOTED = { encodings: new Set(['quoted-printable'] as const) };
const HEADER = { mimeTypes: ['text/rfc822-headers'] };
/** Two units that are read in the quick way. */
const REGULAR = `${'QUJD'.repeat(19)}\n`.repeat(20);

describe('base64', () => {
  it.each<[what: string, units: string | readonly string[], octets: number, odd: readonly string[]]>([
    ['of nothing', '', 0, []],
    ['that is whole', 'QUJD\n', 3, []],
    ['in units', ['QU\n', 'JD\n'], 3, []],
    ['that is regular', [REGULAR, REGULAR], 2280, []],
    ['with padding', 'QUI=\n', 2, []],
    ['with two', 'QQ==\n', 1, []],
    ['with blanks', 'QU JD\t\n', 3, []],
    ['without its padding', 'QUI\n', 2, ['base64-length']],
    ['with one octet too many', 'QUJDQ\n', 3, ['base64-length']],
    ['with padding that is none', 'QUJD=\n', 3, ['base64-padding']],
    ['with padding behind one octet', 'Q=\n', 0, ['base64-padding']],
    ['with three of it', 'QQ===\n', 1, []],
    ['with junk', 'QU#JD\n', 3, ['base64-junk']],
    ['of another alphabet', 'QU-D\n', 2, ['base64-junk', 'base64-length']],
    ['with octets behind its padding', 'QUI=QUJD\n', 5, ['base64-padding']],
    ['with regular units behind its padding', ['QUI=\n', REGULAR], 1142, ['base64-padding']],
  ])('%s', (_what, units, octets, odd) => {
    expect(look(units, BASE64)).toMatchObject({ octets, odd, hasInnerPadding: /=[A-Z]|=\n,Q/.test(String(units)) });
  });

  it('that is broken in a unit of many octets is known by its length from there on', () => {
    const broken = `#${'QUJD\n'.repeat(8192)}`;
    const broke = look([broken, 'x#x\n'], BASE64);

    expect(broke.odd).toEqual(['base64-junk', 'base64-length']);
    expect(broke.octets).toBe(Math.floor(((8192 * 4 + 5) * 3) / 4));
  });

  it('is looked through for what hides in it once something is odd', () => {
    expect(look('#\nbegin 644 a.exe\n', BASE64).inside).toEqual(['a.exe']);
    expect(look('begin 644 a.exe\n', BASE64).inside).toEqual(['a.exe']);
  });
});

describe('quoted-printable of an attachment', () => {
  it.each<[what: string, units: string | readonly string[], octets: number, odd: readonly string[]]>([
    ['of nothing', '', 0, []],
    ['without a sign', 'abc\n', 5, []],
    ['with an octet', 'a=41b\n', 5, []],
    ['with a soft line break', 'a=\nb\n', 4, []],
    ['with a line feed alone', 'a=\rb', 1, []],
    ['with a sign at the end', 'a=', 1, []],
    ['with blanks behind a sign', 'a= \t\nb\n', 9, []],
    ['with blanks to the end', 'a=  ', 4, []],
    ['with a sign before a letter', 'a=xb\n', 6, ['quoted-printable-junk']],
    ['with a sign before one digit', 'a=4xb\n', 7, ['quoted-printable-junk']],
    ['with a blank and a letter behind a sign', 'a= x\n', 6, ['quoted-printable-junk']],
    ['with signs far from each other', `=41${'x'.repeat(40)}=42\n`, 44, []],
    ['with signs beside each other', '=41=42=43', 3, []],
    ['with a sign that octets hide', '=3D41', 3, []],
  ])('%s', (_what, units, octets, odd) => {
    expect(look(units, QUOTED)).toMatchObject({ octets, odd });
  });

  it('that is a body is counted as it came', () => {
    expect(look('a=41=xb\n', QUOTED, { isAttachment: false })).toMatchObject({ octets: 9, odd: [] });
  });

  it('that is broken in a unit of many octets is not looked at any more', () => {
    const [broken] = [`=x${'a'.repeat(32_766)}`];

    expect(look([broken ?? '', '=41'], QUOTED).octets).toBe(32_771);
    expect(look(['=x', '=41'], QUOTED).octets).toBe(3);
  });
});

describe('a file in text', () => {
  it.each<[what: string, text: string, inside: readonly string[], odd: readonly string[]]>([
    ['in uuencode', 'begin 644 a.exe\n', ['a.exe'], ['uuencode']],
    ['in quotes', 'begin 644 "a b.exe"\n', ['a b.exe'], ['uuencode']],
    ['of other rights', 'BEGIN 100755 a.exe \n', ['a.exe'], ['uuencode']],
    ['in base64', 'begin-base64 644 a.exe\n', ['a.exe'], ['uuencode']],
    ['whose name is encoded', 'begin-base64-encoded 644 YQ==\n', ['YQ=='], ['uuencode']],
    ['of two digits', 'begin 64 a.exe\n', [], []],
    ['of a digit that is none', 'begin 648 a.exe\n', [], []],
    ['without a name', 'begin 644 \n', [], []],
    ['in yEnc', '=ybegin line=128 size=3 name=a.exe \n', ['a.exe'], ['yenc']],
    ['in yEnc without a name', '=ybegin line=128 size=3\n', [], []],
    ['in the middle of a line', 'see begin 644 a.exe\n', [], []],
    ['in BinHex', '(This file must be converted with BinHex 4.0)\n', [], ['binhex']],
    ['of which words tell', 'It is BinHex\n', [], []],
  ])('%s', (_what, text, inside, odd) => {
    expect(look(text)).toMatchObject({ inside, odd });
  });

  it.each([
    ['uuencode', 'begin 644 a\n#35I0\n`\nend\n'],
    ['base64', 'begin-base64 644 a\nTVqQAA==\n====\n'],
  ])('in %s is told by its content', (_encoding, text) => {
    expect(look(text).types).toEqual(['executable']);
  });
});

describe('a head in text', () => {
  const untyped = { isTyped: false };
  it.each<[what: string, text: string, fields: Partial<ContentFields>, isHidden: boolean]>([
    ['at the beginning', 'Content-Type: a/b\n', {}, true],
    ['behind other fields', 'X: y\n z\nContent-Disposition: a\n', {}, true],
    ['behind one line', '\nContent-Type: a/b\n', {}, true],
    ['behind three lines', 'a\nb\nc\nContent-Type: a/b\n', {}, false],
    ['behind a delimiter, in text that is said to be text', 'a\nb\nc\n--x\nContent-Type: a/b\n', {}, false],
    ['behind a delimiter, in text that is said to be nothing', 'a\nb\nc\n--x\nContent-Type: a/b\n', untyped, true],
    ['behind a delimiter and a line', 'a\nb\nc\n--x\ny\nContent-Type: a/b\n', untyped, true],
    ['behind a delimiter and three', 'a\nb\nc\n--x\ny\ny\ny\nContent-Type: a/b\n', untyped, false],
    ['of a file behind a delimiter', 'a\nb\nc\n--x\nContent-Type: a/b; name=c\n', {}, true],
    ['of a file by its next field', 'a\nb\nc\n--x\nContent-Type: a/b\nContent-Disposition: attachment\n', {}, true],
    ['of a file that comes later', 'a\nb\nc\n--x\nContent-Type: a/b\n\nname=\n', {}, false],
    ['behind a ruled line', 'a\nb\nc\n-----\nContent-Type: a/b\n', untyped, false],
    ['behind dashes that end with words', 'a\nb\nc\n-----Original\nContent-Type: a/b\n', untyped, true],
    ['behind dashes on both sides', 'a\nb\nc\n-- Original --\nContent-Type: a/b\n', untyped, false],
    ['behind dashes and more of them', 'a\nb\nc\n--x---\nContent-Type: a/b\n', untyped, false],
    ['of another field', 'Content-Description: a\n', {}, false],
    ['of an encoding', 'content-transfer-encoding : base64\n', {}, true],
    ['without a colon', 'Content-Type a/b\n', {}, false],
    ['in a header that is a part', 'Content-Type: a/b\n', HEADER, false],
  ])('%s', (_what, text, fields, isHidden) => {
    expect(look(text, fields).odd).toEqual(isHidden ? ['hidden-head'] : []);
  });

  it('is looked for in preambles as in text that says nothing of itself', () => {
    const text = 'a\nb\nc\n--x\nContent-Type: a/b\n';

    expect(look(text, {}, { isPart: false }).odd).toEqual(['hidden-head']);
    expect(look(['a\n', 'Content-Type: a/b\n']).odd).toEqual([]);
  });
});

describe('a header that is a part', () => {
  it.each<[what: string, units: string | readonly string[], odd: readonly string[]]>([
    ['alone', 'A: b\nC: d\n', []],
    ['with empty lines behind it', 'A: b\n\n\n', []],
    ['with blanks behind it', 'A: b\n\n \t\n', []],
    ['with a body', 'A: b\n\nc\n', ['body-behind-header']],
    ['with a body in the next unit', ['A: b\n\n', 'c\n'], ['body-behind-header']],
    ['that begins with an empty line', '\nc\n', ['body-behind-header']],
    ['as large as may be', 'x'.repeat(65_536), []],
    ['that is larger', 'x'.repeat(65_537), ['unreadable head-too-large']],
  ])('%s', (_what, units, odd) => {
    expect(look(units, HEADER).odd).toEqual(odd);
  });

  it('in base64 may have anything behind it', () => {
    expect(look('', { ...HEADER, ...BASE64 }).odd).toEqual(['body-behind-header']);
  });
});

it('what looks like structure and is none has a bound', () => {
  expect(look('Content-Type x\n'.repeat(1250)).odd).toEqual([]);
  expect(look('Content-Type x\n'.repeat(1251)).odd).toEqual(['unreadable too-many-delimiters']);
});
