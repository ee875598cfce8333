/** A batch of changes: each is checked, items side by side, the changes of one item in their order. */
import type { PosternEvent } from '../../policy/event.ts';
import { logProblem, problemOfError } from '../log.ts';
import type { Image } from '../tables/stored-attributes.ts';
import { type CheckPolicyStores, checkChange } from './check-policy.ts';
import type { PolicyEvents } from './policy-items.ts';
import { type ChangeRecord, readRecord } from './stream-record.ts';

/** Items that are checked side by side. */
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
    if (change === undefined) logProblem({ problem: 'Not a record of the policy table' });
    else changes.push(change);
  }
  const known = { ...stores, events: askingOnce(stores.events, earliestOf(changes)) };
  const byItem = [...Map.groupBy(changes, ({ server, item }) => JSON.stringify([server, item])).values()];
  const failed: string[] = [];
  const events: PosternEvent[] = [];
  const worker = async (): Promise<void> => {
    for (let own = byItem.shift(); own !== undefined; own = byItem.shift()) {
      const checked = await checkItem(own, known);
      failed.push(...checked.failed);
      events.push(...checked.events);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { failed, events };
}

function earliestOf(changes: readonly ChangeRecord[]): string {
  return changes.map(({ at }) => at).sort()[0] ?? '';
}

/** Asks once a server what the API deleted: a document that deletes a thousand domains is one question, not a thousand. */
function askingOnce(events: PolicyEvents, earliest: string): PolicyEvents {
  const deleted = new Map<string, Promise<ReadonlySet<string>>>();
  return {
    record: (made) => events.record(made),
    deletedByApi: (server) => {
      const asked = deleted.get(server) ?? events.deletedByApi(server, earliest);
      deleted.set(server, asked);
      return asked;
    },
  };
}

/** The changes of one item; behind one that failed the others wait for their turn after it. */
async function checkItem(changes: readonly ChangeRecord[], stores: CheckPolicyStores): Promise<CheckedBatch> {
  const events: PosternEvent[] = [];
  const earlier: Image[] = [];
  for (const [index, change] of changes.entries()) {
    const { server, item, before } = change;
    if (before !== undefined) earlier.unshift(before);
    try {
      events.push(...(await checkChange(change, earlier, stores)));
    } catch (error) {
      logProblem({ server, item, problem: `Cannot check policy: ${problemOfError(error)}` });
      if (isFinal(error)) continue;
      return { failed: changes.slice(index).map(({ sequenceNumber }) => sequenceNumber), events };
    }
  }
  return { failed: [], events };
}

/** What DynamoDB refuses for what it is, such as an item that would grow beyond 400 KB, it refuses every time. */
function isFinal(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationException';
}
