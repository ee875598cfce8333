/** The ways in which the same octets can arrive. Whatever is proved is proved for each. */

export interface Segmentation {
  readonly name: string;
  cut(octets: Buffer): Buffer[];
}

function cutAt(octets: Buffer, isCut: (at: number) => boolean): Buffer[] {
  const chunks: Buffer[] = [];
  let start = 0;
  for (let at = 1; at <= octets.length; at += 1) {
    if (at < octets.length && !isCut(at)) continue;
    chunks.push(octets.subarray(start, at));
    start = at;
  }
  return chunks;
}

export const WHOLE: Segmentation = { name: 'whole', cut: (octets) => (octets.length === 0 ? [] : [octets]) };

export const OCTET_BY_OCTET: Segmentation = { name: 'octet by octet', cut: (octets) => cutAt(octets, () => true) };

/** Where a scanner that looks back into its chunk would go wrong. */
export const BEHIND_EACH_CR: Segmentation = {
  name: 'cut behind each CR',
  cut: (octets) => cutAt(octets, (at) => octets[at - 1] === 0x0d),
};

export const SEGMENTATIONS: readonly Segmentation[] = [WHOLE, OCTET_BY_OCTET, BEHIND_EACH_CR];

/** Chunks of the given sizes, used in turn and again. */
export function inSizes(sizes: readonly number[]): Segmentation {
  return {
    name: `in chunks of ${sizes.join(', ')}`,
    cut(octets) {
      const chunks: Buffer[] = [];
      for (let at = 0, turn = 0; at < octets.length; turn += 1) {
        const size = Math.max(1, sizes[turn % sizes.length] ?? octets.length);
        chunks.push(octets.subarray(at, at + size));
        at += size;
      }
      return chunks;
    },
  };
}
