/** The message of one transaction on its way to SES: read, corrected to what SES takes, counted, and held to the limits. */
import { REPLIES, type Reply } from '../../../policy/reply.ts';
import { MAX_SES_MESSAGE_OCTETS } from '../../../protocol/hop/ses-recipient.ts';
import type { OctetBudget } from '../../octet-budget.ts';
import { DotUnstuffer } from './dot-unstuffer.ts';
import { OctetStore } from './octet-store.ts';
import { SES_REPLIES } from './replies.ts';

export class SesMessage {
  readonly #budget: OctetBudget;
  readonly #unstuffer = new DotUnstuffer();
  readonly #store = new OctetStore();
  #reservedOctets = 0;
  /** Octets of the whole message, those no longer held included. */
  #octets = 0;
  #refusal: Reply | undefined;

  constructor(budget: OctetBudget) {
    this.#budget = budget;
  }

  /** Why this message is not to be sent; over 40 MiB before over the budget, since it never goes through. */
  get refusal(): Reply | undefined {
    return this.#octets > MAX_SES_MESSAGE_OCTETS ? REPLIES.messageTooLarge : this.#refusal;
  }

  /** Takes dot-stuffed content; once there is a refusal it is counted and nothing of the message is held. */
  append(chunk: Uint8Array): void {
    const parts = this.#unstuffer.unstuff(chunk);
    const octets = parts.reduce((sum, part) => sum + part.length, 0);
    this.#octets += octets;
    if (this.refusal === undefined && !this.#budget.reserve(octets)) this.#refusal = SES_REPLIES.overBudget;
    if (this.refusal !== undefined) {
      this.discard();
      return;
    }
    this.#reservedOctets += octets;
    for (const part of parts) this.#store.append(part);
  }

  /** The octets for SES, once; they stay in the budget until `discard`. */
  take(): Uint8Array {
    return this.#store.take();
  }

  /** Lets the octets go and gives the budget back what this message had of it; again it does nothing. */
  discard(): void {
    this.#store.clear();
    const reserved = this.#reservedOctets;
    this.#reservedOctets = 0;
    this.#budget.release(reserved);
  }
}
