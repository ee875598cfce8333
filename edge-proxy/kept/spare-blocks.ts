/**
 * Memory of kept content, used again by the next message.
 *
 * Memory that comes and goes counts for V8 as growth: with messages of 10 MiB the whole heap was collected twice a second,
 * a fifth of all processor time (bench w11.3).
 */

/** Octets of a block. */
export const BLOCK_OCTETS = 65_536;
/** Blocks that are left while no message is kept: one of the largest that memory takes. */
const MAX_IDLE_BLOCKS = 256;

export class SpareBlocks {
  #spare: Buffer[] = [];

  get count(): number {
    return this.#spare.length;
  }

  /** A block with whatever was in it. */
  take(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_OCTETS);
  }

  /** Takes blocks back that no one reads any more, the operating system neither. */
  giveBack(blocks: readonly Buffer[]): void {
    for (const block of blocks) this.#spare.push(block);
  }

  /** Frees what a burst of large messages has left, to be asked when no message is kept. */
  rest(): void {
    for (const { buffer } of this.#spare.splice(MAX_IDLE_BLOCKS)) if (buffer instanceof ArrayBuffer) buffer.transfer(0);
  }
}
