/** Invariant: no message makes the scanner throw or pass its bounds, and its facts do not depend on the chunks. */
import type { MimeFacts } from '../../policy/screen/message-facts.ts';
import {
  MAX_MESSAGE_TEXT_OCTETS,
  MAX_NAME_CHARACTERS,
  MAX_NAMES,
  MAX_NAMES_INSIDE,
  MAX_PARTS,
} from '../../protocol/content/mime/common/limits.ts';
import { evasiveCharsets } from '../differential/mime/evasive-charsets.ts';
import { evasiveEncodings } from '../differential/mime/evasive-encodings.ts';
import { evasiveNames } from '../differential/mime/evasive-names.ts';
import { evasiveStructures } from '../differential/mime/evasive-structures.ts';
import { zip } from '../support/evasion.ts';
import { factsOf } from '../support/mime-facts.ts';
import { ole, tnef } from '../support/mime-files.ts';
import { cut } from './cut.ts';
import type { Random } from './random.ts';
import { type FuzzTarget, mustHold } from './target.ts';

const ATTACHED = 'Content-Type: application/octet-stream; name=a.dat\r\n';
const FILES = [
  zip({ 'a.exe': Buffer.from('a'), 'b.zip': zip({ 'c.js': Buffer.from('c') }) }),
  tnef([{ title: 'a.exe', content: Buffer.from('MZ') }], 'long name.exe'),
  ole('Root Entry', 'VBA', 'EncryptedPackage'),
];

const WORDS = [
  '\r\n',
  '\r\n\r\n',
  '\r',
  '\n',
  '\0',
  '--abc',
  '--abc--',
  '--bound\r\n',
  'Content-Type: ',
  'Content-Type: multipart/mixed; boundary="abc"\r\n',
  'Content-Type: multipart/digest; boundary=abcd\r\n',
  'Content-Type: message/rfc822\r\n',
  'Content-Transfer-Encoding: base64\r\n',
  'Content-Transfer-Encoding: quoted-printable\r\n',
  'Content-Disposition: attachment; filename=',
  '; name*0*=',
  "utf-8''%41",
  '=?utf-8?B?QQ==?=',
  '=?utf-16?Q?=00A?=',
  '"',
  '\\',
  '(',
  '=41',
  '=\r\n',
  'QUJD',
  '==',
  'begin 644 a.exe\r\n',
  '=ybegin line=128 name=a.exe\r\n',
  'PK\x03\x04',
  'PK\x01\x02',
  '\xff\xff\xff\xff',
  '\xff\xfe',
  '<b>',
  '&#x1F4A9;',
  '<!--',
] as const;

function attempt(input: Buffer, random: Random): void {
  const isDotStuffed = random.once(4);
  const facts = factsOf(input, { isDotStuffed });
  const others = [
    factsOf(input, { isDotStuffed }, cut(input, random)),
    factsOf(input, { isDotStuffed }, cut(input, random)),
  ];
  const told = JSON.stringify(facts);
  for (const other of others) mustHold(JSON.stringify(other) === told, 'The facts depend on the chunks');
  const bare = factsOf(input, { isDotStuffed, needs: { header: false, text: false } });
  mustHold(
    JSON.stringify({ ...facts, header: [], text: [] }) === JSON.stringify(bare),
    'The facts depend on what is wanted',
  );
  mustBeBounded(facts, input.length);
}

function mustBeBounded({ octets, parts, text }: MimeFacts, received: number): void {
  mustHold(octets <= received, 'A message is larger than what came');
  mustHold(parts.length <= MAX_PARTS * 2, 'There are more parts than may be');
  mustHold(text.join('').length <= MAX_MESSAGE_TEXT_OCTETS * 4, 'There is more text than may be');
  for (const { names, namesInside, octets: size } of parts) {
    mustHold(
      names.length <= MAX_NAMES && namesInside.length <= MAX_NAMES_INSIDE + 10,
      'There are more names than may be',
    );
    mustHold(
      [...names, ...namesInside].every((name) => name.length <= MAX_NAME_CHARACTERS),
      'A name is longer than may be',
    );
    mustHold(size >= 0 && size <= received * 2, 'A part is larger than what came');
  }
}

export const mimeTarget: FuzzTarget = {
  name: 'mime',
  seeds: () => [
    ...[...evasiveCharsets(), ...evasiveEncodings(), ...evasiveNames(), ...evasiveStructures()].map(
      ({ octets }) => octets,
    ),
    ...FILES.map((file) =>
      Buffer.from(`${ATTACHED}Content-Transfer-Encoding: base64\r\n\r\n${file.toString('base64')}\r\n`),
    ),
    // As they are, so that a changed octet is one of the file's.
    ...FILES.map((file) => Buffer.concat([Buffer.from(`${ATTACHED}\r\n`), file])),
  ],
  words: WORDS,
  attempt,
};
