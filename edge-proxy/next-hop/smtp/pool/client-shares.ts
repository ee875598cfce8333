/**
 * How many connections to a hop each client has, and how many it may.
 *
 * A transaction that its client holds open holds a connection too: without a bound one client, with as many sessions
 * as it may have, would keep all of them from everybody else.
 */
import { ClientCounts } from '../../../client-counts.ts';

export class ClientShares {
  readonly #counts = new ClientCounts();
  readonly #maxPerClient: () => number;

  constructor(maxPerClient: () => number) {
    this.#maxPerClient = maxPerClient;
  }

  /** Always, for no one in particular. */
  hasRoom(client: string | undefined): boolean {
    return client === undefined || this.#counts.of(client) < this.#maxPerClient();
  }

  take(client: string | undefined): void {
    if (client !== undefined) this.#counts.add(client);
  }

  giveBack(client: string | undefined): void {
    if (client !== undefined) this.#counts.remove(client);
  }
}
