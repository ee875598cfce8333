/** Counts standing connections, in all and per client network. */
import { REPLIES } from '../../policy/reply.ts';
import type { Settings } from '../../policy/settings.ts';
import type { SessionRefusal } from '../../protocol/session/admission.ts';
import { ClientCounts } from '../client-counts.ts';

export class ConnectionLimits {
  readonly #perClient = new ClientCounts();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** Why one more connection of `address` is too many; `undefined` when it is not. */
  refusal(address: string, settings: Settings): SessionRefusal | undefined {
    const { maxConnections, maxConnectionsPerClient } = settings;
    const reply = REPLIES.tooManyConnections;
    if (this.#total >= maxConnections) return { reply, rule: 'settings#maxConnections', limit: maxConnections };
    if (this.#perClient.of(address) < maxConnectionsPerClient) return undefined;
    return { reply, rule: 'settings#maxConnectionsPerClient', limit: maxConnectionsPerClient };
  }

  add(address: string): void {
    this.#total += 1;
    this.#perClient.add(address);
  }

  remove(address: string): void {
    this.#total -= 1;
    this.#perClient.remove(address);
  }
}
