/** The next hop's side of one client connection: at most one transaction at a time. */
import type { NextHop } from '../policy/next-hop.ts';
import { nextHopName } from '../policy/next-hop.ts';
import { REPLIES, withText } from '../policy/reply.ts';
import type { HopAnswer, MailCommand } from '../protocol/hop-answer.ts';
import type { HopTimeouts, HopTransaction, NextHops } from './next-hop/next-hop.ts';

const OTHER_HOP: HopAnswer = {
  reply: withText(REPLIES.tooManyRecipients, 'Send this recipient in a transaction of its own'),
  isTaken: false,
  rule: 'next-hop',
};

export class Handover {
  readonly #nextHops: NextHops;
  readonly #onDrain: () => void;
  #transaction: HopTransaction | undefined;
  #hopName = '';
  #isBlocked = false;

  constructor(nextHops: NextHops, onDrain: () => void) {
    this.#nextHops = nextHops;
    this.#onDrain = onDrain;
  }

  /** Whether the hop is behind: the client must not be read until `onDrain`. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** All recipients of a transaction go to one hop; one for another is put off (452), and its sender comes again with it. */
  async offerRecipient(
    hop: NextHop,
    mail: MailCommand,
    forwardPath: string,
    timeouts: HopTimeouts,
  ): Promise<HopAnswer> {
    const name = nextHopName(hop);
    if (this.#transaction === undefined) {
      this.#isBlocked = false;
      this.#hopName = name;
      this.#transaction = this.#nextHops.begin(hop, { mail, timeouts, onDrain: () => this.#drained() });
    } else if (this.#hopName !== name) {
      return OTHER_HOP;
    }
    return this.#transaction.offerRecipient(forwardPath);
  }

  startContent(): Promise<HopAnswer> {
    return this.#open().startContent();
  }

  write(octets: Uint8Array): void {
    if (!this.#open().write(octets)) this.#isBlocked = true;
  }

  async finish(): Promise<HopAnswer> {
    const transaction = this.#open();
    this.#transaction = undefined;
    this.#isBlocked = false;
    return transaction.finish();
  }

  abandon(): void {
    this.#transaction?.abandon();
    this.#transaction = undefined;
    this.#isBlocked = false;
  }

  #open(): HopTransaction {
    if (this.#transaction === undefined) throw new TypeError('No transaction is open at a next hop');
    return this.#transaction;
  }

  #drained(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.#onDrain();
  }
}
