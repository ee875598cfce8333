/**
 * The check of each change to the policy table, whoever made it: writes into the item what is wrong with it and how it
 * last was right, and tells of changes that the admin API did not make.
 *
 * Its own writes come back as changes. They find the item saying what it should, and end there.
 */
import type { PosternEvent } from '../../policy/event.ts';
import { ownAttributes, parseLastGood, parsePolicyItem, SETTINGS_ITEM } from '../../policy/item.ts';
import { settingsSchema } from '../../policy/settings.ts';
import { KEPT_ATTRIBUTES } from '../admin/item-change.ts';
import { changedEvent } from '../tables/changed-event.ts';
import { attributesOf, type Image, isSameImage, isSameValue, shownAttributesOf } from '../tables/stored-attributes.ts';
import { judge } from './bookkeeping.ts';
import { type PolicyEvents, type PolicyItems, SEEN_BY_TABLE } from './policy-items.ts';
import { keyOf, mayHaveOthers, othersOf, overruledAmong } from './same-items.ts';
import type { ChangeRecord } from './stream-record.ts';

export interface CheckPolicyStores {
  readonly items: PolicyItems;
  readonly events: PolicyEvents;
}

const DEFAULT_EVENT_DAYS = settingsSchema.shape.eventDays.parse(undefined);

/**
 * Checks one change; `earlier` is how the item was before it, newest first. Returns the events that were recorded.
 *
 * Rejects when a table does not answer; done again, it changes and records nothing twice.
 */
export async function checkChange(
  record: ChangeRecord,
  earlier: readonly Image[],
  stores: CheckPolicyStores,
): Promise<readonly PosternEvent[]> {
  const problems = await keepBooks(record, earlier, stores.items);
  if (record.after === undefined && record.item === SETTINGS_ITEM) {
    problems.push({ item: SETTINGS_ITEM, problem: 'is missing' });
  }
  const isEdit = await isUntoldEdit(record, stores.events);
  if (problems.length === 0 && !isEdit) return [];

  const { id, at, server, item, before, after } = record;
  const keepDays = await eventDays(server, stores.items);
  const events: PosternEvent[] = problems.map((found, index) => {
    return { id: `${id}-invalid-${index}`, at, server, keepDays, type: 'policy-invalid', ...found };
  });
  if (isEdit) {
    const change = { server, item, before: before && shownEdit(before), after: after && shownEdit(after) };
    events.push(changedEvent(change, { id: `${id}-changed`, who: SEEN_BY_TABLE, at, keepDays }));
  }
  await stores.events.record(events);
  return events;
}

interface FoundProblem {
  readonly item: string;
  readonly problem: string;
}

/** Brings the item's bookkeeping up to date, and that of items that mean the same; returns what was found wrong anew. */
async function keepBooks(
  { server, item, before, after }: ChangeRecord,
  earlier: readonly Image[],
  items: PolicyItems,
): Promise<FoundProblem[]> {
  const isSame =
    before !== undefined && after !== undefined && isSameImage(ownAttributes(before), ownAttributes(after));
  const others = mayHaveOthers(item) ? await othersOf(server, item, items) : new Map<string, Image>();
  const all = new Map([...others, ...(after === undefined ? [] : [[item, after] as const])]);
  const overruledBy = overruledAmong(all);
  const judged = after === undefined ? [] : [{ image: after, earlier }];
  // A change that is none to policy changes nothing for others.
  if (!isSame) judged.push(...[...others.values()].map((image) => ({ image, earlier: [] })));

  const found: FoundProblem[] = [];
  for (const each of judged) {
    const key = keyOf(each.image);
    const { problem, change } = judge(each.image, each.earlier, overruledBy.get(key));
    if (Object.keys(change).length === 0 || !(await items.keep(each.image, change))) continue;
    if (problem !== undefined && 'problem' in change) found.push({ item: key, problem });
  }
  return found;
}

/** Whether people changed the item in a way that nobody has told of: the API tells of its own changes. */
async function isUntoldEdit({ server, item, at, before, after }: ChangeRecord, events: PolicyEvents): Promise<boolean> {
  if (before !== undefined && after !== undefined && isSameImage(editOf(before), editOf(after))) return false;
  // The API sets `changedAt` with each of its writes.
  if (after !== undefined) return isSameValue(before?.changedAt, after.changedAt);
  return !(await events.deletedByApi(server, at)).has(item);
}

/** What people write: all but the keys and what is kept about the item. */
function editOf(image: Image): Image {
  const kept: readonly string[] = ['server', 'item', ...KEPT_ATTRIBUTES];
  return Object.fromEntries(Object.entries(image).filter(([name]) => !kept.includes(name)));
}

function shownEdit(image: Image): Readonly<Record<string, unknown>> {
  return shownAttributesOf(editOf(image));
}

/** How long the server's events are kept: as its settings say, or said last. */
async function eventDays(server: string, items: PolicyItems): Promise<number> {
  const image = await items.read(server, SETTINGS_ITEM);
  if (image === undefined) return DEFAULT_EVENT_DAYS;
  const attributes = attributesOf(image);
  const result = parsePolicyItem(attributes);
  const value = result.ok ? result.value : parseLastGood(attributes);
  return value?.kind === 'settings' ? value.settings.eventDays : DEFAULT_EVENT_DAYS;
}
