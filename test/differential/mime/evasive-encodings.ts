/** A program hidden by its transfer encoding: how that is said, and how it is done. */
import {
  base64,
  EICAR,
  type Evasion,
  HIDDEN_CONTENT,
  message,
  mixed,
  PROGRAM,
  quotedPrintable,
  uuencoded,
  uuLines,
} from '../../support/evasion.ts';

const FIELD = 'Content-Transfer-Encoding';
const { head, body } = HIDDEN_CONTENT;

/** Ways to say base64, as whole lines of the head. */
const SAID: Readonly<Record<string, string>> = {
  plainly: `${FIELD}: base64\n`,
  'without-blank': `${FIELD}:base64\n`,
  'after-tab': `${FIELD}:\tbase64\n`,
  'after-vertical-tab': `${FIELD}:\x0bbase64\n`,
  'after-bare-cr': `${FIELD}:\rbase64\n`,
  'in-mixed-case': `${FIELD}: BaSe64\n`,
  'with-x': `${FIELD}: x-base64\n`,
  folded: `${FIELD}:\n base64\n`,
  'folded-twice': `${FIELD}:\n \n base64\n`,
  'after-2000-blanks': `${FIELD}: ${' '.repeat(2000)}base64\n`,
  quoted: `${FIELD}: "base64"\n`,
  'quoted-singly': `${FIELD}: 'base64'\n`,
  escaped: `${FIELD}: base\\64\n`,
  'as-encoded-word': `${FIELD}: =?utf-8?B?YmFzZTY0?=\n`,
  'after-a-comment': `${FIELD}: (x) base64\n`,
  'before-a-comment': `${FIELD}: base64 (x)\n`,
  'round-a-comment': `${FIELD}: base(x)64\n`,
  'after-a-word': `${FIELD}: x base64\n`,
  'before-a-word': `${FIELD}: base64 x\n`,
  'with-more': `${FIELD}: base64x\n`,
  'with-comma': `${FIELD}: base64,\n`,
  'after-comma': `${FIELD}: ,base64\n`,
  'with-semicolon': `${FIELD}: base64;\n`,
  'with-parameter': `${FIELD}: base64; x=y\n`,
  'after-semicolon': `${FIELD}: ;base64\n`,
  'with-nul': `${FIELD}: base64\0\n`,
  'with-dot': `${FIELD}: base64.\n`,
  'blank-before-colon': `${FIELD} : base64\n`,
  'two-colons': `${FIELD}:: base64\n`,
  'no-colon': `${FIELD} base64\n`,
  'blank-before-name': ` ${FIELD}: base64\n`,
  'underscores-in-name': `Content_Transfer_Encoding: base64\n`,
  'after-cr': `\r${FIELD}: base64\n`,
  'after-a-field-and-cr': `X-A: b\r${FIELD}: base64\n`,
  'twice-other-first': `${FIELD}: quoted-printable\n${FIELD}: base64\n`,
  'twice-other-last': `${FIELD}: base64\n${FIELD}: 7bit\n`,
  'twice-empty-first': `${FIELD}:\n${FIELD}: base64\n`,
  'twice-unknown-last': `${FIELD}: base64\n${FIELD}: xxx\n`,
  'both-in-one': `${FIELD}: base64, quoted-printable\n`,
  'both-in-one-other-first': `${FIELD}: 7bit, base64\n`,
  'both-with-blank': `${FIELD}: quoted-printable base64\n`,
  'after-a-stray-line': `XXXXXXXX\n${FIELD}: base64\n`,
  'after-a-line-of-controls': `\x01\x02\x03\n${FIELD}: base64\n`,
  'after-a-line-of-blanks': ` \n${FIELD}: base64\n`,
  'after-a-line-of-colon': `:\n${FIELD}: base64\n`,
  'as-continuation-of-nothing': `X-A b\n ${FIELD}: base64\n`,
  'as-continuation-of-a-bad-field': `X-A :b\n ${FIELD}: base64\n`,
};

const PLAIN = base64(PROGRAM);
const SHORT = base64(PROGRAM, 8);

function junked(pattern: RegExp, replacement: string): string {
  return PLAIN.replace(pattern, replacement);
}

