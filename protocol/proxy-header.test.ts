/** What is taken for a PROXY protocol header, and from which octet on it is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  inet,
  inet6,
  LOCAL,
  PROXY,
  TCP4,
  TCP6,
  tlv,
  V2_SIGNATURE,
  v1Header,
  v2Header,
  v2WithChecksum,
} from '../test/support/proxy-header.ts';
import { crc32c, MAX_V1_OCTETS, MAX_V2_OCTETS, type ProxyHeader, readProxyHeader } from './proxy-header.ts';

const NOTHING = Buffer.alloc(0);
/** A client that did not wait, a second header of each version, and octets of a handshake. */
const FOLLOWING = [
  Buffer.from('EHLO client.example\r\n'),
  v1Header('203.0.113.66', 666),
  v2Header(PROXY, TCP4, inet('203.0.113.66', 666)),
  Buffer.from('160301020001', 'hex'),
  Buffer.alloc(MAX_V2_OCTETS, '\r\n'),
];

function client(address: string, port: number) {
  return { kind: 'proxied', client: { address, port } };
}

/** Judges the header octet by octet, whole, and with each of `FOLLOWING` after it. */
function expectTaken(header: Buffer, expected: object): void {
  for (let octets = 0; octets < header.length; octets += 1) {
    expect(readProxyHeader(header.subarray(0, octets)), `${octets} octets`).toEqual({ kind: 'more' });
  }
  for (const following of [NOTHING, ...FOLLOWING]) {
    const read = readProxyHeader(Buffer.concat([header, following]));
    expect(read, following.toString('latin1', 0, 40)).toEqual({ ...expected, octets: header.length });
  }
}

/** Judges the octets as they come; what was bad must stay so, for the same reason, whatever follows. */
function expectBad(octets: Buffer, problem: string): void {
  let length = 0;
  while (readProxyHeader(octets.subarray(0, length)).kind === 'more' && length < octets.length) length += 1;
  for (; length < octets.length; length += 1) {
    expect(readProxyHeader(octets.subarray(0, length)), `${length} octets`).toEqual({ kind: 'bad', problem });
  }
  for (const following of [NOTHING, ...FOLLOWING]) {
    expect(readProxyHeader(Buffer.concat([octets, following]))).toEqual({ kind: 'bad', problem });
  }
}

