/** Client networks (`client#203.0.113.0/24`) and which of them holds an address. */
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { type ParseResult, parsed, unparsed } from './result.ts';

export const CLIENT_ACCESS = ['deny', 'relay'] as const;
export type ClientAccess = (typeof CLIENT_ACCESS)[number];

export interface Network {
  readonly family: 4 | 6;
  /** The network's address as one number; host bits are zero. */
  readonly bits: bigint;
  readonly prefix: number;
}

export interface ClientRule {
  readonly network: Network;
  readonly access: ClientAccess;
  /** The item's key, `client#203.0.113.0/24`. */
  readonly rule: string;
}

const IPV4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const WIDTH = { 4: 32, 6: 128 } as const;

/** An IPv4 address for its IPv4-mapped form (RFC 4291 section 2.5.5.2), any other unchanged. */
export function plainAddress(address: string): string {
  return IPV4_MAPPED.exec(address)?.[1] ?? address;
}

function ipv4Bits(address: string): bigint {
  return address.split('.').reduce((bits, octet) => (bits << 8n) | BigInt(octet), 0n);
}

function ipv6Bits(address: string): bigint {
  if (address.includes('.')) {
    const dotted = address.lastIndexOf(':') + 1;
    const low = ipv4Bits(address.slice(dotted));
    return ipv6Bits(`${address.slice(0, dotted)}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`);
  }
  const [head, tail] = address.split('::');
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : []);
  const left = groups(head);
  const right = groups(tail);
  const all = [...left, ...new Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

/** An IP address as family and number; IPv4-mapped ones as IPv4, a zone (`%eth0`) dropped; `undefined` for other text. */
export function parseAddress(text: string): { readonly family: 4 | 6; readonly bits: bigint } | undefined {
  const address = plainAddress(text.replace(/%.*/s, ''));
  if (isIPv4(address)) return { family: 4, bits: ipv4Bits(address) };
  if (!isIPv6(address)) return undefined;
  const bits = ipv6Bits(address);
  // The same mapped address in hexadecimal, ::ffff:cb00:7101.
  return bits >> 32n === 0xffffn ? { family: 4, bits: bits & 0xffff_ffffn } : { family: 6, bits };
}

/**
 * The one of many spellings of an IPv6 address that the operating system has, by which addresses are counted and compared;
 * IPv4-mapped ones as IPv4. `undefined` for text that is no address of the family, one with a zone included.
 */
export function canonicalIpAddress(family: 4 | 6, text: string): string | undefined {
  if (family === 4) return isIPv4(text) ? text : undefined;
  if (!isIPv6(text) || text.includes('%')) return undefined;
  return plainAddress(new SocketAddress({ address: text, family: 'ipv6' }).address);
}

/** Reads CIDR notation (RFC 4632 section 3.1); a lone address is a network of one. */
export function parseNetwork(text: string): ParseResult<Network> {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const address = parseAddress(addressText);
  if (address === undefined || rest.length > 0) {
    return unparsed(`"${text}" is not an IP network: write 203.0.113.0/24 or 2001:db8::/32`);
  }
  const width = WIDTH[address.family];
  // A mapped network's prefix counts from the start of the IPv6 form.
  const shift = address.family === 4 && addressText.includes(':') ? 96 : 0;
  const prefix = prefixText === undefined ? width : Number(prefixText) - shift;
  if (prefixText !== undefined && (!/^\d{1,3}$/.test(prefixText) || prefix < 0 || prefix > width)) {
    return unparsed(`"${text}" has prefix ${prefixText} where ${shift} to ${width + shift} are allowed`);
  }
  const hostBits = BigInt(width - prefix);
  const network = { family: address.family, bits: (address.bits >> hostBits) << hostBits, prefix };
  if (network.bits !== address.bits) {
    return unparsed(`"${text}" is an address in a network: did you mean ${networkText(network)}?`);
  }
  return parsed(network);
}

/** A network in the one form that all its spellings share; of IPv6 that of RFC 5952, as Node writes it. */
export function networkText({ family, bits, prefix }: Network): string {
  const width = family === 4 ? 8n : 16n;
  const parts = family === 4 ? 4 : 8;
  const numbers = Array.from({ length: parts }, (_, index) => {
    return (bits >> (width * BigInt(parts - 1 - index))) & ((1n << width) - 1n);
  });
  const address =
    family === 4
      ? numbers.join('.')
      : new SocketAddress({ address: numbers.map((group) => group.toString(16)).join(':'), family: 'ipv6' }).address;
  return `${address}/${prefix}`;
}

function holds({ family, bits, prefix }: Network, client: { readonly family: 4 | 6; readonly bits: bigint }): boolean {
  const hostBits = BigInt(WIDTH[family] - prefix);
  return family === client.family && client.bits >> hostBits === bits >> hostBits;
}

/** Whether one of the networks holds `address`; false when it is not an IP address. */
export function isInNetworks(networks: readonly Network[], address: string): boolean {
  if (networks.length === 0) return false;
  const client = parseAddress(address);
  return client !== undefined && networks.some((network) => holds(network, client));
}

/**
 * The rule for a client: the most specific network that holds its address; on a tie `deny`.
 * `undefined` when none does, or when `address` is not an IP address.
 */
export function clientRule(rules: readonly ClientRule[], address: string): ClientRule | undefined {
  if (rules.length === 0) return undefined;
  const client = parseAddress(address);
  if (client === undefined) return undefined;
  let best: ClientRule | undefined;
  for (const rule of rules) {
    if (!holds(rule.network, client)) continue;
    const { prefix } = rule.network;
    const isTie = prefix === best?.network.prefix;
    if (best === undefined || prefix > best.network.prefix || (isTie && rule.access === 'deny')) best = rule;
  }
  return best;
}

/**
 * The network that stands for one client where guesses are counted: an IPv4 address itself, `203.0.113.7/32`; of an
 * IPv6 one the `/64` that a single customer has, `2001:db8:1:2::/64`. Text that is no address stands for itself.
 */
export function clientNetwork(address: string): string {
  // Has but one spelling. Fast path: 4 µs a message (bench w4); equal by client-network.test.ts.
  if (isIPv4(address)) return `${address}/32`;
  const client = parseAddress(address);
  if (client === undefined) return address;
  if (client.family === 4) return networkText({ ...client, prefix: 32 });
  const groups = [112n, 96n, 80n, 64n].map((shift) => ((client.bits >> shift) & 0xffffn).toString(16));
  // The host's four groups are zero, so that the longest run of zeros, which `::` stands for (RFC 5952 section 4.2), is
  // always the last.
  while (groups.at(-1) === '0') groups.pop();
  return `${groups.join(':')}::/64`;
}
