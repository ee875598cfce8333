/** Octets of messages that are held in memory at once, over all sessions. */

/**
 * Octets, default. The SDK makes a base64 text, a request body and that body's octets of each message: at the peak a
 * message costs 3 times its size by API v2 and 5 to 7 times by v1 (measured, Node 24), so that 64 MiB in flight are
 * at most about 450 MiB of a task's memory.
 */
export const MAX_OCTETS_IN_FLIGHT = 67_108_864;

/** What a process may use. */
export interface MemoryLimits {
  /** V8's limit of the heap, in octets: API v1's form of a message is in it, up to twice its size. */
  readonly heapOctets: number;
  /** Memory of the machine or, where that is less, of the container. */
  readonly memoryOctets: number;
}

/**
 * Octets in flight that a process has room for. A heap of `--max-old-space-size=96` broke under 64 MiB, one of 128 did
 * not (measured, Node 24, where V8's limit is 192 MiB above that flag): a twelfth of the limit is on the safe side.
 */
export function octetsInFlightWithin({ heapOctets, memoryOctets }: MemoryLimits): number {
  return Math.floor(Math.min(MAX_OCTETS_IN_FLIGHT, heapOctets / 12, memoryOctets / 10));
}

export class OctetBudget {
  readonly capacityOctets: number;
  #octetsInFlight = 0;

  constructor(capacityOctets: number) {
    this.capacityOctets = capacityOctets;
  }

  get octetsInFlight(): number {
    return this.#octetsInFlight;
  }

  /** Whether there was room; when not, nothing is reserved. */
  reserve(octets: number): boolean {
    if (this.#octetsInFlight + octets > this.capacityOctets) return false;
    this.#octetsInFlight += octets;
    return true;
  }

  /** Throws `RangeError` when more is given back than was reserved: somebody gave back twice. */
  release(octets: number): void {
    if (octets > this.#octetsInFlight) {
      throw new RangeError(`Released ${octets} octets of ${this.#octetsInFlight} in flight`);
    }
    this.#octetsInFlight -= octets;
  }
}
