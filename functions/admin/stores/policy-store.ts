/** What the admin API needs of the table *policy*. */
import type { PolicyAttributes } from '../../../policy/item.ts';
import type { Image } from '../../tables/attributes.ts';
import type { Signature } from '../../tables/send-conditional-write.ts';

/** An item as it was read: what a write of it is conditioned on. */
export interface StoredItem {
  readonly server: string;
  /** The sort key, `domain#example.com`. */
  readonly item: string;
  /** Attributes without keys; sets are `Set`s. */
  readonly attributes: PolicyAttributes;
  /** The same as DynamoDB gave them, so that a condition compares what it holds. */
  readonly raw: Image;
}

export interface ItemPage {
  readonly items: readonly StoredItem[];
  /** The last item's key, where there may be more. */
  readonly last?: string;
}

/** A change of one item, made only if the item is still as it was read. */
export interface ItemChange {
  readonly server: string;
  readonly item: string;
  /** Absent: there was no such item. */
  readonly before: StoredItem | undefined;
  /** Attributes that people give it, without keys; absent: the item is to go. */
  readonly after: PolicyAttributes | undefined;
  readonly by: Signature;
}

export interface PolicyStore {
  /** Read consistently; `undefined` when there is no such item. */
  read(server: string, item: string): Promise<StoredItem | undefined>;
  /** A page of the items whose key begins with `prefix`, in key order, after the key `after`. */
  list(server: string, prefix: string, limit: number, after?: string): Promise<ItemPage>;
  /** All items of a server whose key begins with `prefix`. */
  readPrefix(server: string, prefix: string): Promise<readonly StoredItem[]>;
  /** All items of a server, or all of them but `domain#` ones, of which there may be very many. */
  readAll(server: string, which: 'all' | 'without-domains'): Promise<readonly StoredItem[]>;
  /** Names of servers that have items, in no particular order, after the name `after`. */
  servers(limit: number, after?: string): Promise<{ readonly servers: readonly string[]; readonly last?: string }>;
  /**
   * Writes one item, signed; answers the item as it is now, `'changed'` when it was not as read, and then nothing of what
   * was wanted was written. `lastGood` stays as it is, and `problem` goes.
   */
  write(change: ItemChange): Promise<StoredItem | 'deleted' | 'changed'>;
  /** Sets attributes that pass with the item's next change; `'changed'` when it was not as read. */
  mark(item: StoredItem, marks: Readonly<Record<string, string>>): Promise<StoredItem | 'changed'>;
}
