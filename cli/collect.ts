/** The first entries of a list that comes in pages, all where there is no limit; no page is read that is not needed. */
export async function collect<Entry>(entries: AsyncIterable<Entry>, limit?: number): Promise<Entry[]> {
  const taken: Entry[] = [];
  for await (const entry of entries) {
    taken.push(entry);
    if (taken.length === limit) break;
  }
  return taken;
}
