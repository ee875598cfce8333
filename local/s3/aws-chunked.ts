/**
 * The framing in which the SDK streams a body whose checksum it does not know yet (`content-encoding: aws-chunked`):
 * chunks of `HEX[;chunk-signature=…] CR LF octets CR LF`, one of length 0, then trailing fields. What is stored is what
 * was framed and nothing else; a store that keeps the frames gives back a message that no one sent.
 */
import { crc32 } from 'node:zlib';

export interface Unframed {
  readonly octets: Buffer;
  /** Fields after the last chunk, names in lower case. */
  readonly trailer: Readonly<Record<string, string>>;
}

/** @throws Error when the framing is broken, or its length is not the one that was promised */
export function unframe(body: Buffer, promisedOctets?: number): Unframed {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf('\r\n', at);
    const [hex = ''] = body.toString('latin1', at, end === -1 ? at : end).split(';');
    if (!/^[0-9a-f]{1,8}$/i.test(hex)) throw new Error('a chunk has no length');
    const length = Number.parseInt(hex, 16);
    at = end + 2;
    if (length === 0) break;
    if (body.toString('latin1', at + length, at + length + 2) !== '\r\n')
      throw new Error('a chunk is not as long as it says');
    pieces.push(body.subarray(at, at + length));
    at += length + 2;
  }
  const octets = Buffer.concat(pieces);
  if (promisedOctets !== undefined && octets.length !== promisedOctets)
    throw new Error('the body is not as long as promised');
  return { octets, trailer: trailerOf(body.toString('latin1', at)) };
}

function trailerOf(text: string): Readonly<Record<string, string>> {
  const fields = text.split('\r\n').map((line) => /^([^:]+):(.*)$/.exec(line));
  return Object.fromEntries(
    fields.flatMap((field) => (field === null ? [] : [[field[1]?.toLowerCase(), field[2]?.trim()]])),
  );
}

/** CRC-32 as S3 writes it: base64 of four octets, the highest first. */
export function crc32Base64(octets: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(octets));
  return sum.toString('base64');
}
