/**
 * The last good value of each item that was read, for the time in which a bad edit stands in the table: the one in
 * memory, or where there is none, the item's own `lastGood`.
 */
import type { PolicyItem } from '../../policy/item.ts';
import type { ItemReader, PolicyAttributes } from '../../policy/item-kind.ts';

export interface ItemInForce<Item = PolicyItem> {
  /** The item's value, or its last good one; absent when there is neither. */
  readonly value?: Item | undefined;
  /** Why the item as it stands is not in force. */
  readonly problem?: string;
}

/** Items; above this number the one unused for longest is forgotten. */
const MAX_ITEMS = 1000;

export class ItemsInForce<Item = PolicyItem> {
  /** Least recently used first. */
  readonly #values = new Map<string, Item>();
  readonly #reader: ItemReader<Item>;
  readonly #maxItems: number;

  constructor(reader: ItemReader<Item>, maxItems: number = MAX_ITEMS) {
    this.#reader = reader;
    this.#maxItems = maxItems;
  }

  /** Takes an item as it was just read: its value when it parses, its last good value and the problem when it does not. */
  update(server: string, item: string, attributes: PolicyAttributes): ItemInForce<Item> {
    const result = this.#reader.parse(attributes);
    const value = result.ok ? result.value : (this.recall(server, item) ?? this.#reader.parseLastGood(attributes));
    if (value !== undefined) this.#put(keyOf(server, item), value);
    return result.ok ? { value } : { value, problem: result.problem };
  }

  /** The last good value; `undefined` when there is none, or it was forgotten. */
  recall(server: string, item: string): Item | undefined {
    const key = keyOf(server, item);
    const value = this.#values.get(key);
    if (value !== undefined) this.#put(key, value);
    return value;
  }

  /** Drops the value of an item that was deleted. */
  forget(server: string, item: string): void {
    this.#values.delete(keyOf(server, item));
  }

  #put(key: string, value: Item): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size <= this.#maxItems) return;
    const [oldest] = this.#values.keys();
    if (oldest !== undefined) this.#values.delete(oldest);
  }
}

/** One string for two, whatever characters they hold. */
function keyOf(server: string, item: string): string {
  return JSON.stringify([server, item]);
}
