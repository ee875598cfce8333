/** A program in a part that not all parsers see: boundaries, types and trees. */
import {
  base64,
  EICAR,
  type Evasion,
  evasion,
  HIDDEN_CONTENT,
  message,
  mixed,
  PROGRAM,
  part,
  TEXT_PART,
} from '../../support/evasion.ts';

const HIDDEN = part(HIDDEN_CONTENT);
const ATTACHED = 'Content-Type: application/octet-stream; name=photo.dat\n';

/** A body of two parts under a boundary. */
function body(boundary: string, hidden = HIDDEN): string {
  return `--${boundary}\n${TEXT_PART}--${boundary}\n${hidden}--${boundary}--\n`;
}

/** Content-Type fields, each with the boundary that its body is written under. */
const SAID: Readonly<Record<string, readonly [field: string, boundary: string]>> = {
  plainly: ['multipart/mixed; boundary=abc_1', 'abc_1'],
  quoted: ['multipart/mixed; boundary="abc 1"', 'abc 1'],
  folded: ['\n multipart/mixed;\n\tboundary="abc"', 'abc'],
  'folded-over-blanks': ['multipart/mixed;\n \n boundary=abc', 'abc'],
  'two-colons': [': multipart/mixed; boundary=abc', 'abc'],
  'quoted-singly-with-quotes': ["multipart/mixed; boundary='abc'", "'abc'"],
  'quoted-singly': ["multipart/mixed; boundary='abc'", 'abc'],
  'without-end-of-quote': ['multipart/mixed; boundary="abc', 'abc'],
  'without-end-of-quote-kept': ['multipart/mixed; boundary="abc', '"abc'],
  'escaped-inside': ['multipart/mixed; boundary="a\\bc"', 'abc'],
  'escaped-kept': ['multipart/mixed; boundary="a\\bc"', 'a\\bc'],
  'escaped-without-quotes': ['multipart/mixed; boundary=a\\bc', 'abc'],
  'escaped-name': ['multipart/mixed; bou\\ndary=abc', 'abc'],
  'escaped-type': ['multi\\part/mixed; boundary=abc', 'abc'],
  'wrong-name': ['multipart/mixed; oundary=abc', 'abc'],
  'no-boundary': ['multipart/mixed', 'abc'],
  'no-type': ['boundary=abc', 'abc'],
  'empty-boundary': ['multipart/mixed; boundary=""', ''],
  'blank-boundary': ['multipart/mixed; boundary=" "', ' '],
  'blank-before-equals': ['multipart/mixed; boundary =abc', 'abc'],
  'blank-after-equals': ['multipart/mixed; boundary= abc', 'abc'],
  'folded-after-equals': ['multipart/mixed; boundary=\n abc', 'abc'],
  'blank-first-in-quotes': ['multipart/mixed; boundary=" abc"', 'abc'],
  'blank-first-in-quotes-kept': ['multipart/mixed; boundary=" abc"', ' abc'],
  'blank-last-in-quotes': ['multipart/mixed; boundary="abc "', 'abc'],
  'blank-inside': ['multipart/mixed; boundary=abc def', 'abc'],
  'blank-inside-kept': ['multipart/mixed; boundary=abc def', 'abc def'],
  'comma-inside': ['multipart/mixed; boundary=abc,def', 'abc'],
  'comma-inside-kept': ['multipart/mixed; boundary=abc,def', 'abc,def'],
  'comma-inside-last': ['multipart/mixed; boundary=abc,def', 'def'],
  'semicolon-inside': ['multipart/mixed; boundary="abc;def"', 'abc;def'],
  'semicolon-inside-cut': ['multipart/mixed; boundary="abc;def"', 'abc'],
  'semicolon-without-quotes': ['multipart/mixed; boundary=abc;def', 'abc;def'],
  'comment-after': ['multipart/mixed; boundary=abc(x)', 'abc'],
  'comment-after-kept': ['multipart/mixed; boundary=abc(x)', 'abc(x)'],
  'comment-before': ['multipart/mixed; boundary=(x)abc', 'abc'],
  'comment-in-type': ['multipart/(x)mixed; boundary=abc', 'abc'],
  'comment-with-boundary': ['multipart/mixed; (boundary=def;) boundary=abc', 'abc'],
  'comment-with-boundary-taken': ['multipart/mixed; (boundary=abc;) boundary=def', 'abc'],
  'boundary-in-a-value': ['multipart/mixed; x="; boundary=abc"; boundary=def', 'abc'],
  'boundary-in-a-value-not-taken': ['multipart/mixed; x="; boundary=def"; boundary=abc', 'abc'],
  'twice-first': ['multipart/mixed; boundary=abc; boundary=def', 'abc'],
  'twice-last': ['multipart/mixed; boundary=def; boundary=abc', 'abc'],
  'twice-with-comma': ['multipart/mixed; boundary=def, boundary=abc', 'abc'],
  extended: ["multipart/mixed; boundary*=utf-8''ab%63", 'abc'],
  'extended-kept': ["multipart/mixed; boundary*=utf-8''ab%63", "utf-8''ab%63"],
  'extended-against-plain': ["multipart/mixed; boundary*=''abc; boundary=def", 'abc'],
  'plain-against-extended': ["multipart/mixed; boundary*=''def; boundary=abc", 'abc'],
  pieces: ['multipart/mixed; boundary*0=ab; boundary*1=c', 'abc'],
  'pieces-turned': ['multipart/mixed; boundary*1=c; boundary*0=ab', 'abc'],
  'pieces-extended': ["multipart/mixed; boundary*0*=''a%62; boundary*1*=c", 'abc'],
  'encoded-word': ['multipart/mixed; boundary="=?us-ascii?Q?abc?="', 'abc'],
  'encoded-type': ['=?us-ascii?Q?multipart/mixed?=; boundary=abc', 'abc'],
  'nul-first': ['multipart/mixed; boundary=\0abc', 'abc'],
  'nul-last': ['multipart/mixed; boundary="abc\0def"', 'abc'],
  'nul-inside-kept': ['multipart/mixed; boundary="abc\0def"', 'abc\0def'],
  'cr-last': ['multipart/mixed; boundary="abc\r"', 'abc'],
  'cr-before': ['\rmultipart/mixed; boundary=abc', 'abc'],
  'in-two-types': ['text/plain, multipart/mixed; boundary=abc', 'abc'],
  'in-two-types-first': ['multipart/mixed, text/plain; boundary=abc', 'abc'],
  'in-slashes': ['text/multipart/mixed; boundary=abc', 'abc'],
  'without-subtype': ['multipart/; boundary=abc', 'abc'],
  'without-slash': ['multipart; boundary=abc', 'abc'],
  'without-semicolon': ['multipart/mixed boundary=abc', 'abc'],
  'with-comma-for-semicolon': ['multipart/mixed, boundary=abc', 'abc'],
  'in-plural': ['multiparts/mixed; boundary=abc', 'abc'],
  'with-x': ['x-multipart/mixed; boundary=abc', 'abc'],
  'unknown-subtype': ['multipart/x-unknown; boundary=abc', 'abc'],
  'of-text': ['text/plain; boundary=abc', 'abc'],
  'quoted-type': ['"multipart/mixed"; boundary=abc', 'abc'],
  'too-long': [`multipart/mixed; boundary=${'a'.repeat(200)}`, 'a'.repeat(200)],
  'folded-inside': ['multipart/mixed; boundary="abc\n def"', 'abc def'],
  'folded-inside-joined': ['multipart/mixed; boundary="abc\n def"', 'abcdef'],
  'in-8-bit': ['multipart/mixed; boundary="abc\xfc"', 'abc\xfc'],
};

