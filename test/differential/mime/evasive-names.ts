/** A name that says what the file is, hidden from those who read it in one way only; the octets say nothing. */
import { base64, EVIL_NAME, type Evasion, mixed, uuencoded, zip } from '../../support/evasion.ts';

const OCTETS = 'Content-Type: application/octet-stream';
const ATTACHED = 'Content-Disposition: attachment';
const BODY = `Content-Transfer-Encoding: base64\n\n${base64('Nothing to see here, only words.')}`;
const [STEM, ENDING] = ['evil.', 'exe'];

function utf16(text: string, isBigEndian: boolean): string {
  const octets = Buffer.from(text, 'utf16le');
  return (isBigEndian ? octets.swap16() : octets).toString('latin1');
}

function percent(octets: string): string {
  return Buffer.from(octets, 'latin1').toString('hex').replace(/../g, '%$&');
}

const WORD = `=?utf-8?B?${Buffer.from(EVIL_NAME).toString('base64')}?=`;

/** Parameters after `name` or `filename`, the first of which is the mark for it: `%s=…`. */
const PARAMETERS: Readonly<Record<string, string>> = {
  plain: `%s=${EVIL_NAME}`,
  quoted: `%s="${EVIL_NAME}"`,
  'quoted-singly': `%s='${EVIL_NAME}'`,
  'in-capitals': `%S="${EVIL_NAME.toUpperCase()}"`,
  'blank-before-equals': `%s ="${EVIL_NAME}"`,
  'blank-after-equals': `%s= "${EVIL_NAME}"`,
  'folded-before-equals': `%s\n ="${EVIL_NAME}"`,
  'folded-after-equals': `%s=\n "${EVIL_NAME}"`,
  'folded-inside': `%s="evil\n .exe"`,
  'folded-inside-with-tab': `%s="evil.\n\texe"`,
  'folded-over-blanks': `x=y;\n \n %s="${EVIL_NAME}"`,
  'without-end-of-quote': `%s="${EVIL_NAME}`,
  'quote-inside': `%s=ev"il.exe`,
  'quotes-round-the-stem': `%s="evil".exe`,
  'quote-twice': `%s="evil".exe"`,
  'escaped-quote': `%s="ev\\"il.exe"`,
  'escaped-letters': `%s="\\e\\v\\i\\l.\\e\\x\\e"`,
  'escaped-without-quotes': `%s=evil\\.exe`,
  'semicolon-inside': `%s="evil;.exe"`,
  'semicolon-without-quotes': `%s=evil;.exe`,
  'semicolon-escaped': `%s=evil\\;.exe`,
  'comment-after': `%s=${EVIL_NAME}(x)`,
  'comment-with-ending-after': `%s=${EVIL_NAME} (.gif)`,
  'comment-inside': `%s=evil.e(x)xe`,
  'comment-in-the-parameter': `%s()=${EVIL_NAME}`,
  'blanks-inside': `%s=my evil.exe`,
  'blanks-at-the-end': `%s="evil.exe   "`,
  'dots-at-the-end': `%s="evil.exe..."`,
  'nul-inside': `%s="evil.exe\0.txt"`,
  'tab-inside': `%s="evil.\texe"`,
  'path-of-windows': `%s="C:\\\\tmp\\\\evil.exe"`,
  'path-of-unix': `%s="../../evil.exe"`,
  'stream-of-windows': `%s="evil.exe:a.txt"`,
  'long-stem': `%s="${'a'.repeat(300)}.exe"`,
  'twice-last': `%s=a.txt; %s=${EVIL_NAME}`,
  'twice-first': `%s=${EVIL_NAME}; %s=a.txt`,
  extended: `%s*=utf-8''${EVIL_NAME}`,
  'extended-and-encoded': `%s*=utf-8'en'${percent(EVIL_NAME)}`,
  'extended-without-charset': `%s*=''${percent(EVIL_NAME)}`,
  'extended-without-quotes-signs': `%s*=${percent(EVIL_NAME)}`,
  'extended-in-quotes': `%s*="utf-8''${percent(EVIL_NAME)}"`,
  'extended-utf-16-le': `%s*=utf-16''${percent(utf16(EVIL_NAME, false))}`,
  'extended-utf-16-be': `%s*=utf-16''${percent(utf16(EVIL_NAME, true))}`,
  'extended-after-plain': `%s=a.txt; %s*=utf-8''${EVIL_NAME}`,
  'extended-before-plain': `%s*=utf-8''a.txt; %s=${EVIL_NAME}`,
  'percent-without-star': `%s="${percent(EVIL_NAME)}"`,
  pieces: `%s*0=${STEM}; %s*1=${ENDING}`,
  'pieces-in-quotes': `%s*0="${STEM}"; %s*1="${ENDING}"`,
  'pieces-turned': `%s*1=${ENDING}; %s*0=${STEM}`,
  'pieces-numbered-wrongly': `%s*1=${STEM}; %s*0=${ENDING}`,
  'pieces-from-one': `%s*1=${STEM}; %s*2=${ENDING}`,
  'pieces-with-a-gap': `%s*0=${STEM}; %s*2=${ENDING}`,
  'pieces-with-zeros': `%s*00=${STEM}; %s*01=${ENDING}`,
  'pieces-extended': `%s*0*=utf-8''${STEM}; %s*1*=${percent(ENDING)}`,
  'pieces-mixed': `%s*0*=utf-8''${percent(STEM)}; %s*1=${ENDING}`,
  'pieces-extended-turned': `%s*1*=${percent(ENDING)}; %s*0*=utf-8''${STEM}`,
  'pieces-after-plain': `%s=a.txt; %s*0=${STEM}; %s*1=${ENDING}`,
  'pieces-twice': `%s*0=a; %s*0=${STEM}; %s*1=${ENDING}`,
  'many-pieces': [...EVIL_NAME].map((letter, index) => `%s*${index}=${letter}`).join('; '),
  'encoded-word': `%s="${WORD}"`,
  'encoded-word-without-quotes': `%s=${WORD}`,
  'encoded-word-of-letters': `%s="=?us-ascii?Q?evil=2Ee=78e?="`,
  'encoded-words': `%s="=?utf-8?Q?evil?= =?utf-8?Q?.exe?="`,
  'encoded-words-folded': `%s="=?utf-8?Q?evil?=\n =?utf-8?B?LmV4ZQ==?="`,
  'encoded-word-inside': `%s="evil.=?utf-8?Q?exe?="`,
  'encoded-word-with-language': `%s="=?utf-8*en?Q?${EVIL_NAME}?="`,
  'encoded-word-of-unknown-charset': `%s="=?x-none?Q?${EVIL_NAME}?="`,
  'encoded-word-of-utf-16': `%s="=?utf-16be?B?${Buffer.from(utf16(EVIL_NAME, true), 'latin1').toString('base64')}?="`,
  'encoded-word-without-end': `%s="=?utf-8?Q?${EVIL_NAME}"`,
  'encoded-word-with-blanks': `%s="=?utf-8?Q?my evil.exe?="`,
  'encoded-word-in-pieces': `%s*0="=?utf-8?Q?evil"; %s*1=".exe?="`,
  'raw-utf-8': `%s="\xc3\xbcvil.exe"`,
  'raw-latin-1': `%s="\xfcvil.exe"`,
  'full-width': `%s*=utf-8''evil.%EF%BD%85%EF%BD%98%EF%BD%85`,
  'direction-marks': `%s*=utf-8''evil%E2%80%AE.e%E2%80%8Bxe`,
};

