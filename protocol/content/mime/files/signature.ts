/** Kinds of files by their first octets. */
import type { AttachmentType } from '../../../../policy/screen/message-facts.ts';

interface Signature {
  readonly type: AttachmentType;
  readonly octets: Buffer;
  readonly at?: number;
}

function hex(type: AttachmentType, digits: string, at = 0): Signature {
  return { type, octets: Buffer.from(digits, 'hex'), at };
}

function ascii(type: AttachmentType, text: string, at = 0): Signature {
  return { type, octets: Buffer.from(text, 'latin1'), at };
}

const SIGNATURES: readonly Signature[] = [
  ascii('executable', '\x7fELF'),
  hex('executable', 'feedface'),
  hex('executable', 'feedfacf'),
  hex('executable', 'cefaedfe'),
  hex('executable', 'cffaedfe'),
  // Mach-O for several processors, and Java classes.
  hex('executable', 'cafebabe'),
  ascii('executable', 'dex\n'),
  hex('executable', '0061736d01000000'),
  // A Windows shortcut: it runs what it names.
  hex('executable', '4c0000000114020000000000c0000000'),
  // Compiled HTML help.
  ascii('executable', 'ITSF'),
  // The EICAR test file is a program.
  ascii('executable', 'X5O!P%@AP'),
  ascii('executable', '!<arch>\ndebian'),
  hex('executable', 'edabeedb'),
  ascii('script', '#!'),
  ascii('script', '#@~^'),
  ascii('script', '<?php'),
  ascii('script', 'REGEDIT'),
  ascii('script', 'Windows Registry Editor'),
  ascii('executable', '[InternetShortcut]'),
  ascii('executable', '[Desktop Entry]'),
  ascii('archive', 'Rar!\x1a\x07'),
  hex('archive', '377abcaf271c'),
  hex('archive', '1f8b08'),
  hex('archive', '1f9d'),
  hex('archive', '1fa0'),
  hex('archive', 'fd377a585a00'),
  hex('archive', '28b52ffd'),
  hex('archive', '04224d18'),
  ascii('archive', 'MSCF\0\0\0\0'),
  ascii('archive', 'ISc('),
  hex('archive', '60ea'),
  ascii('archive', 'xar!'),
  ascii('archive', 'ZOO '),
  ascii('archive', 'StuffIt'),
  ascii('archive', 'SIT!'),
  ascii('archive', 'ALZ\x01'),
  ascii('archive', 'EGGA'),
  ascii('archive', 'MSWIM\0\0\0'),
  ascii('archive', '**ACE**', 7),
  ascii('archive', 'ustar', 257),
  ascii('disk-image', 'CD001', 32_769),
  ascii('disk-image', 'BEA01', 32_769),
  ascii('disk-image', 'NSR0', 32_769),
  ascii('disk-image', 'conectix'),
  ascii('disk-image', 'vhdxfile'),
  ascii('disk-image', 'KDMV'),
  ascii('disk-image', 'QFI\xfb'),
  ascii('disk-image', '<<< '),
  hex('tnef', '789f3e22'),
];

/** First octets of signatures at the start: of most samples none matches, and that is known by one look. */
const FIRST_OCTETS: readonly boolean[] = Array.from({ length: 256 }, (_none, octet) =>
  SIGNATURES.some((signature) => signature.at === 0 && signature.octets[0] === octet),
);

/** Signatures that are text, and may have blanks in front. */
const TEXT_SIGNATURE: readonly boolean[] = FIRST_OCTETS.map((is, octet) => is && octet > 0x20 && octet < 0x7f);

/** Where a text begins that has blanks in front. */
function startOf(sample: Buffer): number {
  let at = 0;
  while (at < sample.length && (sample[at] ?? 0) <= 0x20 && sample[at] !== 0) at += 1;
  return at;
}

function twoOctets(octets: Buffer, at: number): number {
  return ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
}

/** First two octets of programs and of containers: all that a body is looked at for. */
const FILE_BEGINNINGS: ReadonlySet<number> = new Set([
  ...['MZ', 'ZM', 'PK', '\xd0\xcf', '\x78\x9f'].map((text) => twoOctets(Buffer.from(text, 'latin1'), 0)),
  ...SIGNATURES.filter(({ type, at }) => type === 'executable' && at === 0).map(({ octets }) => twoOctets(octets, 0)),
]);

