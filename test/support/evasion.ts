/** Evasive messages: what they are made of. A line feed stands for CR LF, a character for an octet. */
import { deflateRawSync } from 'node:zlib';

export interface Evasion {
  /** Which trick, as a path: `boundary/twice-in-a-field`. */
  readonly name: string;
  readonly octets: Buffer;
}

/** The part of a message that carries what is hidden. */
export interface Carrier {
  /** Lines of its head but for the encoding, each ended. */
  readonly head: string;
  readonly encoding: string;
  readonly body: string;
}

/** The EICAR test file, in two pieces: no scanner is to find it here. */
export const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-', 'STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');
export const EVIL_NAME = 'evil.exe';

/** A program for Windows as far as anybody looks. */
export const PROGRAM = Buffer.concat([
  Buffer.from('MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff', 'latin1'),
  Buffer.from('This program cannot be run in DOS mode. '.repeat(9), 'latin1'),
]);

export function base64(octets: Buffer | string, width = 76): string {
  const text = Buffer.from(octets as string, 'latin1').toString('base64');
  return `${text.match(new RegExp(`.{1,${width}}`, 'g'))?.join('\n') ?? ''}\n`;
}

export function quotedPrintable(octets: Buffer | string): string {
  const text = Buffer.from(octets as string, 'latin1').toString('latin1');
  const quoted = text.replace(
    /[^\x21-\x3C\x3E-\x7E]/g,
    (octet) => `=${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return `${(quoted.match(/.{1,70}(?<!=|=.)/g) ?? []).join('=\n')}\n`;
}

export function uuencoded(octets: Buffer | string, name = EVIL_NAME): string {
  return `begin 644 ${name}\n${uuLines(octets)}\`\nend\n`;
}

export function uuLines(given: Buffer | string): string {
  const octets = Buffer.from(given as string, 'latin1');
  const character = (bits: number): string => String.fromCharCode(bits === 0 ? 96 : bits + 32);
  const lines: string[] = [];
  for (let at = 0; at < octets.length; at += 45) {
    const line = octets.subarray(at, at + 45);
    let text = character(line.length);
    for (let index = 0; index < line.length; index += 3) {
      const [a = 0, b = 0, c = 0] = line.subarray(index, index + 3);
      text += [a >> 2, ((a & 3) << 4) | (b >> 4), ((b & 15) << 2) | (c >> 6), c & 63].map(character).join('');
    }
    lines.push(text);
  }
  return `${lines.join('\n')}\n`;
}

/** A zip archive of files, each stored or deflated, with no more than the fields that readers need. */
export function zip(files: Readonly<Record<string, Buffer>>, isEncrypted = false): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = deflateRawSync(content);
    const local = Buffer.alloc(30);
    local.write('PK\x03\x04', 'latin1');
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(isEncrypted ? 1 : 0, 6);
    local.writeUInt16LE(8, 8);
    local.writeUInt32LE(data.length, 18);
    local.writeUInt32LE(content.length, 22);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.write('PK\x01\x02', 'latin1');
    local.copy(central, 6, 4, 30);
    central.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name, 'latin1'), data);
    centrals.push(central, Buffer.from(name, 'latin1'));
    offset += 30 + name.length + data.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

const TOP = 'From: a@example.com\nTo: b@example.net\nSubject: x\nMIME-Version: 1.0\n';
export const TEXT_PART = 'Content-Type: text/plain\n\nHello\n';

export function evasion(name: string, text: string): Evasion {
  return { name, octets: Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1') };
}

/** A message with a head of its own, and that of every other. */
export function message(name: string, head: string, body: string): Evasion {
  return evasion(name, `${TOP}${head}\n${body}`);
}

/** A well-made multipart around parts, of which some may be badly made. */
export function mixed(name: string, ...parts: readonly string[]): Evasion {
  const body = parts.map((part) => `--bound\n${part}\n`).join('');
  return message(name, 'Content-Type: multipart/mixed; boundary="bound"\n', `${body}--bound--\n`);
}

export function part({ head, encoding, body }: Carrier): string {
  return `${head}Content-Transfer-Encoding: ${encoding}\n\n${body}`;
}

/** The octets of a program under a name that says nothing: found by its content or not at all. */
export const HIDDEN_CONTENT: Carrier = {
  head: 'Content-Type: application/octet-stream; name=photo.dat\nContent-Disposition: attachment; filename=photo.dat\n',
  encoding: 'base64',
  body: base64(PROGRAM),
};
