/** Changes of policy items, as a target of `change.ts`. */
import { type Changed, change, type WantedChange } from '../change.ts';
import { Problem } from '../http/problem.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import type { StoredItem } from '../stores/policy-store.ts';

export interface ItemRequest {
  readonly server: string;
  /** The item's key. */
  readonly item: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly who: string;
}

type ItemStores = Pick<AdminStores, 'policy' | 'nowMs'>;

/** Changes one item; `next` as in `change.ts`. */
export function changeItem(
  { server, item, headers, who }: ItemRequest,
  how: Pick<WantedChange<StoredItem>, 'isRepeatable' | 'next'>,
  { policy, nowMs }: ItemStores,
): Promise<Changed<StoredItem>> {
  const target = {
    name: item,
    read: () => policy.read(server, item),
    write: (
      before: StoredItem | undefined,
      after: StoredItem['attributes'] | undefined,
      by: { who: string; at: string },
    ) => policy.write({ server, item, before, after, by }),
  };
  return change({ target, headers, who, nowMs, ...how });
}

/** Puts an item, whatever it was. */
export async function putItem(
  request: ItemRequest,
  attributes: StoredItem['attributes'],
  stores: ItemStores,
): Promise<Extract<Changed<StoredItem>, { kind: 'put' }>> {
  const changed = await changeItem(request, { isRepeatable: false, next: () => attributes }, stores);
  if (changed.kind === 'put') return changed;
  throw new TypeError(`${request.item} was deleted, though it was to be put`);
}

/**
 * Removes an item.
 *
 * @throws Problem (404) when it is gone already
 */
export async function removeItem(request: ItemRequest, stores: ItemStores): Promise<void> {
  const next = (before: StoredItem | undefined): 'delete' => {
    if (before === undefined) throw new Problem('not-found', `${request.item} is gone`);
    return 'delete';
  };
  await changeItem(request, { isRepeatable: true, next }, stores);
}

/**
 * Removes items that mean the same, the one in force last: what the others say is never in force for a moment.
 *
 * The precondition is that of the one in force; the answer too. One of the others that is gone already was to go.
 */
export async function removeItems(
  items: readonly [StoredItem, ...StoredItem[]],
  request: Omit<ItemRequest, 'item'>,
  stores: ItemStores,
): Promise<void> {
  const [inForce, ...others] = items;
  for (const { item } of others) await removeUnlessGone({ ...request, item, headers: {} }, stores);
  await removeItem({ ...request, item: inForce.item }, stores);
}

export async function removeUnlessGone(request: ItemRequest, stores: ItemStores): Promise<void> {
  try {
    await removeItem(request, stores);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
  }
}
