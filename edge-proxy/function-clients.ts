/**
 * A client for each function, so that each has connections of its own: a flood of logins, which cost their function the
 * most, waits for its own connections and never takes those by which relay decisions are asked and events are told.
 */
import type { FunctionClient } from './function-client.ts';

export class FunctionClients implements FunctionClient {
  readonly #newClient: () => FunctionClient;
  /** By name: as many as there are functions. */
  readonly #clients = new Map<string, FunctionClient>();

  constructor(newClient: () => FunctionClient) {
    this.#newClient = newClient;
  }

  async invoke(name: string, payload: string, timeoutMs: number): Promise<unknown> {
    const client = this.#clients.get(name) ?? this.#newClient();
    this.#clients.set(name, client);
    return await client.invoke(name, payload, timeoutMs);
  }
}
