/**
 * Remembers which next hop has already taken which message, for the retry of a client that heard 4xx because a later
 * hop of the same transaction did not take it. Kept on the task, bounded: a retry that is not recognised is handed on
 * again, which is a duplicate and never a loss.
 */
import { createHash, type Hash } from 'node:crypto';
import { ExpiringCache } from '../expiring-cache.ts';

/** Seconds; clients retry within minutes (RFC 5321 section 4.5.4.1 advises 30 at least). */
const REMEMBERED_SECONDS = 3600;
const CAPACITY = 10_000;

/** What makes a delivery the same one. */
export interface Delivery {
  readonly hop: string;
  readonly identity: string | undefined;
  readonly sender: string;
  /** Of this hop, in any order. */
  readonly recipients: readonly string[];
  /** Of the content as it came, without our Received field. */
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

  remember(delivery: Delivery): void {
    this.#served.set(keyOf(delivery), true, REMEMBERED_SECONDS, this.#now());
  }

  /** The message is where it should be: the same one sent again is a new one, not a retry. */
  forget(delivery: Delivery): void {
    this.#served.delete(keyOf(delivery));
  }

  has(delivery: Delivery): boolean {
    return this.#served.get(keyOf(delivery), this.#now()) === true;
  }
}

export function contentHash(): Hash {
  return createHash('sha256');
}

function keyOf({ hop, identity, sender, recipients, digest }: Delivery): string {
  return contentHash()
    .update(JSON.stringify([hop, identity ?? null, sender, [...recipients].sort(), digest]))
    .digest('base64');
}
