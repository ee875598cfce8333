/** Amazon SES as a next hop. */

import { MAX_OCTETS_IN_FLIGHT, OctetBudget } from '../../octet-budget.ts';
import type { HopTransaction, HopTransactionOptions } from '../next-hop.ts';
import type { SesClients } from './call.ts';
import { SesTransaction, type SesTransactionContext } from './transaction.ts';

export interface SesNextHopOptions extends SesClients {
  /** Where mail to `<postmaster>` without a domain goes, asked anew for each. */
  readonly postmasterDomain: () => string;
  /**
   * Octets of messages held at once, over all sessions; a message that has no room left is answered 452.
   *
   * @default MAX_OCTETS_IN_FLIGHT
   */
  readonly maxOctetsInFlight?: number;
}

export class SesNextHop {
  readonly #context: SesTransactionContext;
  readonly #budget: OctetBudget;

  constructor(options: SesNextHopOptions) {
    const { maxOctetsInFlight = MAX_OCTETS_IN_FLIGHT, ...context } = options;
    this.#budget = new OctetBudget(maxOctetsInFlight);
    this.#context = { ...context, budget: this.#budget };
  }

  begin(options: HopTransactionOptions): HopTransaction {
    return new SesTransaction(this.#context, options);
  }

  /** Of messages being received or sent now. */
  get octetsInFlight(): number {
    return this.#budget.octetsInFlight;
  }
}
