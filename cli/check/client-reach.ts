/** Client networks that hold more clients than anybody means. */
import type { ClientAccess, Network } from '../../policy/client-network.ts';

/** Bits of a prefix; a wider network is no site of somebody's own. */
const WIDEST_SITE = { 4: 8, 6: 16 } as const;

/** What such an item does; `undefined` where it may be meant. */
export function reachOf({ family, prefix }: Network, access: ClientAccess): string | undefined {
  if (access === 'deny') return prefix === 0 ? `denies everybody on IPv${family}` : undefined;
  return prefix < WIDEST_SITE[family]
    ? 'lets so many networks relay without a login that the server is an open relay'
    : undefined;
}
