/** PROXY protocol headers as proxies write them, and as they should not. */
import { crc32c } from '../../protocol/proxy-header.ts';

export const V2_SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
export const PROXY = 0x21;
export const LOCAL = 0x20;
export const TCP4 = 0x11;
export const TCP6 = 0x21;

/** Version 1, without its CR LF. */
export function v1Line(source: string, port: number): string {
  return `PROXY ${source.includes(':') ? 'TCP6 ' : 'TCP4 '}${source} ${source.includes(':') ? '::1' : '198.51.100.1'} ${port} 25`;
}

export function v1Header(source: string, port: number): Buffer {
  return Buffer.from(`${v1Line(source, port)}\r\n`, 'latin1');
}

/** Version 2 round `block`: addresses and TLVs. */
export function v2Header(command: number, family: number, block: Buffer, length = block.length): Buffer {
  return Buffer.concat([V2_SIGNATURE, Buffer.from([command, family, length >> 8, length & 0xff]), block]);
}

/** Addresses and ports of TCP over IPv4; the destination is 198.51.100.1:25. */
export function inet(source: string, port: number): Buffer {
  const octets = source.split('.').map(Number);
  return Buffer.from([...octets, 198, 51, 100, 1, port >> 8, port & 0xff, 0, 25]);
}

/** Addresses and ports of TCP over IPv6, the source as 32 hexadecimal digits; the destination is [::1]:25. */
export function inet6(source: string, port: number): Buffer {
  return Buffer.concat([
    Buffer.from(source, 'hex'),
    Buffer.from(`${'0'.repeat(31)}1`, 'hex'),
    Buffer.from([port >> 8, port & 0xff, 0, 25]),
  ]);
}

export function tlv(type: number, value: string | Buffer): Buffer {
  const octets = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  return Buffer.concat([Buffer.from([type, octets.length >> 8, octets.length & 0xff]), octets]);
}

/** `tlvs` with a checksum before them that is right, or off by `error`. */
export function v2WithChecksum(command: number, family: number, addresses: Buffer, tlvs: Buffer, error = 0): Buffer {
  const header = v2Header(command, family, Buffer.concat([addresses, tlv(3, '\0\0\0\0'), tlvs]));
  header.writeUInt32BE((crc32c(header) ^ error) >>> 0, 16 + addresses.length + 3);
  return header;
}

/** Headers of the client 192.0.2.1:4711, in each version. */
export const V1 = v1Header('192.0.2.1', 4711);
export const V2 = v2Header(PROXY, TCP4, inet('192.0.2.1', 4711));
export const HEADERS: [string, Buffer][] = [
  ['version 1', V1],
  ['version 2', V2],
  [
    'version 2 with TLVs and checksum',
    v2WithChecksum(PROXY, TCP4, inet('192.0.2.1', 4711), tlv(0x02, 'mx.example.com')),
  ],
];