/**
 * Whether a body may be something else than text, by its first two octets.
 *
 * @param isQuoted an equals sign stands for another octet
 */
export function mayBeFile(sample: Buffer, isQuoted = false): boolean {
  const start = startOf(sample);
  if (isQuoted && (sample[start] === EQUALS || sample[start + 1] === EQUALS)) return true;
  return FILE_BEGINNINGS.has(twoOctets(sample, 0)) || FILE_BEGINNINGS.has(twoOctets(sample, start));
}

const EQUALS = 0x3d;
const ZIP = Buffer.from('PK');
const OLE = Buffer.from('d0cf11e0a1b11ae1', 'hex');

/** Containers that are read to their end. */
export type Container = 'zip' | 'ole' | 'tnef';

export function containerOf(sample: Buffer): Container | undefined {
  if (
    sample[0] === 0x50 &&
    ZIP.equals(sample.subarray(0, 2)) &&
    /^PK(?:\x03\x04|\x05\x06|\x07\x08|00PK)/.test(sample.toString('latin1', 0, 8))
  )
    return 'zip';
  if (sample[0] === 0xd0 && OLE.equals(sample.subarray(0, 8))) return 'ole';
  return sample[0] === 0x78 && sample.length > 6 && sample.readUInt32LE(0) === 0x22_3e_9f_78 ? 'tnef' : undefined;
}

function matches(sample: Buffer, { octets, at = 0 }: Signature): boolean {
  return sample.length >= at + octets.length && octets.compare(sample, at, at + octets.length) === 0;
}

/** A program for DOS or Windows: "MZ", and then octets that no text has. */
function isDosProgram(sample: Buffer): boolean {
  if (!((sample[0] === 0x4d && sample[1] === 0x5a) || (sample[0] === 0x5a && sample[1] === 0x4d))) return false;
  return sample.length < 64 || /[\x00-\x08\x0e-\x1a]/.test(sample.toString('latin1', 2, 64));
}

const TEXT_OCTETS = 1024;
const HTML =
  /^(?:\s|<!--[\s\S]*?-->|<\?xml[^>]*>)*<(?:!doctype\s+html|html|head|body|script|iframe|meta|table|div|a\s)/i;
const HTA = /<hta:application|<job\b[^>]*>\s*<script|<package>\s*<job|<scriptlet>/i;
const BATCH = /^\s*@?echo\s+off\b/i;

/** Archives whose signature has a place for a version. */
const VERSIONED_ARCHIVE = /^(?:BZh[1-9]1AY|..-l[hz][0-9a-z]-)/s;

/** Kinds that a sample's octets tell, beside those of containers. */
export function typesByContent(given: Buffer): readonly AttachmentType[] {
  const start = startOf(given);
  const sample = start > 0 && TEXT_SIGNATURE[given[start] ?? 0] === true ? given.subarray(start) : given;
  const types = new Set<AttachmentType>();
  if (isDosProgram(sample)) types.add('executable');
  const begins = FIRST_OCTETS[sample[0] ?? 0] === true;
  for (const signature of SIGNATURES) {
    if ((begins || signature.at !== 0) && matches(sample, signature)) types.add(signature.type);
  }
  const text = startOfText(sample);
  if (VERSIONED_ARCHIVE.test(text)) types.add('archive');
  if (HTML.test(text)) types.add('html');
  if (HTA.test(text) || BATCH.test(text)) types.add('script');
  if (isEncryptedRar(sample)) types.add('encrypted-archive');
  return [...types];
}

/** The sample's beginning as text, byte order mark, blanks and NULs of UTF-16 left out. */
function startOfText(sample: Buffer): string {
  return sample
    .toString('latin1', 0, TEXT_OCTETS)
    .replace(/^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '')
    .replaceAll('\0', '');
}

/** RAR 4: flag of the archive header; RAR 5: a first header of the kind "encryption". */
function isEncryptedRar(sample: Buffer): boolean {
  if (sample.length < 14 || sample.toString('latin1', 0, 4) !== 'Rar!') return false;
  if (sample[6] === 0)
    return (
      (sample.readUInt16LE(10) & 0x0080) !== 0 ||
      (sample.length > 30 && sample[22] === 0x74 && (sample.readUInt16LE(23) & 0x04) !== 0)
    );
  return sample[13] === 4 || sample[12] === 4;
}