function filled(parameters: string, parameter: string): string {
  return parameters.replaceAll('%s', parameter).replaceAll('%S', parameter.toUpperCase());
}

function archived(name: string, octets: Buffer): Evasion {
  return mixed(
    `archive/${name}`,
    `${OCTETS}; name=photos.zip\n${ATTACHED}\nContent-Transfer-Encoding: base64\n\n${base64(octets)}`,
  );
}

/** The two fields against each other. */
const AGAINST: Readonly<Record<string, string>> = {
  'type-against-disposition': `${OCTETS}; name=${EVIL_NAME}\n${ATTACHED}; filename=a.txt\n`,
  'disposition-against-type': `${OCTETS}; name=a.txt\n${ATTACHED}; filename=${EVIL_NAME}\n`,
  'disposition-first': `${ATTACHED}; filename=${EVIL_NAME}\n${OCTETS}; name=a.txt\n`,
  'two-types': `${OCTETS}; name=a.txt\n${OCTETS}; name=${EVIL_NAME}\n`,
  'two-dispositions': `${OCTETS}\n${ATTACHED}; filename=a.txt\n${ATTACHED}; filename=${EVIL_NAME}\n`,
  'pieces-in-two-fields': `${OCTETS}; name*0=${STEM}\n${OCTETS}; name*1=${ENDING}\n`,
  'no-disposition-type': `${OCTETS}\nContent-Disposition: filename=${EVIL_NAME}\n`,
  'unknown-disposition': `${OCTETS}\nContent-Disposition: x-y; filename=${EVIL_NAME}\n`,
  'no-type': `${ATTACHED}; filename=${EVIL_NAME}\n`,
  'name-in-disposition': `${OCTETS}\n${ATTACHED}; name=${EVIL_NAME}\n`,
  'filename-in-type': `${OCTETS}; filename=${EVIL_NAME}\n`,
  'type-folded-at-once': `Content-Type:\n application/octet-stream;\n name=${EVIL_NAME}\n`,
  'by-location': `${OCTETS}\nContent-Location: http://x.example/${EVIL_NAME}?a=b\n`,
};

export function evasiveNames(): readonly Evasion[] {
  const parameters = Object.entries(PARAMETERS);
  const program = Buffer.from('no program, but called one');
  return [
    ...parameters.map(([name, text]) => mixed(`name/${name}`, `${OCTETS}; ${filled(text, 'name')}\n${BODY}`)),
    ...parameters.map(([name, text]) =>
      mixed(`filename/${name}`, `${OCTETS}\n${ATTACHED}; ${filled(text, 'filename')}\n${BODY}`),
    ),
    ...Object.entries(AGAINST).map(([name, head]) => mixed(`fields/${name}`, `${head}${BODY}`)),
    mixed('uuencode/in-text', `Content-Type: text/plain\n\nHello\n${uuencoded('no program')}`),
    mixed('uuencode/with-four-digits', `Content-Type: text/plain\n\n${uuencoded('no program').replace('644', '0644')}`),
    mixed('uuencode/in-html', `Content-Type: text/html\n\n<p>\n${uuencoded('no program')}</p>\n`),
    archived('zip', zip({ [EVIL_NAME]: program })),
    archived('zip-with-junk-in-front', Buffer.concat([Buffer.from('GIF89a junk'), zip({ [EVIL_NAME]: program })])),
    archived('zip-with-password', zip({ [EVIL_NAME]: program }, true)),
    archived('zip-in-zip', zip({ 'a.zip': zip({ [EVIL_NAME]: program }) })),
    archived('zip-in-zip-in-zip', zip({ 'b.zip': zip({ 'a.zip': zip({ [EVIL_NAME]: program }) }) })),
  ];
}
