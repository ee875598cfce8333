/**
 * The PROXY protocol header, sans-IO: what a load balancer or proxy says of its client before the client's own octets.
 *
 * https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt, sections 2.1 (version 1, a line) and 2.2 (version 2,
 * binary). Whether a peer may say it at all is not known here: only the header of a trusted peer is ever read.
 *
 * What is told of the destination is checked and dropped: nothing here depends on it.
 */
import { canonicalIpAddress } from '../policy/client-network.ts';
import { type ParseResult, parsed, unparsed } from '../policy/result.ts';

/** Castagnoli's polynomial, bits reversed; RFC 3720 appendix B.4. */
const POLYNOMIAL = 0x82f6_3b78;
/** Octets, CR LF counted; section 2.1. */
export const MAX_V1_OCTETS = 107;
/**
 * Octets of a version 2 header in all. The protocol could say 65,551; addresses take 232 at most, and the rest is
 * for TLVs, of which names and certificate subjects are the longest.
 */
export const MAX_V2_OCTETS = 4096;

export interface ProxiedAddress {
  /** As the operating system writes it; an IPv4-mapped one as IPv4. */
  readonly address: string;
  readonly port: number;
}

export type ProxyHeader =
  /** Whole so far, and not all of it. */
  | { readonly kind: 'more' }
  /** The client, and the octets that the header takes. */
  | { readonly kind: 'proxied'; readonly client: ProxiedAddress; readonly octets: number }
  /** A header that names no client: the connection's own address holds (a health check of the proxy, most often). */
  | { readonly kind: 'local'; readonly octets: number }
  | { readonly kind: 'bad'; readonly problem: string };

const V1_START = Buffer.from('PROXY ', 'latin1');
const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Octets of a version 2 header up to its addresses. */
const V2_FIXED_OCTETS = 16;
const CR = 0x0d;
const LF = 0x0a;
const MORE: ProxyHeader = { kind: 'more' };

/**
 * Reads the header at the start of `octets`, all that came so far.
 *
 * What comes after the header changes nothing, and what was `bad` stays so. Of a header that is not yet whole at most
 * `MAX_V2_OCTETS` are asked for.
 */
export function readProxyHeader(octets: Buffer): ProxyHeader {
  if (octets.length === 0) return MORE;
  const isBinary = octets[0] === CR;
  const start = isBinary ? V2_SIGNATURE : V1_START;
  const seen = Math.min(octets.length, start.length);
  if (!octets.subarray(0, seen).equals(start.subarray(0, seen))) return bad('no PROXY protocol header');
  if (seen < start.length) return MORE;
  return isBinary ? readVersion2(octets) : readVersion1(octets);
}

function bad(problem: string): ProxyHeader {
  return { kind: 'bad', problem };
}

function readVersion1(octets: Buffer): ProxyHeader {
  const newline = octets.subarray(0, MAX_V1_OCTETS).indexOf(LF);
  if (newline === -1) return octets.length < MAX_V1_OCTETS ? MORE : bad(`no CR LF in ${MAX_V1_OCTETS} octets`);
  const line = octets.toString('latin1', V1_START.length, newline - 1);
  if (octets[newline - 1] !== CR || /[^\x20-\x7e]/.test(line)) return bad('control or 8-bit octet in the line');
  // What stands after UNKNOWN is to be ignored: the proxy does not know its client.
  if (/^UNKNOWN(?: |$)/.test(line)) return { kind: 'local', octets: newline + 1 };
  const client = parseLine(line);
  return client.ok ? { kind: 'proxied', client: client.value, octets: newline + 1 } : bad(client.problem);
}

