/** The policy table as one batch of changes sees it: a range is read once, however many of its items changed. */

import type { Image } from '../tables/attributes.ts';
import type { BookkeepingChange } from './bookkeeping.ts';
import type { PolicyItems } from './policy-items.ts';
import { keyOf, rangeOf } from './same-items.ts';

/**
 * Items of a range that was read are what they were then, with what is kept since. Who changes one meanwhile loses nothing:
 * a write is conditioned on what was read, and the change comes to be judged too.
 */
export function rangesReadOnce(items: PolicyItems): PolicyItems {
  const ranges = new Map<string, Promise<Map<string, Image>>>();
  const rangeFor = (server: string, prefix: string): Promise<Map<string, Image>> => {
    const name = JSON.stringify([server, prefix]);
    const known = ranges.get(name) ?? items.readRange(server, prefix).then((all) => byKey(all));
    ranges.set(name, known);
    // One that failed is asked for again.
    known.catch(() => ranges.delete(name));
    return known;
  };
  return {
    readRange: async (server, prefix) => [...(await rangeFor(server, prefix)).values()],
    read: async (server, item) => {
      const prefix = rangeOf(item);
      return prefix === undefined ? items.read(server, item) : (await rangeFor(server, prefix)).get(item);
    },
    keep: async (judged, change) => {
      const isKept = await items.keep(judged, change);
      const prefix = rangeOf(keyOf(judged));
      if (isKept && prefix !== undefined) {
        (await rangeFor(judged.server?.S ?? '', prefix)).set(keyOf(judged), withChange(judged, change));
      }
      return isKept;
    },
    revise: (server, revision) => items.revise(server, revision),
  };
}

function byKey(images: readonly Image[]): Map<string, Image> {
  return new Map(images.map((image) => [keyOf(image), image]));
}

function withChange(image: Image, change: BookkeepingChange): Image {
  const entries = Object.entries({ ...image, ...change });
  return Object.fromEntries(
    entries.filter((entry): entry is [string, NonNullable<(typeof entry)[1]>] => entry[1] !== undefined),
  );
}
