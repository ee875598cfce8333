/** A batch of changes: each is checked, items side by side, the changes of items that concern each other in their order. */
import type { PosternEvent } from '../../policy/event.ts';
import { canonicalKey } from '../../policy/same-item.ts';
import { inParallel } from '../in-parallel.ts';
import { logProblem, problemOfError } from '../log.ts';
import type { Image } from '../tables/attributes.ts';
import { type BatchStores, type CheckPolicyStores, checkChange, readKeptDays } from './check-policy.ts';
import type { PolicyItems } from './policy-items.ts';
import { rangesReadOnce } from './ranges-read-once.ts';
import { markRevisions } from './revisions.ts';
import { rangeOf } from './same-items.ts';
import { type ChangeRecord, readRecord } from './stream-record.ts';

/** Groups of items that are checked side by side. */
const AT_ONCE = 10;

export interface CheckedBatch {
  /** Sequence numbers of changes that are to be delivered again. */
  readonly failed: readonly string[];
  readonly events: readonly PosternEvent[];
}

/**
 * Checks all records. Never rejects: what failed since a table did not answer is named; a record that is none, and one
 * that DynamoDB refuses as such, would fail for ever, and is logged and left.
 */
export async function checkBatch(records: readonly unknown[], stores: CheckPolicyStores): Promise<CheckedBatch> {
  const changes: ChangeRecord[] = [];
  for (const value of records) {
    const change = readRecord(value);
    if (change === undefined) logProblem({ problem: 'Not a record of the tables of policy and users' });
    else changes.push(change);
  }
  const items = rangesReadOnce(stores.items);
  const known: BatchStores = { ...stores, items, keptDays: keptDaysReadOnce(stores.items) };
  // First, so that an edit is in force though it cannot be told of.
  const untold = await markRevisions(changes, stores.items);
  const groups = [...Map.groupBy(changes, groupOf).values()];
  const checked = await inParallel(groups, AT_ONCE, (group) => checkGroup(group, known));
  const failed = [...untold.map(({ sequenceNumber }) => sequenceNumber), ...checked.flatMap((group) => group.failed)];
  return { failed: [...new Set(failed)], events: checked.flatMap(({ events }) => events) };
}

/** One question a server: a document of a thousand domains is ten batches, not a thousand questions. */
function keptDaysReadOnce(items: PolicyItems): BatchStores['keptDays'] {
  const known = new Map<string, ReturnType<BatchStores['keptDays']>>();
  return (server) => {
    const days = known.get(server) ?? readKeptDays(server, items);
    known.set(server, days);
    // One that failed is asked for again.
    days.catch(() => known.delete(server));
    return days;
  };
}

/** Items that may mean the same as each other are one group: what is told of one is not told of again with another. */
function groupOf(change: ChangeRecord): string {
  if (change.kind === 'user') return JSON.stringify([change.user]);
  return JSON.stringify([change.server, rangeOf(change.item) ?? canonicalKey(change.item)]);
}

/** The changes of one group; after one that failed, further ones of what means the same wait for their turn. */
async function checkGroup(changes: readonly ChangeRecord[], stores: BatchStores): Promise<CheckedBatch> {
  const events: PosternEvent[] = [];
  const failed: string[] = [];
  const waiting = new Set<string>();
  const earlier = new Map<string, Image[]>();
  for (const change of changes) {
    const key = change.kind === 'item' ? change.item : change.user;
    const meaning = change.kind === 'item' ? canonicalKey(key) : key;
    if (waiting.has(meaning)) {
      failed.push(change.sequenceNumber);
      continue;
    }
    const before = earlier.get(key) ?? [];
    if (change.before !== undefined) before.unshift(change.before);
    earlier.set(key, before);
    try {
      events.push(...(await checkChange(change, before, stores)));
    } catch (error) {
      const server = change.kind === 'item' ? change.server : undefined;
      logProblem({ server, item: key, problem: `Cannot check policy: ${problemOfError(error)}` });
      if (isFinal(error)) continue;
      waiting.add(meaning);
      failed.push(change.sequenceNumber);
    }
  }
  return { failed, events };
}

/** What DynamoDB refuses for what it is, such as an item that would grow beyond 400 KB, it refuses every time. */
function isFinal(error: unknown): boolean {
  return error instanceof Error && ['ValidationException', 'TooManyAttributesError'].includes(error.name);
}