/** Bodies under the boundary `abc`. */
const BODIES: Readonly<Record<string, string>> = {
  'end-missing': body('abc').replace('--abc--\n', ''),
  'end-with-junk': body('abc').replace('--abc--', '--abc--x'),
  'end-as-delimiter': body('abc').replace('--abc--', '--abc'),
  'end-before': `--abc\n${TEXT_PART}--abc--\n--abc\n${HIDDEN}--abc--\n`,
  'end-with-blank-before': `--abc\n${TEXT_PART}--abc --\n--abc\n${HIDDEN}--abc--\n`,
  'blanks-after': body('abc').replaceAll('--abc\n', '--abc \t\n'),
  'vertical-tab-after': body('abc').replaceAll('--abc\n', '--abc\x0b\n'),
  'junk-after': body('abc').replaceAll('--abc\n', '--abcX\n'),
  'junk-after-a-blank': body('abc').replaceAll('--abc\n', '--abc X\n'),
  'dash-after': body('abc').replaceAll('--abc\n', '--abc-\n'),
  'nul-after': body('abc').replaceAll('--abc\n', '--abc\0\n'),
  'blank-before': body('abc').replaceAll('--abc', ' --abc'),
  'dash-before': body('abc').replaceAll('--abc', '---abc'),
  'blank-after-dashes': body('abc').replaceAll('--abc', '-- abc'),
  'in-capitals': body('ABC'),
  'after-bare-cr': body('abc').replaceAll('\n--abc', '\r--abc'),
  'before-bare-cr': body('abc').replaceAll('--abc\n', '--abc\r'),
  'preamble-with-part': `--def\n${HIDDEN}--def--\n${body('abc', TEXT_PART)}`,
  'part-without-delimiter-first': `${HIDDEN}--abc\n${TEXT_PART}--abc--\n`,
  'epilogue-with-part': `${body('abc', TEXT_PART)}${HIDDEN}`,
  'epilogue-with-delimited-part': `${body('abc', TEXT_PART)}--abc\n${HIDDEN}--abc--\n`,
  'epilogue-with-other-part': `${body('abc', TEXT_PART)}--def\n${HIDDEN}--def--\n`,
  'prefix-inside': `--abc\nContent-Type: multipart/mixed; boundary=abcd\n\n${body('abcd')}--abc--\n`,
  'same-inside': `--abc\nContent-Type: multipart/mixed; boundary=abc\n\n${body('abc')}--abc--\n`,
  'outer-inside': `--abc\nContent-Type: multipart/mixed; boundary=def\n\n--def\n${TEXT_PART}--abc\n${HIDDEN}--def--\n--abc--\n`,
  'empty-part-first': `--abc\n--abc\n${HIDDEN}--abc--\n`,
  'part-without-head': `--abc\n\n${HIDDEN}--abc--\n`,
  'head-after-blanks': `--abc\n \n${HIDDEN}--abc--\n`,
  'delimiter-in-head': `--abc\nContent-Type: text/plain\n--abc\n${HIDDEN}--abc--\n`,
  'first-delimiter-at-once': body('abc'),
  'many-empty-parts': `${'--abc\n\n'.repeat(50)}--abc\n${HIDDEN}--abc--\n`,
};

