/** Holds a message while it grows. */

/** Octets of the first block; the next are each as large as all before, up to the largest. */
const FIRST_BLOCK_OCTETS = 4096;
const LARGEST_BLOCK_OCTETS = 1_048_576;

/**
 * Copies octets into blocks of its own: a chunk that is kept as it is would keep the whole read buffer that it is a
 * view of, and a slow client's chunks are a few octets each.
 */
export class OctetStore {
  #blocks: Buffer[] = [];
  /** Octets used of the last block. */
  #used = 0;
  #octets = 0;

  get octets(): number {
    return this.#octets;
  }

  append(part: Uint8Array): void {
    let rest = part;
    while (rest.length > 0) {
      const block = this.#blockWithRoom();
      const fitting = Math.min(rest.length, block.length - this.#used);
      block.set(rest.subarray(0, fitting), this.#used);
      this.#used += fitting;
      this.#octets += fitting;
      rest = rest.subarray(fitting);
    }
  }

  /** All octets in one piece; the store is empty afterwards, and each block is let go once it is copied. */
  take(): Buffer {
    const octets = this.#octets;
    const lastUsed = this.#used;
    const blocks = this.#blocks.reverse();
    this.clear();
    const only = blocks.length === 1 ? blocks[0] : undefined;
    if (only !== undefined) return only.subarray(0, octets);
    const whole = Buffer.allocUnsafeSlow(octets);
    let at = 0;
    for (let block = blocks.pop(); block !== undefined; block = blocks.pop()) {
      at += block.copy(whole, at, 0, blocks.length === 0 ? lastUsed : block.length);
    }
    return whole;
  }

  clear(): void {
    this.#blocks = [];
    this.#used = 0;
    this.#octets = 0;
  }

  #blockWithRoom(): Buffer {
    const last = this.#blocks.at(-1);
    if (last !== undefined && this.#used < last.length) return last;
    const size = Math.min(Math.max(this.#octets, FIRST_BLOCK_OCTETS), LARGEST_BLOCK_OCTETS);
    const block = Buffer.allocUnsafeSlow(size);
    this.#blocks.push(block);
    this.#used = 0;
    return block;
  }
}