/** Ways to do base64. */
const DONE: Readonly<Record<string, string>> = {
  'in-short-lines': SHORT,
  'in-lines-of-3': base64(PROGRAM, 3),
  'in-lines-of-5': base64(PROGRAM, 5),
  'in-one-line': `${PLAIN.replaceAll('\n', '')}\n`,
  'with-empty-lines': junked(/\n/g, '\n\n'),
  'with-blanks': junked(/(.)/g, '$1 '),
  'with-tabs': junked(/(.)/g, '$1\t'),
  'with-vertical-tabs': junked(/(.)/g, '$1\x0b'),
  'with-crs': junked(/(.)/g, '$1\r'),
  'with-hashes': junked(/(.)/g, '$1#'),
  'with-dots': junked(/(.)/g, '$1.'),
  'with-minus': junked(/(.)/g, '$1-'),
  'with-underscores': junked(/(.)/g, '$1_'),
  'with-8-bit': junked(/(.)/g, '$1\xff'),
  'with-nuls': junked(/(....)/g, '$1\0'),
  'with-junk-at-ends': junked(/\n/g, '#abcd\n'),
  'with-junk-first': `!!!!\n${PLAIN}`,
  'with-one-letter-first': `A\n\n${PLAIN}`,
  'with-two-letters-first': `AB\n\n${PLAIN}`,
  'with-begin-line': `begin-base64 644 ${'photo.dat'}\n${PLAIN}====\n`,
  'padding-first': `=\n${PLAIN}`,
  'padding-of-four-first': `====\n${PLAIN}`,
  'padding-at-line-ends': junked(/\n/g, '=\n'),
  'padding-in-quads': junked(/([\w+/]{2})([\w+/]{2})/g, '$1=$2'),
  'padding-after-quads': junked(/([\w+/]{4})/g, '$1='),
  'in-padded-pieces':
    PROGRAM.toString('latin1')
      .match(/[\s\S]{1,2}/g)
      ?.map((piece) => base64(piece).trim())
      .join('\n') ?? '',
  'in-padded-octets':
    PROGRAM.toString('latin1')
      .match(/[\s\S]/g)
      ?.map((piece) => base64(piece).trim())
      .join('\n') ?? '',
  'in-two-pieces': `${base64(PROGRAM.subarray(0, 100))}${base64(PROGRAM.subarray(100))}`,
  'after-an-innocent-piece': `${base64('Hello')}${PLAIN}`,
  'before-an-innocent-piece': `${base64(PROGRAM.subarray(0, 100))}${base64('Hello')}`,
  'without-padding': PLAIN.replaceAll('=', ''),
  'cut-short': `${PLAIN.trimEnd().slice(0, -3)}\n`,
  'for-urls': PLAIN.replaceAll('+', '-').replaceAll('/', '_'),
};

/** Ways to do quoted-printable. */
const QUOTED: Readonly<Record<string, string>> = {
  plainly: quotedPrintable(PROGRAM),
  'all-quoted': `${PROGRAM.toString('hex').replace(/../g, '=$&')}\n`,
  'in-lower-case': quotedPrintable(PROGRAM).replace(/=../g, (code) => code.toLowerCase()),
  'soft-breaks-with-blanks': quotedPrintable(PROGRAM).replaceAll('=\n', '= \t\n'),
  'bare-cr-breaks': quotedPrintable(PROGRAM).replaceAll('=\n', '=\r'),
  'broken-first': `=ZZ${quotedPrintable(PROGRAM)}`,
  'broken-inside': quotedPrintable(PROGRAM).replace('=00', '=0'),
  'with-equals-at-end': `${quotedPrintable(PROGRAM).trimEnd()}=`,
  'with-blanks-at-ends': quotedPrintable(PROGRAM).replaceAll('\n', '   \n'),
  'of-eicar': EICAR.replace(/[A-Z]/g, (letter) => `=${letter.charCodeAt(0).toString(16)}`),
};

/** Encodings that few know. */
const RARE: Readonly<Record<string, readonly [encoding: string, body: string]>> = {
  uuencode: ['uuencode', uuencoded(PROGRAM, 'photo.dat')],
  'x-uuencode': ['x-uuencode', uuencoded(PROGRAM, 'photo.dat')],
  'x-uue-without-begin': ['x-uue', uuLines(PROGRAM)],
  'none-and-uuencode-inside': ['7bit', uuencoded(PROGRAM, 'photo.dat')],
  binary: ['binary', PROGRAM.toString('latin1').replaceAll('\n', ' ')],
  abbreviated: ['quoted-print', quotedPrintable(PROGRAM)],
};

/** Where the head of the part ends, or does not. */
const HEAD_ENDS: Readonly<Record<string, string>> = {
  'no-empty-line': `${PLAIN}`,
  'a-line-of-blanks': ` \n${PLAIN}`,
  'a-line-of-tab': `\t\n${PLAIN}`,
  'a-line-of-vertical-tab': `\x0b\n${PLAIN}`,
  'body-begins-in-head': `${PLAIN.slice(0, 4)}\n\n${PLAIN.slice(4)}`,
  'innocent-base64-in-head': `ABCD\n\n${PLAIN}`,
  'padded-base64-in-head': `ABC=\n\n${PLAIN}`,
  'two-empty-lines': `\n\n${PLAIN}`,
};

export function evasiveEncodings(): readonly Evasion[] {
  return [
    ...Object.entries(SAID).map(([name, lines]) => mixed(`base64-said/${name}`, `${head}${lines}\n${SHORT}`)),
    ...Object.entries(SAID).map(([name, lines]) => mixed(`base64-said-first/${name}`, `${lines}${head}\n${body}`)),
    ...Object.entries(SAID).map(([name, lines]) => message(`base64-said-on-top/${name}`, `${head}${lines}`, SHORT)),
    ...Object.entries(DONE).map(([name, done]) => mixed(`base64-done/${name}`, `${head}${FIELD}: base64\n\n${done}`)),
    ...Object.entries(QUOTED).map(([name, done]) =>
      mixed(`quoted-printable/${name}`, `${head}${FIELD}: quoted-printable\n\n${done}`),
    ),
    ...Object.entries(RARE).map(([name, [said, done]]) =>
      mixed(`rare-encoding/${name}`, `${head}${FIELD}: ${said}\n\n${done}`),
    ),
    ...Object.entries(HEAD_ENDS).map(([name, rest]) => mixed(`head-end/${name}`, `${head}${FIELD}: base64\n${rest}`)),
  ];
}
