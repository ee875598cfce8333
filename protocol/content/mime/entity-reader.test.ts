/** The walk through the parts of a message: which parts there are, and where another parser might see others. */
import { describe, expect, it } from 'vitest';
import { octetsOf, partsOf, reasonsOf, scanned } from '../../../test/support/mime-facts.ts';

const MULTIPART = 'Content-Type: multipart/mixed; boundary=b\n\n';
const INNER = 'Content-Type: multipart/mixed; boundary=i\n\n';

/** Text that each part holds, where no other says so. */
function textsOf(message: string): readonly string[] {
  return scanned(message).text.map((text) => text.replaceAll('\r\n', '\n'));
}

function base64(text: string): string {
  return octetsOf(text).toString('base64');
}

describe('a multipart', () => {
  it.each<[what: string, message: string, texts: readonly string[], odd: readonly string[]]>([
    ['of one part', `${MULTIPART}--b\n\na\n--b--\n`, ['a\n'], []],
    ['of two', `${MULTIPART}--b\n\na\n--b\nX: y\n\nc\n--b--\n`, ['a\n', 'c\n'], []],
    ['of none', `${MULTIPART}--b--\n`, [], []],
    ['without an end', `${MULTIPART}--b\n\na\n`, ['a\n'], ['ambiguous end-missing']],
    ['without a delimiter', `${MULTIPART}a\n`, ['a\n'], ['ambiguous boundary-missing']],
    ['of nothing', MULTIPART, [], ['ambiguous boundary-missing']],
    ['with a preamble', `${MULTIPART}p\n--b\n\na\n--b--\n`, ['p\n', 'a\n'], []],
    ['with an epilogue', `${MULTIPART}--b\n\na\n--b--\ne\n`, ['a\n', 'e\n'], []],
    [
      'with a part after its end',
      `${MULTIPART}--b\n\na\n--b--\n--b\n\nc\n`,
      ['a\n', 'c\n'],
      ['ambiguous part-after-end'],
    ],
    ['with lines of dashes', `${MULTIPART}--b\n\n--\n--c\n-- \na--b\n--b--\n`, ['--\n--c\n-- \na--b\n'], []],
    ['with a head that a delimiter ends', `${MULTIPART}--b\nX: y\n--b--\n`, [], ['ambiguous head-without-end']],
    ['with a head that the message ends', `${MULTIPART}--b\nX: y\n`, [], ['ambiguous end-missing']],
    ['behind a carriage return alone', `${MULTIPART}--b\n\na\r--b--\n`, ['a\r'], ['ambiguous bare-cr']],
    ['in a multipart', `${MULTIPART}--b\n${INNER}--i\n\na\n--i--\n--b--\n`, ['a\n'], []],
    [
      'that ends with the one around it',
      `${MULTIPART}--b\n${INNER}--i\n\na\n--b--\n`,
      ['a\n'],
      ['ambiguous end-missing'],
    ],
    [
      'whose part ends so',
      `${MULTIPART}--b\n${INNER}--i\n\na\n--b\n\nc\n--b--\n`,
      ['a\n', 'c\n'],
      ['ambiguous end-missing'],
    ],
    [
      'of a boundary that is open',
      `${MULTIPART}--b\n${MULTIPART}--b\n\na\n--b--\n`,
      ['a\n'],
      ['ambiguous boundary-prefix', 'ambiguous end-missing'],
    ],
    [
      'that is encoded',
      `Content-Transfer-Encoding: base64\n${MULTIPART}${base64('--b\n\na\n--b--\n')}\n`,
      ['a\n'],
      ['ambiguous encoded-multipart', 'ambiguous boundary-missing'],
    ],
    [
      'of no boundary',
      'Content-Type: multipart/mixed\n\n--b\n\na\n',
      ['--b\n\na\n'],
      ['ambiguous bad-boundary', 'ambiguous boundary-missing'],
    ],
  ])('%s', (_what, message, texts, odd) => {
    expect(textsOf(message)).toEqual(texts);
    expect(reasonsOf(message).filter((reason) => !reason.endsWith('hidden-head'))).toEqual(odd);
  });

  it('that has a name is a part', () => {
    const named = MULTIPART.replace(';', '; name="a.exe";');

    expect(partsOf(`${named}--b\n\na\n--b--\n`)).toMatchObject([
      { mimeTypes: ['multipart/mixed'], names: ['a.exe'], types: ['executable'], octets: 0, isAttachment: true },
      { mimeTypes: ['text/plain'] },
    ]);
  });

  it('whose preamble holds a file has it as a part', () => {
    expect(partsOf(`${MULTIPART}begin 644 a.exe\n--b\n\na\n--b--\n`)).toMatchObject([
      { mimeTypes: ['text/plain'], namesInside: ['a.exe'], types: ['executable'], isAttachment: true },
      { mimeTypes: ['text/plain'], isAttachment: false },
    ]);
  });
});

