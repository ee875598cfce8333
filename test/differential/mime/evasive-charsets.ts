/** A name in a charset, an encoding or characters that few read; and messages inside parts of other types. */
import {
  base64,
  EICAR,
  EVIL_NAME,
  type Evasion,
  HIDDEN_CONTENT,
  message,
  mixed,
  PROGRAM,
  part,
  TEXT_PART,
  zip,
} from '../../support/evasion.ts';

const BODY = `Content-Transfer-Encoding: base64\n\n${base64('Nothing to see here, only words.')}`;
const HIDDEN = part(HIDDEN_CONTENT);

function q(octets: Buffer): string {
  return octets.toString('hex').toUpperCase().replace(/../g, '=$&');
}

function percent(octets: Buffer): string {
  return octets.toString('hex').replace(/../g, '%$&');
}

/** EBCDIC (code page 37) of small letters and the dot. */
function ebcdic(text: string): Buffer {
  const rows: readonly (readonly [string, number])[] = [
    ['abcdefghi', 0x81],
    ['jklmnopqr', 0x91],
    ['stuvwxyz', 0xa2],
    ['.', 0x4b],
  ];
  return Buffer.from(
    [...text].map((letter) => {
      const row = rows.find(([letters]) => letters.includes(letter));
      return row === undefined ? 0x40 : row[1] + row[0].indexOf(letter);
    }),
  );
}

function utf32(text: string): Buffer {
  const octets = Buffer.alloc(text.length * 4);
  for (const [index, letter] of [...text].entries()) octets.writeUInt32BE(letter.charCodeAt(0), index * 4);
  return octets;
}

const IN_CHARSETS: Readonly<Record<string, readonly [charset: string, octets: Buffer]>> = {
  'utf-7': ['utf-7', Buffer.from('evil+AC4-exe')],
  'utf-7-by-another-name': ['unicode-1-1-utf-7', Buffer.from('evil+AC4-exe')],
  ebcdic: ['cp037', ebcdic(EVIL_NAME)],
  'ebcdic-500': ['ibm500', ebcdic(EVIL_NAME)],
  'utf-32': ['utf-32be', utf32(EVIL_NAME)],
  'utf-16-with-mark': ['utf-16', Buffer.from(`\ufeff${EVIL_NAME}`, 'utf16le')],
  'utf-8-with-mark': ['utf-8', Buffer.from(`\ufeff${EVIL_NAME}`)],
  escapes: ['unicode-escape', Buffer.from('evil\\x2eexe')],
  hz: ['hz-gb-2312', Buffer.from('~{~}evil.exe')],
  'iso-2022-jp': ['iso-2022-jp', Buffer.from('\x1b(B\x1b(Jevil.exe', 'latin1')],
  'of-no-name': ['x-nobody-knows', Buffer.from(EVIL_NAME)],
  empty: ['', Buffer.from(EVIL_NAME)],
};

/** Values of a parameter, in place of `%s`. */
const VALUES: Readonly<Record<string, string>> = {
  'word-over-pieces': `filename*0="=?utf-8?B?ZXZp"; filename*1="bC5leGU=?="`,
  'word-over-folds': `filename="=?utf-8?Q?evi?=\n =?utf-8?Q?l=2Eexe?="`,
  'word-with-blank': `filename="=?utf-8?B?ZXZp bC5leGU=?="`,
  'word-without-padding': `filename="=?utf-8?B?ZXZpbC5leGU?="`,
  'word-with-language': `filename="=?utf-8*en?Q?evil=2Eexe?="`,
  'word-without-end': `filename="=?utf-8?Q?evil=2Eexe"`,
  'word-in-small-letters': `filename="=?UTF-8?q?evil=2eexe?="`,
  'words-of-letters': `filename="${[...EVIL_NAME].map((letter) => `=?us-ascii?Q?${letter}?=`).join(' ')}"`,
  'word-bare': 'filename==?utf-8?Q?evil=2Eexe?=',
  'no-semicolon-between': `filename="a.txt" filename="${EVIL_NAME}"`,
  'brackets-round': `filename=<${EVIL_NAME}>`,
  'signs-at-the-end': `filename="${EVIL_NAME}?"`,
  'backslash-at-the-end': `filename="${EVIL_NAME}\\"`,
  'slash-at-the-end': `filename="${EVIL_NAME}/"`,
  'in-a-comment-before': `(filename=a.txt) filename=${EVIL_NAME}`,
  'after-a-comment-with-quote': `x=y ("); filename=${EVIL_NAME}`,
  'name-escaped': `file\\name=${EVIL_NAME}`,
  'star-and-blank': `filename* = utf-8''evil%2Eexe`,
  'two-stars': `filename**=utf-8''evil%2Eexe`,
  'piece-without-first': `filename*5=${EVIL_NAME}`,
  'pieces-plain-and-whole': `filename=a.txt; filename*0=evil; filename*1=.exe`,
  'pieces-of-letters': [...EVIL_NAME].map((letter, index) => `filename*${index}=${letter}`).join('; '),
  'pieces-in-hex': 'filename*0x0=evil.; filename*0x1=exe',
  'right-to-left': `filename="evil\u00e2\u0080\u00aetxt.exe"`,
};

