/** Small files of the kinds that the MIME scanner looks into, and what a reader of one finds. */
import { Findings } from '../../protocol/content/mime/common/findings.ts';
import { FileContents, type FileReader } from '../../protocol/content/mime/files/file-contents.ts';

interface TnefFile {
  readonly title: string;
  readonly content: Buffer;
}

function attribute(level: number, id: number, data: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUInt8(level, 0);
  header.writeUInt32LE(id, 1);
  header.writeUInt32LE(data.length, 5);
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE(data.reduce((total, octet) => (total + octet) & 0xffff, 0));
  return Buffer.concat([header, data, sum]);
}

/** MAPI properties with a long file name in UTF-16. */
function namedProperties(name: string): Buffer {
  const value = Buffer.from(`${name}\0`, 'utf16le');
  const header = Buffer.alloc(16);
  header.writeUInt32LE(1, 0);
  header.writeUInt32LE(0x3707_001f, 4);
  header.writeUInt32LE(1, 8);
  header.writeUInt32LE(value.length, 12);
  return Buffer.concat([header, value]);
}

/** A winmail.dat with attachments. */
export function tnef(files: readonly TnefFile[], longName?: string): Buffer {
  const attributes = files.flatMap(({ title, content }) => [
    attribute(2, 0x0001_8010, Buffer.from(`${title}\0`, 'latin1')),
    attribute(2, 0x0006_800f, content),
    ...(longName === undefined ? [] : [attribute(2, 0x0006_9005, namedProperties(longName))]),
  ]);
  const version = attribute(1, 0x0008_9006, Buffer.from([0, 0, 1, 0]));
  return Buffer.concat([Buffer.from('789f3e220100', 'hex'), version, ...attributes]);
}

/** An OLE compound file as far as anybody looks: its signature, and the names in its directory. */
export function ole(...names: readonly string[]): Buffer {
  const entries = names.map((name) => {
    const entry = Buffer.alloc(128);
    entry.write(name, 'utf16le');
    return entry;
  });
  return Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(1016), ...entries]);
}

/** An ISO 9660 image as far as its first descriptor. */
export function iso(): Buffer {
  const image = Buffer.alloc(34_816);
  image.write('\x01CD001\x01', 32_768, 'latin1');
  return image;
}

/** What is told of a file that comes in pieces of `chunk` octets. */
export function readFile(
  open: (contents: FileContents) => FileReader,
  file: Buffer,
  chunk = file.length,
  findings = new Findings(),
) {
  const contents = new FileContents(findings);
  const reader = open(contents);
  for (let at = 0; at < file.length; at += chunk) reader.receive(file.subarray(at, at + chunk));
  reader.end();
  return {
    types: [...contents.types].sort(),
    inside: [...contents.namesInside],
    structure: findings.structure.map(({ flag, reason }) => `${flag} ${reason}`),
  };
}
