/**
 * The check of each change to the tables of policy and users, whoever made it: tells of it, and writes into a policy item
 * what is wrong with it and how it last was right.
 *
 * Its own writes come back as changes. They find the item saying what it should, and end there. Events are kept before
 * anything is written: what fails is done again, and an event that is kept twice is replaced by its equal.
 */
import { createHash } from 'node:crypto';
import type { PosternEvent } from '../../policy/event.ts';
import { ownAttributes, parseLastGood, parsePolicyItem, SETTINGS_ITEM } from '../../policy/item.ts';
import { type Settings, settingsSchema } from '../../policy/settings.ts';
import { attributesOf, type Image, isSameImage } from '../tables/attributes.ts';
import { changedEvent, USER_CHANGE_DAYS } from '../tables/changed-event.ts';
import { type BookkeepingChange, judge } from './bookkeeping.ts';
import type { PolicyEvents, PolicyItems } from './policy-items.ts';
import { keyOf, othersOf, overruledAmong } from './same-items.ts';
import type { ChangeRecord, ItemRecord } from './stream-record.ts';
import { SEEN_BY_TABLE, toldChange } from './told-change.ts';

export interface CheckPolicyStores {
  readonly items: PolicyItems;
  readonly events: PolicyEvents;
}

/** Days that events of a server are kept, and changes of its policy. */
export type KeptDays = Pick<Settings, 'eventDays' | 'historyDays'>;

/** The stores as one batch has them. */
export interface BatchStores extends CheckPolicyStores {
  readonly keptDays: (server: string) => Promise<KeptDays>;
}

const DEFAULT_DAYS: KeptDays = {
  eventDays: settingsSchema.shape.eventDays.parse(undefined),
  historyDays: settingsSchema.shape.historyDays.parse(undefined),
};

/**
 * Checks one change; `earlier` is how the item was before it, newest first. Returns the events that were kept.
 *
 * Rejects when a table does not answer; done again, it tells of nothing twice.
 */
export async function checkChange(
  record: ChangeRecord,
  earlier: readonly Image[],
  stores: BatchStores,
): Promise<readonly PosternEvent[]> {
  const found = record.kind === 'item' ? await findings(record, earlier, stores.items) : [];
  const events = await eventsOf(record, found, stores);
  if (events.length > 0) await stores.events.write(events);
  for (const { image, change } of found) await stores.items.keep(image, change);
  return events;
}

/** An item whose bookkeeping is to be changed. */
interface Finding {
  readonly image: Image;
  readonly change: BookkeepingChange;
  /** What is wrong with it, and was not told of yet. */
  readonly problem?: string;
}

/** What there is to keep of the item, and of those that mean the same. */
async function findings(
  record: ItemRecord,
  earlier: readonly Image[],
  items: PolicyItems,
): Promise<readonly Finding[]> {
  const { server, item, before, after } = record;
  const others = await othersOf(server, item, items);
  const overruledBy = overruledAmong(new Map([...others, ...(after === undefined ? [] : [[item, after] as const])]));
  const own = after === undefined ? undefined : finding(after, earlier, overruledBy);
  // The record may be older than the item, and one that was told of already.
  const now = own === undefined || after === undefined ? undefined : await unchangedSince(after, record, items);
  const found = [now === undefined ? undefined : finding(now, earlier, overruledBy)];
  // A change that is none to policy changes nothing for others.
  const isSame = before !== undefined && after !== undefined && isSameOwn(before, after);
  if (!isSame) found.push(...[...others.values()].map((image) => finding(image, [], overruledBy)));
  return found.filter((each) => each !== undefined);
}

function finding(
  image: Image,
  earlier: readonly Image[],
  overruledBy: ReadonlyMap<string, string>,
): Finding | undefined {
  const { problem, change } = judge(image, earlier, overruledBy.get(keyOf(image)));
  if (Object.keys(change).length === 0) return undefined;
  return problem !== undefined && 'problem' in change ? { image, change, problem } : { image, change };
}

/** The item as it is now, if people have not changed it since: else that change comes to be judged too. */
async function unchangedSince(
  after: Image,
  { server, item }: ItemRecord,
  items: PolicyItems,
): Promise<Image | undefined> {
  const now = await items.read(server, item);
  return now !== undefined && isSameOwn(now, after) ? now : undefined;
}

function isSameOwn(a: Image, b: Image): boolean {
  return isSameImage(ownAttributes(a), ownAttributes(b));
}

async function eventsOf(
  record: ChangeRecord,
  found: readonly Finding[],
  { keptDays }: BatchStores,
): Promise<readonly PosternEvent[]> {
  const told = toldChange(record);
  if (record.kind === 'user') {
    if (told === undefined) return [];
    const { change, who, at } = told;
    return [changedEvent(change, { id: `${record.id}-changed`, who, at, keepDays: USER_CHANGE_DAYS })];
  }
  const { id, at, server } = record;
  const problems = found.flatMap(({ image, problem }) =>
    problem === undefined ? [] : [{ item: keyOf(image), problem }],
  );
  // Who removes a server by the API means it.
  const isMissing = record.item === SETTINGS_ITEM && record.after === undefined && told?.who === SEEN_BY_TABLE;
  if (isMissing) problems.push({ item: SETTINGS_ITEM, problem: 'is missing' });
  if (problems.length === 0 && told === undefined) return [];

  const { eventDays, historyDays } = await keptDays(server);
  const events: PosternEvent[] = problems.map((problem) => {
    return {
      id: `${id}-invalid-${digestOf(problem.item)}`,
      at,
      server,
      keepDays: eventDays,
      type: 'policy-invalid',
      ...problem,
    };
  });
  if (told === undefined) return events;
  const facts = { id: `${id}-changed`, who: told.who, at: told.at, order: record.order, keepDays: historyDays };
  return [...events, changedEvent(told.change, facts)];
}

/** A key may be as long as the key of an event may be. */
function digestOf(item: string): string {
  return createHash('sha256').update(item).digest('hex').slice(0, 16);
}

/** How long the server's events are kept, and changes of its policy: as its settings say, or said last. */
export async function readKeptDays(server: string, items: PolicyItems): Promise<KeptDays> {
  const image = await items.read(server, SETTINGS_ITEM);
  if (image === undefined) return DEFAULT_DAYS;
  const attributes = attributesOf(image);
  const result = parsePolicyItem(attributes);
  const value = result.ok ? result.value : parseLastGood(attributes);
  return value?.kind === 'settings' ? value.settings : DEFAULT_DAYS;
}
