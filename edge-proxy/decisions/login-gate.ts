/**
 * Lets each client have so many questions under way; its further ones wait, first come first served.
 *
 * A login costs its function a tenth of a second of work on purpose. One client with as many sessions as it may have
 * would fill the function with guesses, and everybody else's login would come too late.
 */
import { clientNetwork } from '../../policy/client-network.ts';

interface Visitors {
  underWay: number;
  readonly waiting: (() => void)[];
}

export class LoginGate {
  readonly #maxPerClient: number;
  readonly #clients = new Map<string, Visitors>();

  constructor(maxPerClient: number) {
    this.#maxPerClient = maxPerClient;
  }

  /** What `ask` comes to, asked now or in its turn; `address` is the client's. */
  async pass<T>(address: string, ask: () => Promise<T>): Promise<T> {
    const client = clientNetwork(address);
    const visitors = this.#clients.get(client) ?? { underWay: 0, waiting: [] };
    this.#clients.set(client, visitors);
    // Whoever leaves hands over its place, so that no one comes in between.
    if (visitors.underWay < this.#maxPerClient) visitors.underWay += 1;
    else await new Promise<void>((resolve) => visitors.waiting.push(resolve));
    try {
      return await ask();
    } finally {
      this.#leave(client, visitors);
    }
  }

  #leave(client: string, visitors: Visitors): void {
    const next = visitors.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    visitors.underWay -= 1;
    if (visitors.underWay === 0) this.#clients.delete(client);
  }
}
