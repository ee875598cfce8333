/** What an egress rule lets out, as far as it can be told without asking AWS or DNS. */
import { parseAddress } from '../../../policy/client-network.ts';
import type { HopHost } from '../../../policy/next-hop.ts';
import type { EgressRule } from './egress-rule.ts';

/** Bits of a prefix; a wider network is no site of somebody's own. */
const WIDEST_SITE = { 4: 8, 6: 16 } as const;
const WIDTH = { 4: 32, 6: 128 } as const;

/**
 * Whether a rule can let a task out to a host of a hop.
 *
 * Who is in a security group or prefix list, and which address a name has, is not known here: then the port decides.
 */
export function letsOut({ to, port }: EgressRule, hop: HopHost): boolean {
  if (port !== hop.port) return false;
  const address = parseAddress(hop.host);
  if (to.kind !== 'network' || address === undefined) return true;
  const hostBits = BigInt(WIDTH[to.network.family] - to.network.prefix);
  return to.network.family === address.family && address.bits >> hostBits === to.network.bits >> hostBits;
}

/** Whether a rule opens a port to so much of the internet that it names no site. */
export function reachesAnywhere({ to, port }: EgressRule, wanted: number): boolean {
  return port === wanted && to.kind === 'network' && to.network.prefix < WIDEST_SITE[to.network.family];
}
