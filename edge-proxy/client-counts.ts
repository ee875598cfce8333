/**
 * Counts of something by client, wherever connections, logins and a hop's places are shared out among clients.
 *
 * A client is its network: an IPv4 address, or the IPv6 /64 that a single customer has. Counted by address, one customer
 * would be as many clients as it likes.
 */
import { clientNetwork } from '../policy/client-network.ts';

/** What stands for a client: equal for all addresses of its network. */
export function clientKey(address: string): string {
  // An IPv4 address is its own network, and need not be read for it.
  return address.includes(':') ? clientNetwork(address) : address;
}

export class ClientCounts {
  readonly #counts = new Map<string, number>();

  of(address: string): number {
    return this.#counts.get(clientKey(address)) ?? 0;
  }

  add(address: string): void {
    const key = clientKey(address);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** Takes one back that was added; a client without any leaves nothing behind. */
  remove(address: string): void {
    const key = clientKey(address);
    const left = (this.#counts.get(key) ?? 0) - 1;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }
}
