/** Counts standing connections, in all and per client address. */
import { REPLIES } from '../../policy/reply.ts';
import type { Settings } from '../../policy/settings.ts';
import type { SessionRefusal } from '../../protocol/session/admission.ts';

export class ConnectionLimits {
  readonly #perClient = new Map<string, number>();
  #total = 0;
  #reserved = 0;

  /** Standing connections, reserved places not counted. */
  get total(): number {
    return this.#total;
  }

  /** Why one more connection of `address` is too many; `undefined` when it is not. */
  refusal(address: string, settings: Settings): SessionRefusal | undefined {
    const { maxConnections, maxConnectionsPerClient } = settings;
    const reply = REPLIES.tooManyConnections;
    if (this.#total + this.#reserved >= maxConnections)
      return { reply, rule: 'settings#maxConnections', limit: maxConnections };
    if ((this.#perClient.get(address) ?? 0) < maxConnectionsPerClient) return undefined;
    return { reply, rule: 'settings#maxConnectionsPerClient', limit: maxConnectionsPerClient };
  }

  /**
   * Keeps a place in the total for a connection whose client is not known yet, until `release`.
   *
   * @returns false when there is none left; it is then judged like any other once its client is known
   */
  reserve({ maxConnections }: Settings): boolean {
    if (this.#total + this.#reserved >= maxConnections) return false;
    this.#reserved += 1;
    return true;
  }

  release(): void {
    this.#reserved -= 1;
  }

  add(address: string): void {
    this.#total += 1;
    this.#perClient.set(address, (this.#perClient.get(address) ?? 0) + 1);
  }

  remove(address: string): void {
    this.#total -= 1;
    const left = (this.#perClient.get(address) ?? 0) - 1;
    if (left > 0) this.#perClient.set(address, left);
    else this.#perClient.delete(address);
  }
}