/** Types of parts that hold a message, of which a program is a part. */
const MESSAGE_TYPES = [
  'message/x-unknown',
  'message/http',
  'message/delivery-status',
  'message/feedback-report',
  'MESSAGE/RFC822',
  'message/news',
  'message/rfc822; x=y',
  'message/ rfc822',
  'message/rfc822-headers',
  'text/rfc822-headers',
  'text/rfc822',
  'application/rfc822',
  'message',
];
const INNER = `Subject: inner\nContent-Type: multipart/mixed; boundary=inner\n\n--inner\n${TEXT_PART}--inner\n${HIDDEN}--inner--\n`;

/** Fields that some take the name from. */
const NAME_FIELDS: Readonly<Record<string, string>> = {
  location: `Content-Location: http://x.example/${EVIL_NAME}?a=b\n`,
  base: `Content-Base: http://x.example/\nContent-Location: ${EVIL_NAME}\n`,
};

/** Texts that hold a file in an encoding of their own. */
const TEXTS: Readonly<Record<string, string>> = {
  binhex: `(This file must be converted with BinHex 4.0)\n\n:#@jfD@-ZCAKP!*!%\n:\n`,
  'uuencode-in-capitals': `BEGIN 644 ${EVIL_NAME}\n#86)C\n\`\nend\n`,
  'uuencode-base64': `begin-base64 644 ${EVIL_NAME}\n${base64(PROGRAM)}====\n`,
  'uuencode-base64-encoded': `begin-base64-encoded 644 ${Buffer.from(EVIL_NAME).toString('base64')}\n${base64(PROGRAM)}====\n`,
  'uuencode-of-five-digits': `begin 100644 ${EVIL_NAME}\n#86)C\n\`\nend\n`,
  yenc: `=ybegin line=128 size=3 name=${EVIL_NAME}\nabc\n=yend size=3\n`,
  'yenc-of-parts': `=ybegin part=1 total=2 line=128 size=3 name=${EVIL_NAME}\nabc\n=yend size=3\n`,
};

const ZIPS: Readonly<Record<string, Buffer>> = {
  'name-with-nul': zip({ 'evil.exe\0.txt': PROGRAM }),
  'name-after-nul': zip({ 'a.txt\0evil.exe': PROGRAM }),
  'name-with-backslash': zip({ 'x\\..\\evil.exe': PROGRAM }),
  'name-with-dots': zip({ 'evil.exe...': PROGRAM }),
  'name-of-a-folder': zip({ 'evil.exe/': PROGRAM }),
  'name-with-stream': zip({ 'a.txt:evil.exe': PROGRAM }),
  'name-with-blanks': zip({ ' evil.exe ': PROGRAM }),
  'junk-before': Buffer.concat([Buffer.from('GIF89a'.repeat(100)), zip({ [EVIL_NAME]: PROGRAM })]),
  'junk-behind': Buffer.concat([zip({ [EVIL_NAME]: PROGRAM }), Buffer.alloc(70_000, 'x')]),
  'two-archives': Buffer.concat([zip({ 'a.txt': Buffer.from('a') }), zip({ [EVIL_NAME]: PROGRAM })]),
  'cut-short': zip({ [EVIL_NAME]: PROGRAM }).subarray(0, -30),
  'with-password': zip({ [EVIL_NAME]: PROGRAM }, true),
  'of-an-archive': zip({ 'a.zip': zip({ [EVIL_NAME]: PROGRAM }) }),
  'of-an-archive-without-name': zip({ a: zip({ [EVIL_NAME]: PROGRAM }) }),
};

