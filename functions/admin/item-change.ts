/** One change of one policy item, from precondition to event. */
import { attributeNames, type PolicyAttributes } from '../../policy/item.ts';
import { changedEvent } from '../tables/changed-event.ts';
import { isSame } from '../tables/item-json.ts';
import { failedPrecondition, hasPrecondition, lostRace } from './http/etag.ts';
import { problem } from './http/problem.ts';
import type { RouteAnswer } from './http/route.ts';
import type { AdminStores } from './stores/admin-stores.ts';
import { etagOfItem } from './stores/dynamo-policy-store.ts';
import type { StoredItem } from './stores/policy-store.ts';

export interface WantedChange {
  readonly server: string;
  readonly item: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly who: string;
  /** Days that the event is kept. */
  readonly keepDays: number;
  /** Whether the change means the same whatever it finds: it is tried again when somebody was faster. */
  readonly isRepeatable: boolean;
  /** What the item is to hold, by what it holds: attributes that people write, none for its end; or why not. */
  readonly next: (before: StoredItem | undefined) => NextItem;
}

export type NextItem =
  | { readonly kind: 'put'; readonly attributes: PolicyAttributes }
  | { readonly kind: 'delete' }
  | { readonly kind: 'refuse'; readonly answer: RouteAnswer };

export type Changed =
  | { readonly kind: 'put'; readonly item: StoredItem; readonly isNew: boolean }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'refused'; readonly answer: RouteAnswer };

/** Attempts of a change that may be repeated. */
const MOST_ATTEMPTS = 4;

/**
 * Reads, checks the precondition, writes on the condition that the item is still as it was read, and records the event.
 *
 * An item that says the same already is not written, and is no event.
 */
export async function changeItem(wanted: WantedChange, stores: AdminStores): Promise<Changed> {
  const { server, item, headers } = wanted;
  const mayRepeat = wanted.isRepeatable && !hasPrecondition(headers);
  for (let attempt = 1; ; attempt += 1) {
    const before = await stores.policy.read(server, item);
    const failed = failedPrecondition(headers, etagOfItem(before));
    if (failed !== undefined) return { kind: 'refused', answer: failed };
    const changed = await attemptOnce(wanted, before, stores);
    if (changed !== 'changed') return changed;
    if (!mayRepeat || attempt === MOST_ATTEMPTS) return { kind: 'refused', answer: await tooLate(wanted, stores) };
  }
}

async function attemptOnce(
  { server, item, who, keepDays, next }: WantedChange,
  before: StoredItem | undefined,
  stores: AdminStores,
): Promise<Changed | 'changed'> {
  const wanted = next(before);
  if (wanted.kind === 'refuse') return { kind: 'refused', answer: wanted.answer };
  if (wanted.kind === 'put' && before !== undefined && isSame(givenOf(before), wanted.attributes)) {
    return { kind: 'put', item: before, isNew: false };
  }
  const at = new Date(stores.nowMs()).toISOString();
  const after = wanted.kind === 'put' ? { ...wanted.attributes, changedBy: who, changedAt: at } : undefined;
  const written = await stores.policy.write({ server, item, before, after });
  if (written === 'changed') return 'changed';
  const given = before === undefined ? undefined : givenOf(before);
  const change = { server, item, before: given, after: wanted.kind === 'put' ? wanted.attributes : undefined };
  await stores.changes.record([changedEvent(change, { who, at, keepDays, id: stores.newId() })]);
  return written === 'deleted' ? { kind: 'deleted' } : { kind: 'put', item: written, isNew: before === undefined };
}

async function tooLate({ server, item, headers }: WantedChange, stores: AdminStores): Promise<RouteAnswer> {
  const etag = etagOfItem(await stores.policy.read(server, item));
  if (hasPrecondition(headers)) return lostRace(headers, etag);
  const now = etag === undefined ? 'it is gone now' : `its ETag is ${etag} now`;
  return problem('conflict', `${item} was changed while this change was made; ${now}: read it, and try again`);
}

/** What people wrote in an item: everything but what Postern keeps about it. */
export function givenOf({ attributes }: { readonly attributes: PolicyAttributes }): PolicyAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !KEPT_ATTRIBUTES.includes(name)));
}

/** Attributes that Postern keeps in an item; nobody may give them. */
export const KEPT_ATTRIBUTES: readonly string[] = ['problem', 'lastGood', 'changedBy', 'changedAt'];

/** Names that people may give an item of this key. */
export function giveableNames(item: string): readonly string[] {
  return [...attributeNames(item), 'note'];
}