const MESSAGE = `Subject: inner\nContent-Type: multipart/mixed; boundary=inner\n\n${body('inner')}`;

/** Parts that hold others. */
const INSIDE: Readonly<Record<string, string>> = {
  'message-plainly': `Content-Type: message/rfc822\n\n${MESSAGE}`,
  'message-in-base64': `Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n${base64(MESSAGE.replaceAll('\n', '\r\n'))}`,
  'message-in-quoted-printable': `Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n${MESSAGE.replaceAll('=', '=3D')}`,
  'message-as-file': `Content-Type: application/octet-stream; name=a.eml\nContent-Transfer-Encoding: base64\n\n${base64(MESSAGE.replaceAll('\n', '\r\n'))}`,
  'global-message': `Content-Type: message/global\n\n${MESSAGE}`,
  'multipart-in-base64': `Content-Type: multipart/mixed; boundary=inner\nContent-Transfer-Encoding: base64\n\n${base64(body('inner').replaceAll('\n', '\r\n'))}`,
  'multipart-said-to-be-base64': `Content-Type: multipart/mixed; boundary=inner\nContent-Transfer-Encoding: base64\n\n${body('inner')}`,
  'file-said-to-be-multipart': `Content-Type: multipart/mixed; boundary=inner\nContent-Transfer-Encoding: base64\n\n${base64(PROGRAM)}`,
  'file-with-boundary': `${ATTACHED.trim()}; boundary=inner\nContent-Transfer-Encoding: base64\n\n${base64(PROGRAM)}`,
  'file-as-text': `Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n${base64(PROGRAM)}`,
  'file-as-html': `Content-Type: text/html; name=a.html\nContent-Transfer-Encoding: base64\n\n${base64(PROGRAM)}`,
  'file-without-type': `Content-Transfer-Encoding: base64\n\n${base64(PROGRAM)}`,
  'file-in-the-clear': `${ATTACHED}\n${EICAR}\n`,
  'file-of-two-types': `Content-Type: text/plain\n${ATTACHED}Content-Transfer-Encoding: base64\n\n${base64(PROGRAM)}`,
  partial: `Content-Type: message/partial; id="a"; number=1; total=2\n\n${MESSAGE}`,
  'external-body':
    'Content-Type: message/external-body; access-type=URL; URL="http://x.example/evil.exe"\n\nContent-Type: application/octet-stream; name=evil.exe\n\n',
  digest: `Content-Type: multipart/digest; boundary=dig\n\n--dig\n\n${MESSAGE}--dig--\n`,
};