function attached(name: string, octets: Buffer): Evasion {
  const head = 'Content-Type: application/octet-stream; name=a.zip\nContent-Disposition: attachment; filename=a.zip\n';
  return mixed(name, TEXT_PART, part({ head, encoding: 'base64', body: base64(octets) }));
}

/** Heads where by our reading there is text, of messages that say nothing of parts. */
const HIDDEN_HEADS: Readonly<Record<string, readonly [head: string, body: string]>> = {
  'behind-a-line': ['', `--bound\n\x01\x02\n${HIDDEN}--bound--\n`],
  'behind-half-a-field': ['', `--bound\nd\n${HIDDEN}--bound--\n`],
  'in-text-that-says-so': ['Content-Type: text/plain\n', `--bound\n${TEXT_PART}--bound\n${HIDDEN}--bound--\n`],
  'behind-an-empty-line-in-the-head': ['', `ple.net\nSubject: x\n${HIDDEN}`],
};

/** Names of fields that some read as the one that is meant. */
const FIELD_NAMES = ['Content-Disposition/', 'Content-Disposition(', 'Content-Disposition\xff', 'Content-Disposition;'];

export function evasiveCharsets(): readonly Evasion[] {
  const named = (name: string, parameter: string): Evasion =>
    mixed(
      name,
      TEXT_PART,
      `Content-Type: application/octet-stream\nContent-Disposition: attachment; ${parameter}\n${BODY}`,
    );
  return [
    ...Object.entries(IN_CHARSETS).flatMap(([name, [charset, octets]]) => [
      named(`charset/word-${name}`, `filename="=?${charset}?Q?${q(octets)}?="`),
      named(`charset/word-b-${name}`, `filename="=?${charset}?B?${octets.toString('base64')}?="`),
      named(`charset/extended-${name}`, `filename*=${charset}''${percent(octets)}`),
    ]),
    ...Object.entries(VALUES).map(([name, parameter]) => named(`value/${name}`, parameter)),
    ...MESSAGE_TYPES.map((type) => mixed(`message-type/${type}`, TEXT_PART, `Content-Type: ${type}\n\n${INNER}`)),
    ...MESSAGE_TYPES.map((type) =>
      mixed(
        `message-type-base64/${type}`,
        TEXT_PART,
        `Content-Type: ${type}\nContent-Transfer-Encoding: base64\n\n${base64(INNER.replaceAll('\n', '\r\n'))}`,
      ),
    ),
    ...Object.entries(NAME_FIELDS).map(([name, fields]) =>
      mixed(`name-field/${name}`, TEXT_PART, `Content-Type: application/octet-stream\n${fields}${BODY}`),
    ),
    ...Object.entries(TEXTS).flatMap(([name, text]) => [
      mixed(`text/${name}`, TEXT_PART, `Content-Type: text/plain\n\n${text}`),
      message(`text-on-top/${name}`, '', `Hello\n\n${text}`),
    ]),
    ...Object.entries(ZIPS).map(([name, octets]) => attached(`zip/${name}`, octets)),
    ...Object.entries(HIDDEN_HEADS).map(([name, [head, body]]) => message(`hidden-head/${name}`, head, body)),
    ...FIELD_NAMES.map((field) =>
      mixed(
        `field-name/${field}`,
        TEXT_PART,
        `Content-Type: a/b\n${field}: attachment; filename=${EVIL_NAME}\n${BODY}`,
      ),
    ),
    mixed('text/eicar-as-html', TEXT_PART, `Content-Type: text/html\n\n${EICAR}\n`),
  ];
}
