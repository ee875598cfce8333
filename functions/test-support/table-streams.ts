/** The streams of the tables of policy and users in a test, each write a record of its own. */
import { ChangeFeed, inJson, type StreamRecord } from '../tables/embedded/change-feed.ts';
import type { ItemWrite } from '../tables/embedded/dynalite.ts';

const KEYS: Readonly<Record<string, readonly string[]>> = { policy: ['server', 'item'], users: ['user'] };

export class TableStreams {
  readonly #feeds = new Map(Object.entries(KEYS).map(([table, keys]) => [table, new ChangeFeed(keys)]));
  readonly #taken = new Map<string, number>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(write: ItemWrite): void {
    this.#feeds.get(write.table)?.add(write, this.#nowMs());
  }

  /** What was written since the last call, as the function is handed it. */
  async take(): Promise<readonly StreamRecord[]> {
    const records: StreamRecord[] = [];
    for (const [table, feed] of this.#feeds) {
      const found = await feed.after(this.#taken.get(table) ?? 0, AbortSignal.abort());
      this.#taken.set(table, feed.sequence);
      records.push(...found);
    }
    return JSON.parse(JSON.stringify(records, inJson)) as readonly StreamRecord[];
  }
}
