/**
 * Which addresses an issuer's documents may be fetched from: public ones. What answers on the machine itself, in its
 * network or in the metadata service's was never meant for those who may name a URL; on AWS Lambda's own API listens on
 * loopback.
 */
import { BlockList, isIP } from 'node:net';

/** IANA's special-purpose registries (RFC 6890 and its updates): all that is not globally reachable, and multicast. */
const NOT_PUBLIC_IPV4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3'],
];
/**
 * Only 2000::/3 is given out; in it, what leads to an IPv4 address (Teredo, 6to4) or nowhere. IPv4 addresses inside
 * others (mapped, NAT64) are not read: no name that the function looks up here has one.
 */
const NOT_PUBLIC_IPV6 = ['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

function listOf(networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}

const notPublic = { 4: listOf(NOT_PUBLIC_IPV4, 'ipv4'), 6: listOf(NOT_PUBLIC_IPV6, 'ipv6') };
const loopback = { 4: listOf(['127.0.0.0/8'], 'ipv4'), 6: listOf(['::1/128'], 'ipv6') };

function isIn(lists: Readonly<Record<4 | 6, BlockList>>, address: string): boolean {
  return isIP(address) === 4 ? lists[4].check(address, 'ipv4') : lists[6].check(address, 'ipv6');
}

/** Where a fetch may lead: to public addresses, or to the machine itself alone. */
export type Reach = 'public' | 'loopback';

export function isReachable(address: string, reach: Reach): boolean {
  if (isIP(address) === 0) return false;
  return reach === 'loopback' ? isIn(loopback, address) : !isIn(notPublic, address);
}
