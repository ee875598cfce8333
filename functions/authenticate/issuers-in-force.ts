/** The issuers of a server as its items have them, broken ones by their last good values. */
import { ISSUER_ITEMS, type IssuerItem } from '../../policy/issuer-item.ts';
import type { PolicyAttributes } from '../../policy/item-kind.ts';
import { ItemsInForce } from '../tables/items-in-force.ts';

export interface Issuers {
  /** In the order of their keys. */
  readonly known: readonly IssuerItem[];
  /** Items that are not in force as they stand, and why. */
  readonly problems: readonly { readonly item: string; readonly problem: string }[];
  /** Whether an item has neither a value nor a last good one: whose tokens it means, no one can tell. */
  readonly isAnyLost: boolean;
}

export class IssuersInForce {
  readonly #items = new ItemsInForce(ISSUER_ITEMS);
  /** Keys that were last read of each server, so that one that is gone leaves no value behind. */
  readonly #keys = new Map<string, readonly string[]>();

  /** Takes the items of a server as they were just read, all of them. */
  update(server: string, items: readonly PolicyAttributes[]): Issuers {
    const known: IssuerItem[] = [];
    const problems: { item: string; problem: string }[] = [];
    let isAnyLost = false;
    const keys = items.map(({ item }) => String(item));
    for (const key of this.#keys.get(server) ?? []) if (!keys.includes(key)) this.#items.forget(server, key);
    this.#keys.set(server, keys);
    for (const [index, attributes] of items.entries()) {
      const item = keys[index] ?? '';
      const { value, problem } = this.#items.update(server, item, attributes);
      if (value !== undefined) known.push(value);
      else isAnyLost = true;
      if (problem !== undefined) problems.push({ item, problem });
    }
    return { known, problems, isAnyLost };
  }
}