describe('a message inside', () => {
  const MESSAGE = 'Content-Type: message/rfc822\n';
  it.each<[what: string, message: string, types: readonly string[], odd: readonly string[]]>([
    ['is a part, and so is its body', `${MESSAGE}\nSubject: x\n\na\n`, ['message/rfc822', 'text/plain'], []],
    ['may be a multipart', `${MESSAGE}\n${MULTIPART}--b\n\na\n--b--\n`, ['message/rfc822', 'text/plain'], []],
    [
      'may be encoded',
      `${MESSAGE}Content-Transfer-Encoding: base64\n\n${base64('Content-Type: text/html\n\na\n')}\n`,
      ['text/html', 'message/rfc822'],
      [],
    ],
    ['is partial', 'Content-Type: message/partial; id=a\n\na\n', ['message/partial'], ['partial message-partial']],
    [
      'is elsewhere',
      'Content-Type: message/external-body\n\na\n',
      ['message/external-body'],
      ['partial external-body'],
    ],
    ['is a header alone', 'Content-Type: text/rfc822-headers\n\nA: b\n', ['text/rfc822-headers'], []],
    ['is of another type', 'Content-Type: message/global\n\nA: b\n\nc\n', ['message/global', 'text/plain'], []],
    ['is called text', 'Content-Type: text/rfc822\n\nA: b\n\nc\n', ['text/rfc822', 'text/plain'], []],
    [
      'is in a file of mail',
      'Content-Type: application/octet-stream; name=a.eml\n\nContent-Type: text/html\n\nc\n',
      ['text/html', 'application/octet-stream'],
      [],
    ],
    [
      'is in a digest',
      `${MULTIPART.replace('mixed', 'digest')}--b\n\nSubject: x\n\na\n--b--\n`,
      ['message/rfc822', 'text/plain'],
      [],
    ],
    [
      'is none in a digest',
      `${MULTIPART.replace('mixed', 'digest')}--b\nContent-Type: text/html\n\na\n--b--\n`,
      ['text/html'],
      [],
    ],
  ])('%s', (_what, message, types, odd) => {
    expect(partsOf(message).map(({ mimeTypes }) => mimeTypes.join(' or '))).toEqual(types);
    expect(reasonsOf(message).filter((reason) => !reason.endsWith('hidden-head'))).toEqual(odd);
  });

  it.each([
    [19, []],
    [20, ['too-deep too-deep']],
  ])('in %d others', (depth, odd) => {
    expect(reasonsOf(`${`${MESSAGE}\n`.repeat(depth)}${MESSAGE}\nA: b\n\nc\n`)).toEqual(odd);
  });

  it.each([
    [3, false],
    [4, true],
  ])('that is encoded %d times', (times, isTooDeep) => {
    let message = 'A: b\n\nc\n';
    for (let done = 0; done < times; done += 1)
      message = `${MESSAGE}Content-Transfer-Encoding: base64\n\n${base64(message).replaceAll(/.{76}/g, '$&\n')}\n`;

    expect(reasonsOf(message).includes('too-deep too-deep')).toBe(isTooDeep);
  });
});

describe('a bound', () => {
  it.each<[what: string, message: (more: number) => string, reason: string]>([
    [
      'of a head',
      (more) => `A: ${'b'.repeat(60_000)}\nC: ${'d'.repeat(65_536 - 60_010 + more)}\n\n`,
      'unreadable head-too-large',
    ],
    ['of a line', (more) => `A: b\n\n${'x'.repeat(65_536 + more)}\n`, 'unreadable line-too-long'],
    ['of parts', (more) => `${MULTIPART}${'--b\n\na\n'.repeat(999 + more)}--b--\n`, 'unreadable too-many-parts'],
    [
      'of lines with dashes',
      (more) => `${MULTIPART}--b\n\n${'--a\n'.repeat(50_000 + more)}--b--\n`,
      'unreadable too-many-delimiters',
    ],
  ])('%s is kept', (_what, message, reason) => {
    expect(reasonsOf(message(0))).toEqual([]);
    expect(reasonsOf(message(1))).toEqual([reason]);
  });

  it('that is passed leaves what was read before', () => {
    expect(textsOf(`${MULTIPART}--b\n\na\n--b\n\n${'--a\n'.repeat(50_001)}--b--\n`)[0]).toBe('a\n');
  });
});
