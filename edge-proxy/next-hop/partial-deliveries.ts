/**
 * Remembers for which recipients which next hop has already taken which message, for the retry of a client that heard 4xx
 * because a later hop of the same transaction, or a later call to the same one, did not take it. Kept on the task, bounded: a retry that is not recognised is handed on
 * again, which is a duplicate and never a loss.
 */
import { createHash, type Hash } from 'node:crypto';
import { ExpiringCache } from '../expiring-cache.ts';

/** Seconds; clients retry within minutes (RFC 5321 section 4.5.4.1 advises 30 at least). */
const REMEMBERED_SECONDS = 3600;
/** Recipients; each costs some 200 octets. */
const CAPACITY = 50_000;

/** What makes a message at a hop the same one. */
export interface Delivery {
  readonly hop: string;
  readonly identity: string | undefined;
  readonly sender: string;
  /** The digest of the content as it came, without our Received field. */
  readonly digest: string;
}

export class PartialDeliveries {
  readonly #served = new ExpiringCache<true>(CAPACITY);
  readonly #now: () => number;

  /** @param now milliseconds of a clock that never jumps */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether anything is remembered: only then is a transaction with one hop worth a digest. */
  get isEmpty(): boolean {
    return this.#served.isEmpty(this.#now());
  }

  remember(delivery: Delivery, recipients: readonly string[]): void {
    for (const recipient of recipients) {
      this.#served.set(keyOf(delivery, recipient), true, REMEMBERED_SECONDS, this.#now());
    }
  }

  /** The message is where it should be: the same one sent again is a new one, not a retry. */
  forget(delivery: Delivery, recipients: readonly string[]): void {
    for (const recipient of recipients) this.#served.delete(keyOf(delivery, recipient));
  }

  has(delivery: Delivery, recipient: string): boolean {
    return this.#served.get(keyOf(delivery, recipient), this.#now()) === true;
  }
}

export function contentHash(): Hash {
  return createHash('sha256');
}

function keyOf({ hop, identity, sender, digest }: Delivery, recipient: string): string {
  return contentHash()
    .update(JSON.stringify([hop, identity ?? null, sender, recipient, digest]))
    .digest('base64');
}