/** Two Content-Type fields on top. */
const TWO_FIELDS: Readonly<Record<string, readonly [first: string, second: string]>> = {
  'multipart-last': ['text/plain', 'multipart/mixed; boundary=abc'],
  'multipart-first': ['multipart/mixed; boundary=abc', 'text/plain'],
  'boundary-last': ['multipart/mixed; boundary=def', 'multipart/mixed; boundary=abc'],
  'boundary-first': ['multipart/mixed; boundary=abc', 'multipart/mixed; boundary=def'],
  'boundary-alone-last': ['multipart/mixed', 'multipart/mixed; boundary=abc'],
};

const MIXED = 'Content-Type: multipart/mixed; boundary=abc\n';
/** Heads on top, of messages whose body has the boundary `abc`. */
const HEADS: Readonly<Record<string, string>> = {
  'blank-before-name': ` ${MIXED}`,
  'blank-before-colon': MIXED.replace(':', ' :'),
  'no-colon': MIXED.replace(':', ''),
  'after-cr': `X-A: b\r${MIXED}`,
  'after-vertical-tab': `X-A: b\x0b${MIXED}`,
  'after-nul': `X-A: b\0${MIXED}`,
  'after-a-stray-line': `Hello there\n${MIXED}`,
  'after-a-line-of-blanks': ` \n${MIXED}`,
  'in-a-continuation': `X-A :b\n ${MIXED}`,
  'after-an-empty-line': `\n${MIXED}`,
  'without-type': '',
  'at-the-end-of-a-long-field': `X-A: ${'b'.repeat(20_000)}\n${MIXED}`,
  'name-in-mixed-case': MIXED.replace('Content-Type', 'cOnTeNt-tYpE'),
  'name-in-8-bit': MIXED.replace('-', '\xad'),
};

export function evasiveStructures(): readonly Evasion[] {
  return [
    ...Object.entries(SAID).map(([name, [field, boundary]]) =>
      message(`boundary-said/${name}`, `Content-Type:${field.startsWith(':') ? '' : ' '}${field}\n`, body(boundary)),
    ),
    ...Object.entries(BODIES).map(([name, text]) => message(`boundary-used/${name}`, MIXED, text)),
    ...Object.entries(INSIDE).map(([name, text]) => mixed(`inside/${name}`, TEXT_PART, text)),
    ...Object.entries(TWO_FIELDS).map(([name, fields]) =>
      message(`two-fields/${name}`, fields.map((field) => `Content-Type: ${field}\n`).join(''), body('abc')),
    ),
    ...Object.entries(HEADS).map(([name, head]) => message(`head/${name}`, head, body('abc'))),
    evasion('head/first-line', `${MIXED}From: a@example.com\n\n${body('abc')}`),
    evasion('head/empty-first-line', `\n${MIXED}From: a@example.com\n\n${body('abc')}`),
    evasion('head/of-a-mailbox', `From a@example.com Mon Jan  1 00:00:00 2024\n${MIXED}\n${body('abc')}`),
    message('top/file', `${HIDDEN_CONTENT.head}Content-Transfer-Encoding: base64\n`, HIDDEN_CONTENT.body),
    message('top/eicar', '', `${EICAR}\n`),
    message('top/message', 'Content-Type: message/rfc822\n', MESSAGE),
  ];
}
