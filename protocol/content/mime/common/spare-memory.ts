/**
 * Memory that scanners use one after another: a new buffer costs more than all that is done with it where messages are
 * small, and left to the garbage collector those of large ones have the whole heap collected.
 */
import { MAX_TEXT_OCTETS } from './limits.ts';

/** Octets of the memory that there is: most messages fit in the first. */
const SIZES: readonly number[] = [16_384, 65_536, MAX_TEXT_OCTETS];
/** Buffers of each size that wait for the next scanner. */
const MAX_SPARE = 16;

const SPARE: readonly Buffer[][] = SIZES.map(() => []);

/** Memory for so many octets, with whatever was in it. */
export function takeMemory(octets: number): Buffer {
  const size = SIZES.findIndex((each) => each >= octets);
  return SPARE[size]?.pop() ?? Buffer.allocUnsafeSlow(SIZES[size] ?? octets);
}

/** Takes back what `takeMemory` gave, once no one reads it. */
export function giveMemory(memory: Buffer): void {
  const spare = SPARE[SIZES.indexOf(memory.length)];
  if (spare !== undefined && spare.length < MAX_SPARE) spare.push(memory);
}

/** Memory for more octets, with those that were there; what was there is given back. */
export function growMemory(memory: Buffer, filled: number, octets: number): Buffer {
  if (octets <= memory.length) return memory;
  const grown = takeMemory(octets);
  memory.copy(grown, 0, 0, filled);
  giveMemory(memory);
  return grown;
}
