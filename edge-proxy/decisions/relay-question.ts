/** What is asked of `check-relay` for one group of recipients: those that no one else asks for, in one call. */
import type { CheckRelayDecision } from '../../policy/decision.ts';
import type { CheckRelayRequest } from '../../policy/request.ts';

/** Who asks. */
export type RelayAsker = Omit<CheckRelayRequest, 'recipient' | 'others'>;

interface Asked {
  readonly recipient: string;
  readonly resolve: (decision: CheckRelayDecision) => void;
  readonly reject: (error: unknown) => void;
}

export class RelayQuestion {
  readonly #call: (recipients: readonly string[]) => Promise<readonly CheckRelayDecision[]>;
  #asked: Asked[] = [];

  /** @param call gives one decision for each recipient, in their order */
  constructor(call: (recipients: readonly string[]) => Promise<readonly CheckRelayDecision[]>) {
    this.#call = call;
  }

  /** Those asked for in the same turn, and up to the next `send`, are one call. */
  ask(recipient: string): Promise<CheckRelayDecision> {
    if (this.#asked.length === 0) queueMicrotask(() => void this.send());
    return new Promise((resolve, reject) => void this.#asked.push({ recipient, resolve, reject }));
  }

  async send(): Promise<void> {
    const asked = this.#asked;
    if (asked.length === 0) return;
    this.#asked = [];
    try {
      const decisions = await this.#call(asked.map(({ recipient }) => recipient));
      for (const [index, { resolve, reject }] of asked.entries()) {
        const decision = decisions[index];
        if (decision === undefined) reject(new TypeError('A recipient was asked for, and not decided'));
        else resolve(decision);
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
