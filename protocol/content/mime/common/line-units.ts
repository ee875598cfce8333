/**
 * Cuts octets that arrive in any chunks into units of whole lines.
 *
 * Cuts depend on the octets alone and not on the chunks: units end with the last line feed of each 64 KiB of the stream.
 * So whatever reads them finds the same, however the network cut the message.
 */
import { MAX_LINE_OCTETS } from './limits.ts';
import { giveMemory, growMemory } from './spare-memory.ts';

const LF = 0x0a;
const DOT = 0x2e;
const LF_DOT = Buffer.from('\n.');
/** Dots of a chunk that are looked for one by one; where there are more, a loop over the octets is quicker. */
const FEW_DOTS = 64;
const BLOCK_OCTETS = MAX_LINE_OCTETS;
const NOTHING = Buffer.alloc(0);

export type UnitReader = (unit: Buffer) => void;

export class LineUnits {
  readonly #read: UnitReader;
  readonly #overlong: () => void;
  /** The block under way. */
  #block: Buffer = NOTHING;
  #filled = 0;
  /** The beginning of a line whose end is in a later block. */
  #tail = NOTHING;

  /**
   * @param read gets each unit; it is valid during the call only
   * @param overlong is called when a line has no end within the limit
   */
  constructor(read: UnitReader, overlong: () => void) {
    this.#read = read;
    this.#overlong = overlong;
  }

  receive(octets: Buffer): void {
    let at = 0;
    while (at < octets.length) {
      if (this.#filled === 0 && octets.length - at >= BLOCK_OCTETS) {
        this.#take(octets.subarray(at, at + BLOCK_OCTETS));
        at += BLOCK_OCTETS;
        continue;
      }
      const end = Math.min(octets.length, at + BLOCK_OCTETS - this.#filled);
      this.#append(octets, at, end);
      at = end;
      if (this.#filled === BLOCK_OCTETS) this.#takeBlock();
    }
  }

  /** The last line need not have an end. */
  end(): void {
    if (this.#filled > 0) this.#takeBlock();
    if (this.#tail.length > 0) this.#read(this.#tail);
    this.#tail = NOTHING;
    giveMemory(this.#block);
    this.#block = NOTHING;
  }

  #append(octets: Buffer, start: number, end: number): void {
    const needed = this.#filled + end - start;
    this.#block = growMemory(this.#block, this.#filled, needed);
    octets.copy(this.#block, this.#filled, start, end);
    this.#filled = needed;
  }

  #takeBlock(): void {
    const block = this.#filled === this.#block.length ? this.#block : this.#block.subarray(0, this.#filled);
    this.#filled = 0;
    this.#take(block);
  }

  #take(block: Buffer): void {
    let start = 0;
    if (this.#tail.length > 0) {
      const first = block.indexOf(LF);
      const end = first === -1 ? block.length : first + 1;
      const line = Buffer.concat([this.#tail, block.subarray(0, end)]);
      this.#tail = NOTHING;
      if (line.length > MAX_LINE_OCTETS + 2) this.#overlong();
      if (first === -1) {
        this.#tail = line;
        return;
      }
      this.#read(line);
      start = end;
    }
    const last = block.lastIndexOf(LF);
    if (last >= start) this.#read(start === 0 && last + 1 === block.length ? block : block.subarray(start, last + 1));
    const rest = Math.max(start, last + 1);
    if (rest < block.length) this.#tail = Buffer.from(block.subarray(rest));
  }
}

/** Takes the dots away that SMTP puts in front of a line's own (RFC 5321 section 4.5.2). */
export class DotRemover {
  #isLineStart = true;

  /** The octets without the dots: the same buffer where there are none. */
  remove(octets: Buffer): Buffer {
    const isFirst = this.#isLineStart && octets[0] === DOT;
    if (octets.length > 0) this.#isLineStart = octets[octets.length - 1] === LF;
    // One look tells that there are no encoded files.
    const found = octets.includes(DOT) ? octets.indexOf(LF_DOT) : -1;
    if (found === -1) return isFirst ? octets.subarray(1) : octets;
    return withoutDots(octets, isFirst ? 1 : 0, found);
  }
}

/** @param found where a line end is that a dot follows */
function withoutDots(octets: Buffer, start: number, found: number): Buffer {
  const kept = Buffer.allocUnsafe(octets.length);
  let filled = 0;
  let from = start;
  let at = found;
  for (let dots = 0; at !== -1 && dots < FEW_DOTS; dots += 1) {
    filled += octets.copy(kept, filled, from, at + 1);
    from = at + 2;
    at = octets.indexOf(LF_DOT, from);
  }
  if (at === -1) return kept.subarray(0, filled + octets.copy(kept, filled, from));
  for (let index = from; index < octets.length; index += 1) {
    const octet = octets[index] ?? 0;
    if (octet === DOT && octets[index - 1] === LF && index > from) continue;
    kept[filled] = octet;
    filled += 1;
  }
  return kept.subarray(0, filled);
}
