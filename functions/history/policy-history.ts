/**
 * The history of a server's policy: its changes, newest first, and what stood in the table after each.
 *
 * A version is what one change left. The changes that one call of the API made have one signature and stand one after the
 * other: they are one version. What stood then is found backwards from what stands now, by undoing each change.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { PolicyAttributes } from '../../policy/item.ts';
import { historyStream } from '../tables/history-item.ts';
import { isSame } from '../tables/item-json.ts';
import type { EventReader } from './event-reader.ts';

const itemSchema = z.object({
  at: z.string(),
  id: z.string(),
  toldAt: z.string(),
  who: z.string(),
  item: z.string(),
  before: z.record(z.string(), z.unknown()).optional(),
  after: z.record(z.string(), z.unknown()).optional(),
});

/** One change of one item. */
export interface HistoryEntry {
  /** Sort key in the history. */
  readonly key: string;
  /** Name of the version that it left. */
  readonly version: string;
  /** ISO time by the clock of who made it. */
  readonly at: string;
  readonly who: string;
  readonly item: string;
  readonly before?: PolicyAttributes | undefined;
  readonly after?: PolicyAttributes | undefined;
}

/** Entries of one page; one of the table's pages ends at a megabyte anyway. */
const PAGE_ITEMS = 500;
/** Before and behind every sort key, which begins with a year. */
const FIRST_KEY = '0';
const LAST_KEY = '~';

export interface HistoryQuestion {
  readonly server: string;
  /** Sort key; entries before it. */
  readonly before?: string | undefined;
  readonly nowSeconds: number;
}

/** Entries of a server, newest first; no page is read that is not asked for. */
export async function* historyEntries(
  { server, before, nowSeconds }: HistoryQuestion,
  reader: Pick<EventReader, 'read'>,
): AsyncGenerator<HistoryEntry, undefined> {
  let to = before ?? LAST_KEY;
  for (;;) {
    const page = await reader.read({
      partition: { kind: 'stream', stream: historyStream(server) },
      from: FIRST_KEY,
      to,
      order: 'newest-first',
      filter: {},
      nowSeconds,
      limit: PAGE_ITEMS,
    });
    for (const item of page.items) if (item.at !== before) yield entryOf(item);
    if (page.readTo === undefined) return undefined;
    // The range has its end in it.
    [to, before] = [page.readTo, page.readTo];
  }
}

function entryOf(item: unknown): HistoryEntry {
  const { at: key, id, toldAt, ...entry } = itemSchema.parse(item);
  return { ...entry, key, version: versionName(key, id), at: toldAt };
}

/** `20260301T100000-1a2b3c4d`: when the table saw the change, to the second, and which of that second it was. */
function versionName(key: string, id: string): string {
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 8);
  return `${key.slice(0, 19).replaceAll(/[-:]/g, '')}-${digest}`;
}

export const VERSION_NAME = /^\d{8}T\d{6}-[0-9a-f]{8}$/;

/** Whether both are of one version. */
export function isSameVersion(a: HistoryEntry, b: HistoryEntry): boolean {
  return a.who === b.who && a.at === b.at;
}

/** A version as it is asked for: by its name, or by a time at which it was in force. */
export type WantedVersion =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'time'; readonly ms: number };

/** Whether a change was made after the version, as far as its time tells; of a name, to the second. */
function isLater({ key, version }: HistoryEntry, wanted: WantedVersion): boolean {
  if (wanted.kind === 'time') return Date.parse(timeOfKey(key)) > wanted.ms;
  return version !== wanted.name && version.slice(0, 15) >= wanted.name.slice(0, 15);
}

function timeOfKey(key: string): string {
  return key.split('#', 1)[0] ?? '';
}

export interface FoundVersion {
  /** The last change before the version ended. */
  readonly entry: HistoryEntry;
  /** Changes made since, newest first. */
  readonly later: readonly HistoryEntry[];
}

/** The version that was asked for, its entry the last one taken; `undefined` when the history does not have it. */
export async function findVersion(
  wanted: WantedVersion,
  entries: AsyncIterator<HistoryEntry, undefined>,
): Promise<FoundVersion | undefined> {
  const later: HistoryEntry[] = [];
  for (;;) {
    const { done, value: entry } = await entries.next();
    if (done === true) return undefined;
    if (!isLater(entry, wanted)) {
      return wanted.kind === 'name' && entry.version !== wanted.name ? undefined : { entry, later };
    }
    later.push(entry);
  }
}

/** What stands in for a side that is too large for an event. */
function isOmitted(side: PolicyAttributes | undefined): boolean {
  return side !== undefined && Object.keys(side).length === 1 && typeof side.omitted === 'string';
}

/**
 * What stood at a version: attributes that people gave, by key. `early`: what stands now was changed by a change that is
 * not recorded yet. `lost`: a change in between is not recorded any more, or an item was too large to be.
 */
export type Undone =
  | { readonly kind: 'items'; readonly items: ReadonlyMap<string, PolicyAttributes> }
  | { readonly kind: 'early' | 'lost'; readonly problem: string };

/** Undoes the changes since a version. Each must have left what the next one found, and the last what stands now. */
export function undo(now: ReadonlyMap<string, PolicyAttributes>, { entry, later }: FoundVersion): Undone {
  const items = new Map(now);
  const omitted = new Set<string>();
  const undone = new Set<string>();
  for (const { item, before, after } of later) {
    const isKnown = !omitted.has(item) && !isOmitted(after);
    if (isKnown && !isSameItem(items.get(item), after)) return notRecorded(item, undone);
    undone.add(item);
    omitted.delete(item);
    if (isOmitted(before)) omitted.add(item);
    if (before === undefined) items.delete(item);
    else items.set(item, before);
  }
  const [large] = omitted;
  if (large !== undefined) return { kind: 'lost', problem: `${large} was too large then to be kept in an event` };
  const isEnd = isOmitted(entry.after) || isSameItem(items.get(entry.item), entry.after);
  return isEnd ? { kind: 'items', items } : notRecorded(entry.item, undone);
}

function notRecorded(item: string, undone: ReadonlySet<string>): Undone {
  return undone.has(item)
    ? { kind: 'lost', problem: `a change of ${item} since then is not recorded any more` }
    : { kind: 'early', problem: `what ${item} says now is not recorded` };
}

function isSameItem(a: PolicyAttributes | undefined, b: PolicyAttributes | undefined): boolean {
  return a === undefined || b === undefined ? a === b : isSame(a, b);
}
