/** Items looked up by what their names mean, however somebody spelt them in the console. */
import { type PolicyItem, parsePolicyItem } from '../../../policy/item.ts';
import { canonicalKey, overruled } from '../../../policy/same-item.ts';
import type { PolicyStore, StoredItem } from '../stores/policy-store.ts';
import { type ItemCollection, itemInForce } from './item-collection.ts';

/**
 * The items of a server that mean what a name means, the one in force first; of a name that means nothing, the one of
 * that very key.
 */
export async function itemsNamed(
  collection: ItemCollection,
  server: string,
  name: string,
  policy: PolicyStore,
): Promise<readonly StoredItem[]> {
  const { prefix, keys, isFoundByKey } = collection;
  const exact = `${prefix}${name}`;
  const read = keys(name);
  const candidates = [...new Set([...(read.ok ? read.value : []), exact])];
  if (!read.ok || isFoundByKey) {
    const found = await Promise.all(candidates.map((key) => policy.read(server, key)));
    return inForceFirst(found.filter((stored) => stored !== undefined));
  }
  const all = await policy.readPrefix(server, prefix);
  return inForceFirst(all.filter(({ item }) => canonicalKey(item) === canonicalKey(exact)));
}

function inForceFirst(items: readonly StoredItem[]): readonly StoredItem[] {
  const values = new Map<string, PolicyItem>();
  for (const stored of items) {
    const { value } = itemInForce(stored);
    if (value !== undefined) values.set(stored.item, value);
  }
  const losers = overruled(values);
  const isInForce = ({ item }: StoredItem): boolean => values.has(item) && !losers.has(item);
  return [...items].sort((a, b) => Number(isInForce(b)) - Number(isInForce(a)));
}

/** Whether an item of this key can be in force, whatever its attributes: of a domain the spelling decides. */
export function isKeyOfItem({ isFoundByKey }: ItemCollection, key: string): boolean {
  return !isFoundByKey || parsePolicyItem({ item: key }).ok;
}
