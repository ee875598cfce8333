/** The entries of a list that comes in pages. */

export async function collect<Entry>(entries: AsyncIterable<Entry>): Promise<Entry[]> {
  const taken: Entry[] = [];
  for await (const entry of entries) taken.push(entry);
  return taken;
}

export interface Beginning<Entry> {
  readonly taken: readonly Entry[];
  /** Whether there are more than were taken. */
  readonly hasMore: boolean;
  /** Counts those that were not taken, until none is left or `isOver`; ends the list. */
  readonly countRest: (isOver: () => boolean) => Promise<{ readonly count: number; readonly isAll: boolean }>;
}

/** The first entries of a list, all where there is no limit; no page is read that is not needed. */
export async function takeFirst<Entry>(entries: AsyncGenerator<Entry>, limit?: number): Promise<Beginning<Entry>> {
  const taken: Entry[] = [];
  let next = await entries.next();
  while (next.done !== true && taken.length !== limit) {
    taken.push(next.value);
    next = await entries.next();
  }
  const hasMore = next.done !== true;
  return {
    taken,
    hasMore,
    countRest: async (isOver) => {
      let count = hasMore ? 1 : 0;
      let isAll = !hasMore;
      while (!isAll && !isOver()) {
        isAll = (await entries.next()).done === true;
        if (!isAll) count += 1;
      }
      await entries.return(undefined);
      return { count, isAll };
    },
  };
}