describe('version 1', () => {
  it.each<[string, string, object]>([
    ['TCP over IPv4', 'TCP4 192.0.2.1 198.51.100.1 56324 25', client('192.0.2.1', 56_324)],
    ['the lowest numbers', 'TCP4 0.0.0.0 0.0.0.0 0 0', client('0.0.0.0', 0)],
    ['the highest numbers', 'TCP4 255.255.255.255 255.255.255.255 65535 65535', client('255.255.255.255', 65_535)],
    ['TCP over IPv6', 'TCP6 2001:db8::1 ::1 4711 25', client('2001:db8::1', 4711)],
    ['an IPv6 address that is written out', 'TCP6 2001:0DB8:0:0:0:0:0:1 :: 4711 25', client('2001:db8::1', 4711)],
    ['an IPv4-mapped address', 'TCP6 ::ffff:192.0.2.1 ::1 4711 25', client('192.0.2.1', 4711)],
    ['the same in hexadecimal', 'TCP6 ::FFFF:C000:201 ::1 4711 25', client('192.0.2.1', 4711)],
    [
      'the longest line with addresses',
      `TCP6 ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535`,
      client('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 65_535),
    ],
    ['an unknown client', 'UNKNOWN', { kind: 'local' }],
    ['an unknown client with addresses', 'UNKNOWN 192.0.2.1 198.51.100.1 56324 25', { kind: 'local' }],
    ['an unknown client with anything', 'UNKNOWN  of the moon', { kind: 'local' }],
    ['the longest line', `UNKNOWN ${'x'.repeat(MAX_V1_OCTETS - 'PROXY UNKNOWN \r\n'.length)}`, { kind: 'local' }],
  ])('takes %s', (_what, words, expected) => {
    expectTaken(Buffer.from(`PROXY ${words}\r\n`), expected);
  });

  const NO_HEADER = 'no PROXY protocol header';
  const FAMILY = 'neither TCP4, TCP6 nor UNKNOWN';
  const PORT = 'not a port from 0 to 65535';
  const OCTET = 'control or 8-bit octet in the line';
  const LONG = 'no CR LF in 107 octets';
  it.each<[string, string, string]>([
    ['a command', 'EHLO client.example\r\n', NO_HEADER],
    ['a handshake', '\x16\x03\x01\x02\x00', NO_HEADER],
    ['lower case', 'proxy TCP4 192.0.2.1 198.51.100.1 1 25\r\n', NO_HEADER],
    ['a blank before it', ' PROXY TCP4 192.0.2.1 198.51.100.1 1 25\r\n', NO_HEADER],
    ['no blank behind PROXY', 'PROXY\tTCP4 192.0.2.1 198.51.100.1 1 25\r\n', NO_HEADER],
    ['PROXY alone', 'PROXY\r\n', NO_HEADER],
    ['two blanks behind PROXY', 'PROXY  TCP4 192.0.2.1 198.51.100.1 1 25\r\n', FAMILY],
    ['nothing behind PROXY', 'PROXY \r\n', FAMILY],
    ['another family', 'PROXY UDP4 192.0.2.1 198.51.100.1 1 25\r\n', FAMILY],
    ['a family in lower case', 'PROXY tcp4 192.0.2.1 198.51.100.1 1 25\r\n', FAMILY],
    ['a word that begins with UNKNOWN', 'PROXY UNKNOWNS\r\n', FAMILY],
    ['IPv6 as TCP4', 'PROXY TCP4 2001:db8::1 198.51.100.1 1 25\r\n', 'not an address of TCP4'],
    ['IPv4 as TCP6', 'PROXY TCP6 192.0.2.1 2001:db8::1 1 25\r\n', 'not an address of TCP6'],
    ['a leading zero in an address', 'PROXY TCP4 192.0.2.01 198.51.100.1 1 25\r\n', 'not an address of TCP4'],
    ['an octet of an address above 255', 'PROXY TCP4 192.0.2.256 198.51.100.1 1 25\r\n', 'not an address of TCP4'],
    ['three octets of an address', 'PROXY TCP4 192.0.2 198.51.100.1 1 25\r\n', 'not an address of TCP4'],
    ['a name for an address', 'PROXY TCP4 localhost 198.51.100.1 1 25\r\n', 'not an address of TCP4'],
    ['no address', 'PROXY TCP4\r\n', 'not an address of TCP4'],
    ['a bad destination', 'PROXY TCP4 192.0.2.1 198.51.100.300 1 25\r\n', 'not an address of TCP4'],
    ['a zone', 'PROXY TCP6 fe80::1%eth0 ::1 1 25\r\n', 'not an address of TCP6'],
    ['brackets', 'PROXY TCP6 [::1] ::1 1 25\r\n', 'not an address of TCP6'],
    ['two double colons', 'PROXY TCP6 1::2::3 ::1 1 25\r\n', 'not an address of TCP6'],
    [
      'two blanks between words',
      'PROXY TCP4 192.0.2.1  198.51.100.1 1 25\r\n',
      'more than four words behind the family',
    ],
    ['a blank at the end', 'PROXY TCP4 192.0.2.1 198.51.100.1 1 25 \r\n', 'more than four words behind the family'],
    ['a word too many', 'PROXY TCP4 192.0.2.1 198.51.100.1 1 25 26\r\n', 'more than four words behind the family'],
    ['a port above 65535', 'PROXY TCP4 192.0.2.1 198.51.100.1 65536 25\r\n', PORT],
    ['a destination port above 65535', 'PROXY TCP4 192.0.2.1 198.51.100.1 1 65536\r\n', PORT],
    ['a leading zero in a port', 'PROXY TCP4 192.0.2.1 198.51.100.1 025 25\r\n', PORT],
    ['two zeros for a port', 'PROXY TCP4 192.0.2.1 198.51.100.1 00 25\r\n', PORT],
    ['a sign before a port', 'PROXY TCP4 192.0.2.1 198.51.100.1 +1 25\r\n', PORT],
    ['a hexadecimal port', 'PROXY TCP4 192.0.2.1 198.51.100.1 0x1 25\r\n', PORT],
    ['a missing port', 'PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n', PORT],
    ['a bare LF at its end', 'PROXY TCP4 192.0.2.1 198.51.100.1 1 25\n', OCTET],
    ['a bare LF inside', 'PROXY UNKNOWN\nEHLO x\r\n', OCTET],
    ['a bare CR inside', 'PROXY UNKNOWN x\rEHLO x\r\n', OCTET],
    ['NUL inside', 'PROXY UNKNOWN \0\r\n', OCTET],
    ['a tab inside', 'PROXY TCP4\t192.0.2.1 198.51.100.1 1 25\r\n', OCTET],
    ['an 8-bit octet inside', 'PROXY UNKNOWN \xa0\r\n', OCTET],
    ['an LF right behind its blank', 'PROXY \n', OCTET],
    ['UNKNOWN in the place of an address', 'PROXY TCP4 UNKNOWN 198.51.100.1 1 25\r\n', 'not an address of TCP4'],
    ['UNKNOWN in the place of a port', 'PROXY TCP4 192.0.2.1 198.51.100.1 1 UNKNOWN\r\n', PORT],
    ['107 octets without an end', `PROXY UNKNOWN ${'x'.repeat(93)}`, LONG],
    ['a line of 108 octets', `PROXY UNKNOWN ${'x'.repeat(92)}\r\n`, LONG],
    ['a line without an end', `PROXY UNKNOWN ${'x'.repeat(1000)}`, LONG],
  ])('refuses %s', (_what, text, problem) => {
    expectBad(Buffer.from(text, 'latin1'), problem);
  });
});

describe('version 2', () => {
  const IPV4 = inet('192.0.2.1', 56_324);
  const MANY_TLVS = Buffer.concat([
    tlv(0x01, 'h2'),
    tlv(0x02, 'mx.example.com'),
    tlv(0x04, ''),
    tlv(0x05, 'unique'),
    tlv(0x20, Buffer.from('0100000000210007544c5376312e33', 'hex')),
    tlv(0xea, '\x01vpce-0123456789abcdef0'),
  ]);
  const FILL = tlv(0x04, Buffer.alloc(MAX_V2_OCTETS - 16 - 12 - 3));
  /** 192.0.2.1:56324 with a checksum that another program worked out. */
  const FOREIGN = Buffer.from('0d0a0d0a000d0a515549540a21110013c0000201c6336401dc0400190300042c3936e2', 'hex');
  it.each<[string, Buffer, object]>([
    ['TCP over IPv4', v2Header(PROXY, TCP4, IPV4), client('192.0.2.1', 56_324)],
    [
      'TCP over IPv6',
      v2Header(PROXY, TCP6, inet6('20010db8000000000000000000000001', 4711)),
      client('2001:db8::1', 4711),
    ],
    [
      'an IPv4-mapped address',
      v2Header(PROXY, TCP6, inet6(`${'0'.repeat(20)}ffffc0000201`, 1)),
      client('192.0.2.1', 1),
    ],
    ['port 0', v2Header(PROXY, TCP4, inet('0.0.0.0', 0)), client('0.0.0.0', 0)],
    ['TLVs', v2Header(PROXY, TCP4, Buffer.concat([IPV4, MANY_TLVS])), client('192.0.2.1', 56_324)],
    ['an empty TLV', v2Header(PROXY, TCP4, Buffer.concat([IPV4, tlv(0x04, '')])), client('192.0.2.1', 56_324)],
    ['a checksum', v2WithChecksum(PROXY, TCP4, IPV4, NOTHING), client('192.0.2.1', 56_324)],
    ['a checksum among TLVs', v2WithChecksum(PROXY, TCP4, IPV4, MANY_TLVS), client('192.0.2.1', 56_324)],
    ['the checksum of another program', FOREIGN, client('192.0.2.1', 56_324)],
    ['the longest header', v2Header(PROXY, TCP4, Buffer.concat([IPV4, FILL])), client('192.0.2.1', 56_324)],
    ['LOCAL', v2Header(LOCAL, 0, NOTHING), { kind: 'local' }],
    ['LOCAL that names a client', v2Header(LOCAL, TCP4, IPV4), { kind: 'local' }],
    ['LOCAL of an unassigned family, with anything', v2Header(LOCAL, 0xff, Buffer.from('xyz')), { kind: 'local' }],
    ['no family', v2Header(PROXY, 0, NOTHING), { kind: 'local' }],
    ['no family, with anything', v2Header(PROXY, 0, Buffer.from('\x04\xff\xff', 'latin1')), { kind: 'local' }],
    ['a local stream', v2Header(PROXY, 0x31, Buffer.alloc(216, 'x')), { kind: 'local' }],
    [
      'a local stream with TLVs',
      v2Header(PROXY, 0x31, Buffer.concat([Buffer.alloc(216), MANY_TLVS])),
      { kind: 'local' },
    ],
  ])('takes %s', (_what, header, expected) => {
    expectTaken(header, expected);
  });

  const COMMAND = 'neither LOCAL nor PROXY of version 2';
  const FAMILY = 'not a family and protocol of a stream';
  it.each<[string, Buffer, string]>([
    ['a blank line and a command', Buffer.from('\r\nEHLO x\r\n'), 'no PROXY protocol header'],
    [
      'a signature that is wrong at its end',
      Buffer.concat([V2_SIGNATURE.subarray(0, 11), Buffer.from('\r')]),
      'no PROXY protocol header',
    ],
    ['version 1 in binary', v2Header(0x11, TCP4, IPV4), COMMAND],
    ['version 3', v2Header(0x31, TCP4, IPV4), COMMAND],
    ['an unassigned command', v2Header(0x22, TCP4, IPV4), COMMAND],
    ['UDP over IPv4', v2Header(PROXY, 0x12, IPV4), FAMILY],
    ['UDP over IPv6', v2Header(PROXY, 0x22, inet6('0'.repeat(32), 1)), FAMILY],
    ['local datagrams', v2Header(PROXY, 0x32, Buffer.alloc(216)), FAMILY],
    ['IPv4 without a protocol', v2Header(PROXY, 0x10, IPV4), FAMILY],
    ['a stream without a family', v2Header(PROXY, 0x01, IPV4), FAMILY],
    ['an unassigned family', v2Header(PROXY, 0x41, IPV4), FAMILY],
    ['an unassigned protocol', v2Header(PROXY, 0x13, IPV4), FAMILY],
    ['a length below its addresses', v2Header(PROXY, TCP4, IPV4.subarray(0, 11)), 'shorter than its addresses'],
    ['no addresses', v2Header(PROXY, TCP4, NOTHING), 'shorter than its addresses'],
    ['IPv4 addresses as IPv6', v2Header(PROXY, TCP6, IPV4), 'shorter than its addresses'],
    ['a local stream with short paths', v2Header(PROXY, 0x31, Buffer.alloc(215)), 'shorter than its addresses'],
    [
      'a length above the bound',
      v2Header(PROXY, TCP4, Buffer.concat([IPV4, FILL, Buffer.alloc(1)])),
      'more than 4096 octets',
    ],
    ['the greatest length', v2Header(PROXY, TCP4, IPV4, 65_535), 'more than 4096 octets'],
    ['the greatest length of LOCAL', v2Header(LOCAL, 0, NOTHING, 65_535), 'more than 4096 octets'],
    ['one octet behind the addresses', v2Header(PROXY, TCP4, Buffer.concat([IPV4, Buffer.alloc(1)])), 'TLV cut short'],
    [
      'two octets behind a TLV',
      v2Header(PROXY, TCP4, Buffer.concat([IPV4, tlv(4, 'x'), Buffer.alloc(2)])),
      'TLV cut short',
    ],
    [
      'a TLV that ends behind the header',
      v2Header(PROXY, TCP4, Buffer.concat([IPV4, tlv(4, 'xy').subarray(0, -1)])),
      'TLV longer than the header',
    ],
    ['a wrong checksum', v2WithChecksum(PROXY, TCP4, IPV4, MANY_TLVS, 1), 'wrong checksum'],
    ['a wrong checksum, first bit', v2WithChecksum(PROXY, TCP4, IPV4, NOTHING, 0x8000_0000), 'wrong checksum'],
    [
      'a checksum of three octets',
      v2Header(PROXY, TCP4, Buffer.concat([IPV4, tlv(3, 'abc')])),
      'not one checksum of four octets',
    ],
    ['a second checksum', v2WithChecksum(PROXY, TCP4, IPV4, tlv(3, '\0\0\0\0')), 'not one checksum of four octets'],
  ])('refuses %s', (_what, octets, problem) => {
    expectBad(octets, problem);
  });

  it('refuses a checksum when any octet before it was changed', () => {
    const good = v2WithChecksum(PROXY, TCP4, IPV4, MANY_TLVS);

    for (let at = 16; at < 28; at += 1) {
      const changed = Buffer.from(good);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      expect(readProxyHeader(changed), `octet ${at}`).toEqual({ kind: 'bad', problem: 'wrong checksum' });
    }
  });
});

/** Octets near to a header: good ones cut, changed and followed, and noise after each beginning. */
const headers = fc.oneof(
  fc.tuple(fc.ipV4(), fc.nat(65_535)).map(([address, port]) => v1Header(address, port)),
  fc.tuple(fc.ipV6(), fc.nat(65_535)).map(([address, port]) => v1Header(address, port)),
  fc
    .tuple(fc.constantFrom(PROXY, LOCAL), fc.constantFrom(0, TCP4, TCP6, 0x31), fc.uint8Array({ maxLength: 300 }))
    .map(([command, family, block]) => v2Header(command, family, Buffer.from(block))),
  fc.ipV4().map((address) => v2WithChecksum(PROXY, TCP4, inet(address, 25), tlv(4, 'x'))),
);
const noise = fc.uint8Array({ maxLength: 200 }).map((octets) => Buffer.from(octets));
const nearHeaders = fc
  .tuple(headers, fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 2 }), noise)
  .map(([header, changes, following]) => {
    const changed = Buffer.from(header);
    for (const [at, octet] of changes) if (at < changed.length) changed[at] = octet;
    return Buffer.concat([changed, following]);
  });
