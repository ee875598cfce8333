/**
 * How many connections to a hop each client has, and how many it may.
 *
 * A transaction that its client holds open holds a connection too: without a bound one client, with as many sessions
 * as it may have, would keep all of them from everybody else.
 */
export class ClientShares {
  readonly #counts = new Map<string, number>();
  readonly #maxPerClient: () => number;

  constructor(maxPerClient: () => number) {
    this.#maxPerClient = maxPerClient;
  }

  /** Always, for nobody in particular. */
  hasRoom(client: string | undefined): boolean {
    return client === undefined || (this.#counts.get(client) ?? 0) < this.#maxPerClient();
  }

  take(client: string | undefined): void {
    if (client !== undefined) this.#counts.set(client, (this.#counts.get(client) ?? 0) + 1);
  }

  giveBack(client: string | undefined): void {
    if (client === undefined) return;
    const left = (this.#counts.get(client) ?? 0) - 1;
    if (left > 0) this.#counts.set(client, left);
    else this.#counts.delete(client);
  }
}