/** `TCP4 192.0.2.1 198.51.100.1 56324 25`: five words, one blank between two. */
function parseLine(line: string): ParseResult<ProxiedAddress> {
  const [family, source = '', destination = '', sourcePort = '', destinationPort = '', ...rest] = line.split(' ');
  if (family !== 'TCP4' && family !== 'TCP6') return unparsed('neither TCP4, TCP6 nor UNKNOWN');
  if (rest.length > 0) return unparsed('more than four words behind the family');
  const version = family === 'TCP4' ? 4 : 6;
  const address = canonicalIpAddress(version, source);
  if (address === undefined || canonicalIpAddress(version, destination) === undefined) {
    return unparsed(`not an address of ${family}`);
  }
  if (!isPort(sourcePort) || !isPort(destinationPort)) return unparsed('not a port from 0 to 65535');
  return parsed({ address, port: Number(sourcePort) });
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

/** Version and command of section 2.2. */
const LOCAL = 0x20;
const PROXY = 0x21;
/** Family and protocol; all that are not here are unassigned, or datagrams, whose client cannot stand after a stream. */
const UNSPECIFIED = 0x00;
const TCP4 = 0x11;
const TCP6 = 0x21;
const LOCAL_STREAM = 0x31;
/** Both addresses, and their ports. */
const ADDRESS_OCTETS: ReadonlyMap<number, number> = new Map([
  [TCP4, 12],
  [TCP6, 36],
  [LOCAL_STREAM, 216],
]);

function readVersion2(octets: Buffer): ProxyHeader {
  const command = octets[12];
  if (command === undefined) return MORE;
  if (command !== LOCAL && command !== PROXY) return bad('neither LOCAL nor PROXY of version 2');
  if (octets.length < V2_FIXED_OCTETS) return MORE;
  const family = octets.readUInt8(13);
  const length = V2_FIXED_OCTETS + octets.readUInt16BE(14);
  if (length > MAX_V2_OCTETS) return bad(`more than ${MAX_V2_OCTETS} octets`);
  // With LOCAL not even the family counts; UNSPECIFIED says that the proxy does not know its client.
  const isLocal = command === LOCAL || family === UNSPECIFIED;
  const addressOctets = ADDRESS_OCTETS.get(family);
  if (!isLocal && addressOctets === undefined) return bad('not a family and protocol of a stream');
  if (octets.length < length) return MORE;
  if (isLocal || addressOctets === undefined) return { kind: 'local', octets: length };
  const header = octets.subarray(0, length);
  const problem = problemOfTlvs(header, V2_FIXED_OCTETS + addressOctets);
  if (problem !== undefined) return bad(problem);
  const client = sourceOf(header, family);
  return client === undefined ? { kind: 'local', octets: length } : { kind: 'proxied', client, octets: length };
}

/** `undefined` of a local stream, whose path is no one's address. */
function sourceOf(header: Buffer, family: number): ProxiedAddress | undefined {
  if (family === TCP4) return { address: header.subarray(16, 20).join('.'), port: header.readUInt16BE(24) };
  if (family !== TCP6) return undefined;
  const groups = Array.from({ length: 8 }, (_, group) => header.readUInt16BE(16 + 2 * group).toString(16));
  const address = canonicalIpAddress(6, groups.join(':'));
  return address === undefined ? undefined : { address, port: header.readUInt16BE(48) };
}

const TLV_CRC32C = 0x03;

/** TLVs must fill what the addresses leave, and a checksum must be right; all others are skipped. */
function problemOfTlvs(header: Buffer, start: number): string | undefined {
  if (start > header.length) return 'shorter than its addresses';
  let checksumAt: number | undefined;
  let at = start;
  while (at < header.length) {
    if (at + 3 > header.length) return 'TLV cut short';
    const type = header.readUInt8(at);
    const valueAt = at + 3;
    at = valueAt + header.readUInt16BE(at + 1);
    if (at > header.length) return 'TLV longer than the header';
    if (type !== TLV_CRC32C) continue;
    if (at !== valueAt + 4 || checksumAt !== undefined) return 'not one checksum of four octets';
    checksumAt = valueAt;
  }
  return checksumAt === undefined || hasChecksum(header, checksumAt) ? undefined : 'wrong checksum';
}

/** The checksum is that of the header with zeros in its own place. */
function hasChecksum(header: Buffer, at: number): boolean {
  const zeroed = Buffer.from(header);
  zeroed.fill(0, at, at + 4);
  return crc32c(zeroed) === header.readUInt32BE(at);
}

/**
 * CRC32C, the checksum of a version 2 header, as an unsigned number; that of `node:zlib` is another polynomial. A loop
 * over bits without a table: a header has at most some thousand octets, once a connection.
 */
export function crc32c(octets: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const octet of octets) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
  }
  return ~crc >>> 0;
}
