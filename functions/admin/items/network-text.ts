/** Networks as text, in one form: `203.0.113.0/24`, `2001:db8::/32`. */
import { SocketAddress } from 'node:net';
import type { Network } from '../../../policy/client-network.ts';

/** RFC 5952 has one form for an IPv6 address; Node's own formatter writes it. */
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
