/** Cuts octets into the segments in which they arrive. */
import type { Random } from './random.ts';

export function cut(octets: Buffer, random: Random): Buffer[] {
  const longest = random.pick([1, 3, 10, 100, 1000, 100_000]);
  const segments: Buffer[] = [];
  for (let at = 0; at < octets.length; ) {
    const size = 1 + random.below(longest);
    segments.push(octets.subarray(at, at + size));
    at += size;
  }
  return segments;
}

/** A line a segment, whatever ends it; the rest is the last. */
export function cutIntoLines(octets: Buffer): Buffer[] {
  const lines = octets.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return lines.map((line) => Buffer.from(line, 'latin1'));
}
