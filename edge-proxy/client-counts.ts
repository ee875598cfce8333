/**
 * Counts of something by client, wherever connections, logins and a hop's places are shared out among clients.
 *
 * A client is its network: an IPv4 address, or the IPv6 /64 that a single customer has. Counted by address, one customer
 * would be as many clients as it likes.
 */
import { clientNetwork } from '../policy/client-network.ts';

export class ClientCounts {
  readonly #counts = new Map<string, number>();

  of(address: string): number {
    return this.#counts.get(clientNetwork(address)) ?? 0;
  }

  add(address: string): void {
    const key = clientNetwork(address);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** Takes one back that was added; a client without any leaves nothing behind. */
  remove(address: string): void {
    const key = clientNetwork(address);
    const left = (this.#counts.get(key) ?? 0) - 1;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }
}
