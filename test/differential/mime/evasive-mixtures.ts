/** Tricks upon tricks, from a fixed seed: each message has one of boundary, one of head, one of encoding and one of lines. */
import { Random } from '../../fuzz/random.ts';
import { base64, type Evasion, PROGRAM, quotedPrintable, TEXT_PART } from '../../support/evasion.ts';

const SEED = 20_261_130;

const BOUNDARIES = [
  'boundary="abc"',
  'boundary=abc',
  'charset=utf-8; boundary="abc"',
  'boundary="abc"; boundary="xyz"',
  'boundary="xyz"; boundary="abc"',
  'boundary*0=a; boundary*1=bc',
  "boundary*=us-ascii''abc",
  'boundary = "abc"',
  'boundary="abc" (comment)',
  'boundary="abc',
  'BOUNDARY="abc"',
  'x="boundary=xyz"; boundary=abc',
  'boundary="abc" ; ',
  'boundary=\n\tabc',
] as const;

const TYPES = [
  'multipart/mixed',
  'Multipart/Mixed',
  'multipart/related',
  'multipart/alternative',
  'multipart/x-y',
  'multipart /mixed',
  'multipart/mixed (x)',
] as const;

const DELIMITERS = [
  '--abc\n',
  '--abc\n',
  '--abc\n',
  '--abc \n',
  '--abc\t\n',
  '--abc--\n--abc\n',
  '\n\n--abc\n',
  '--abcd\n--abc\n',
] as const;

const ENDS = ['--abc--\n', '--abc--\n', '', '--abc-- \n', '--abc--', '--abc--\nepilogue\n'] as const;

const NAMES = [
  'Content-Disposition: attachment; filename="evil.exe"\n',
  'Content-Disposition: attachment; filename=evil.exe\n',
  'Content-Disposition: attachment;\n filename*0="evil.";\n filename*1="exe"\n',
  "Content-Disposition: attachment; filename*=utf-8''evil%2Eexe\n",
  'Content-Disposition: inline; filename="=?utf-8?Q?evil=2Eexe?="\n',
  'Content-Disposition: attachment; filename="photo.dat"\n',
  '',
] as const;

const LABELS = [
  'Content-Type: application/octet-stream\n',
  'Content-Type: application/octet-stream; name="photo.dat"\n',
  'Content-Type: text/plain\n',
  'Content-Type: image/png\nContent-Type: application/octet-stream\n',
  'Content-Type:application/x-unknown;\n\tname=a\n',
  'Content-type: application/octet-stream;name="a";size=3\n',
  '',
] as const;

const STRAY = ['', '', '', 'X-A: b\n', ' \n', 'stray\n', 'X-A : b\n', 'X-A:\n'] as const;

const ENCODINGS: readonly (readonly [field: string, body: string])[] = [
  ['base64', base64(PROGRAM)],
  ['BASE64', base64(PROGRAM, 60)],
  ['base64', base64(PROGRAM).replace(/\n/g, ' \n')],
  ['base64', `${base64(PROGRAM.subarray(0, 50))}${base64(PROGRAM.subarray(50))}`],
  ['base64', base64(PROGRAM).replaceAll('A', 'A*')],
  ['quoted-printable', quotedPrintable(PROGRAM)],
  ['quoted-printable', quotedPrintable(PROGRAM).toLowerCase().replace(/^mz/, 'MZ')],
  ['base64 ', base64(PROGRAM)],
  ['"base64"', base64(PROGRAM)],
  ['base64\nContent-Transfer-Encoding: 7bit', base64(PROGRAM)],
];

const LINE_ENDS = ['\r\n', '\r\n', '\r\n', '\n'] as const;

function mixture(random: Random, number: number): Evasion {
  const [encoding, body] = random.pick(ENCODINGS);
  const hidden = [
    random.pick(STRAY),
    random.pick(LABELS),
    random.pick(NAMES),
    `Content-Transfer-Encoding: ${encoding}\n`,
  ];
  const part = `${(random.once(2) ? hidden : hidden.reverse()).join('')}${random.once(12) ? ' ' : ''}\n${body}`;
  const parts = random.once(2) ? [TEXT_PART, part] : [part, TEXT_PART];
  const text = [
    'From: a@example.com\nSubject: x\nMIME-Version: 1.0\n',
    `Content-Type: ${random.pick(TYPES)}; ${random.pick(BOUNDARIES)}\n\n`,
    random.once(4) ? 'preamble\n' : '',
    ...parts.map((each) => `${random.pick(DELIMITERS)}${each}\n`),
    random.pick(ENDS),
  ].join('');
  return { name: `mixture/${number}`, octets: Buffer.from(text.replaceAll('\n', random.pick(LINE_ENDS)), 'latin1') };
}

export function evasiveMixtures(count: number): readonly Evasion[] {
  const random = new Random(SEED);
  return Array.from({ length: count }, (_none, number) => mixture(random, number));
}
