/** The policy of a server as it was at a version of its history. */
import type { PolicyAttributes } from '../../../policy/item.ts';
import { PageBudget } from '../../history/event-query.ts';
import {
  type FoundVersion,
  findVersion,
  type HistoryEntry,
  historyEntries,
  isSameVersion,
  type Undone,
  undo,
  type WantedVersion,
} from '../../history/policy-history.ts';
import { shownAttributesOf } from '../../tables/attributes.ts';
import { toJsonObject } from '../../tables/item-json.ts';
import { givenAttributes } from '../../tables/kept.ts';
import type { ItemChangeAnswer, VersionAnswer } from '../contract/answers/history-answer.ts';
import { Problem } from '../http/problem.ts';
import { noSuchServer } from '../servers/policy-in-force.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import type { StoredItem } from '../stores/policy-store.ts';

export interface PastPolicy {
  readonly version: VersionAnswer;
  /** Attributes that people gave, without keys and with arrays for sets, by the item's key. */
  readonly items: ReadonlyMap<string, PolicyAttributes>;
  readonly existing: ReadonlyMap<string, StoredItem>;
}

/** Milliseconds within which a change may not be recorded yet. */
const RECORDED_WITHIN_MS = 60_000;

/**
 * Reads what stands now, and undoes what was changed since the version.
 *
 * @throws Problem where there is no such version, or it cannot be found out what stood then
 */
export async function pastPolicy(server: string, wanted: WantedVersion, stores: AdminStores): Promise<PastPolicy> {
  const existing = new Map((await stores.policy.readAll(server, 'all')).map((stored) => [stored.item, stored]));
  const entries = entriesOf(server, undefined, stores);
  const found = await findVersion(wanted, entries);
  if (found === undefined) throw noSuchVersion(server, existing.size > 0);
  checkRecorded(existing, found, stores.nowMs());
  const then = undo(new Map([...existing].map(([item, stored]) => [item, givenNow(stored)])), found);
  if (then.kind !== 'items') throw cannotTell(server, then);
  const { version } = await takeVersion(found.entry, entries);
  return { version, items: then.items, existing };
}

/** The changes of a server, newest first; a Problem is thrown while they are read where one request does not read them. */
export function entriesOf(
  server: string,
  before: string | undefined,
  stores: Pick<AdminStores, 'events' | 'nowMs'>,
): AsyncGenerator<HistoryEntry, undefined> {
  const nowSeconds = Math.floor(stores.nowMs() / 1000);
  const budget = new PageBudget(stores.nowMs);
  const charged = budget.charging(stores.events);
  const reader: Pick<AdminStores['events'], 'read'> = {
    read: async (question) => {
      if (!budget.isSpent()) return charged.read(question);
      throw new Problem('too-large', `One request does not read all changes of ${server} since then`);
    },
  };
  return historyEntries({ server, before, nowSeconds }, reader);
}

/** Changes of one version that an answer lists, and their octets of JSON. */
const LISTED_CHANGES = 100;
const LISTED_OCTETS = 500_000;

export interface TakenVersion {
  readonly version: VersionAnswer;
  /** Sort key of the oldest of its changes. */
  readonly last: string;
  /** The entry after it, which was taken too. */
  readonly next: HistoryEntry | undefined;
}

/** The version of an entry, with what follows it in `entries`, down to the first entry of another version. */
export async function takeVersion(
  first: HistoryEntry,
  entries: AsyncIterator<HistoryEntry, undefined>,
): Promise<TakenVersion> {
  const changes: ItemChangeAnswer[] = [];
  let octets = 0;
  let omitted = 0;
  let last = first;
  let next: HistoryEntry | undefined = first;
  while (next !== undefined && isSameVersion(first, next)) {
    const change = itemChange(next.item, next.before, next.after);
    octets += Buffer.byteLength(JSON.stringify(change));
    const isListed = changes.length === 0 || (changes.length < LISTED_CHANGES && octets <= LISTED_OCTETS);
    if (isListed) changes.push(change);
    else omitted += 1;
    last = next;
    next = (await entries.next()).value;
  }
  const { version, at, who } = first;
  const shown = { version, at, who, changes, ...(omitted === 0 ? {} : { changesOmitted: omitted }) };
  return { version: shown, last: last.key, next };
}

export function itemChange(
  item: string,
  before: PolicyAttributes | undefined,
  after: PolicyAttributes | undefined,
): ItemChangeAnswer {
  const action = before === undefined ? 'made' : after === undefined ? 'deleted' : 'changed';
  return { item, action, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** As an event would tell it. */
function givenNow({ raw }: StoredItem): PolicyAttributes {
  return toJsonObject(shownAttributesOf(givenAttributes(raw)));
}

/**
 * Refuses while a change that somebody has just signed is not among those recorded: what it changed would be taken for
 * what stood before it too.
 */
function checkRecorded(existing: ReadonlyMap<string, StoredItem>, { entry, later }: FoundVersion, nowMs: number): void {
  // The table tells the time of a change to the second.
  const fromMs = Math.max(nowMs - RECORDED_WITHIN_MS, Date.parse(entry.key.split('#', 1)[0] ?? '') + 1000);
  for (const { item, attributes } of existing.values()) {
    const { changedAt } = attributes;
    if (typeof changedAt !== 'string' || !(Date.parse(changedAt) >= fromMs)) continue;
    if (later.some((change) => change.item === item && change.at === changedAt)) continue;
    const detail = `The change of ${item} at ${changedAt} is not recorded yet: try again in a few seconds`;
    throw new Problem('conflict', detail);
  }
}

function cannotTell(server: string, { kind, problem }: Exclude<Undone, { kind: 'items' }>): Problem {
  if (kind === 'lost') return new Problem('gone', `The policy of ${server} at that version cannot be told: ${problem}`);
  return new Problem('conflict', `${server} was changed just now, and ${problem} yet: try again in a few seconds`);
}

function noSuchVersion(server: string, isThere: boolean): Problem {
  if (!isThere) return noSuchServer(server);
  const detail = `There is no such version in the history of ${server}; GET /servers/{server}/history lists them`;
  return new Problem('not-found', detail);
}