const starts = fc.constantFrom(NOTHING, Buffer.from('PROXY '), Buffer.from('PROXY TCP4 '), V2_SIGNATURE);
const octetsOfAnyKind = fc.oneof(
  nearHeaders,
  fc.tuple(starts, noise).map((parts) => Buffer.concat(parts)),
);

describe('any octets', () => {
  it('are judged the same whole and piece by piece, within the bound', () => {
    fc.assert(
      fc.property(octetsOfAnyKind, (octets) => {
        const whole = readProxyHeader(octets);
        const bound = octets[0] === 0x0d ? MAX_V2_OCTETS : MAX_V1_OCTETS;
        let first: ProxyHeader = { kind: 'more' };
        let seen = 0;
        for (; first.kind === 'more' && seen <= octets.length; seen += 1)
          first = readProxyHeader(octets.subarray(0, seen));

        expect(first).toEqual(whole);
        if (whole.kind === 'more') expect(octets.length).toBeLessThan(bound);
        else expect(seen - 1).toBeLessThanOrEqual(bound);
        if ('octets' in whole) expect(whole.octets).toBe(seen - 1);
      }),
      { numRuns: 2000 },
    );
  });

  it('name the client that was written, in one spelling', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(65_535), (address, port) => {
        const read = readProxyHeader(v1Header(address, port));
        const again = read.kind === 'proxied' ? readProxyHeader(v1Header(read.client.address, port)) : read;

        expect(read).toMatchObject({ kind: 'proxied', client: { port } });
        expect(again).toMatchObject({ client: read.kind === 'proxied' ? read.client : {} });
      }),
      { numRuns: 1000 },
    );
  });
});

describe('crc32c', () => {
  // The examples of RFC 3720 appendix B.4, and the check value that catalogues of checksums give.
  it.each<[string, Uint8Array, number]>([
    ['32 octets of zero', new Uint8Array(32), 0x8a91_36aa],
    ['32 octets of ones', new Uint8Array(32).fill(0xff), 0x62a8_ab43],
    ['32 octets that rise', Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd_794e],
    ['32 octets that fall', Uint8Array.from({ length: 32 }, (_, at) => 31 - at), 0x113f_db5c],
    ['the digits 1 to 9', Buffer.from('123456789'), 0xe306_9283],
    ['nothing', new Uint8Array(0), 0],
  ])('of %s', (_what, octets, expected) => {
    expect(crc32c(octets)).toBe(expected);
  });
});
