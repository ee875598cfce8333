/** What `check-policy` needs of the tables. */
import type { PosternEvent } from '../../policy/event.ts';
import type { Image } from '../tables/attributes.ts';
import type { BookkeepingChange } from './bookkeeping.ts';

export interface PolicyItems {
  /** An item, read consistently; `undefined` when there is none. */
  read(server: string, item: string): Promise<Image | undefined>;
  /** All items of a server whose keys begin with `prefix`. */
  readRange(server: string, prefix: string): Promise<readonly Image[]>;
  /**
   * Changes bookkeeping on the condition that the item's own attributes still are those of `judged`. False when they are
   * not: somebody has changed or deleted it since, and that change comes to be judged too.
   */
  keep(judged: Image, change: BookkeepingChange): Promise<boolean>;
  /** Gives the server's settings a revision; does nothing where there are none. */
  revise(server: string, revision: string): Promise<void>;
}

export interface PolicyEvents {
  /** Keeps events; one that is there already is replaced by its equal. */
  write(events: readonly PosternEvent[]): Promise<void>;
}
