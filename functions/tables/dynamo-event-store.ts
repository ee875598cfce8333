/** Events in the DynamoDB table *events*. */
import { BatchWriteItemCommand, type DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { problemOfError } from '../log.ts';
import { STORE_BOUND_MS } from './client.ts';
import type { EventItem } from './event-item.ts';
import type { EventStore } from './event-store.ts';
import { type DayMark, dayMark } from './event-stream.ts';
import { untilProcessed } from './until-processed.ts';

/** Items that one BatchWriteItem takes. */
const BATCH_ITEMS = 25;

/** Days of which this process remembers that they are marked; servers and days go on, and it need not grow. */
const MAX_MARKED = 1000;

export class DynamoEventStore implements EventStore {
  readonly #client: DynamoDBClient;
  /** Keys of the marks that were written. */
  readonly #marked = new Set<string>();
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Writes all batches side by side; a batch that fails holds up no other. */
  async write(items: readonly EventItem[]): Promise<void> {
    const marks = this.#newMarks(items);
    const all = [...items, ...marks.values()];
    const batches: (readonly EventItem[])[] = [];
    for (let at = 0; at < all.length; at += BATCH_ITEMS) batches.push(all.slice(at, at + BATCH_ITEMS));
    const failures = (await Promise.all(batches.map((batch) => this.#writeBatch(batch)))).filter(
      (failure) => failure !== undefined,
    );
    if (failures.length === 0) {
      if (this.#marked.size > MAX_MARKED) this.#marked.clear();
      for (const key of marks.keys()) this.#marked.add(key);
      return;
    }
    const count = failures.reduce((sum, failure) => sum + failure.count, 0);
    const problems = [...new Set(failures.map((failure) => failure.problem))].join('; ');
    throw new Error(`Cannot write ${count} of ${all.length} items: ${problems}`);
  }

  /** Marks of the items' days, by key, that this process has not written yet. */
  #newMarks(items: readonly EventItem[]): ReadonlyMap<string, DayMark & EventItem> {
    const marks = new Map<string, DayMark & EventItem>();
    for (const { stream } of items) {
      const mark = dayMark(stream);
      if (mark === undefined) continue;
      const key = JSON.stringify([mark.stream, mark.at]);
      if (!this.#marked.has(key)) marks.set(key, { ...mark });
    }
    return marks;
  }

  /** How many items of a batch are not known to be written, and why; `undefined` when all are. */
  async #writeBatch(items: readonly EventItem[]): Promise<{ count: number; problem: string } | undefined> {
    const puts = items.map(
      (item): WriteRequest => ({
        PutRequest: { Item: marshall(item, { removeUndefinedValues: true }) },
      }),
    );
    let left: readonly WriteRequest[] = puts;
    const put = async (
      requests: readonly WriteRequest[],
      abortSignal: AbortSignal,
    ): Promise<readonly WriteRequest[]> => {
      const command = new BatchWriteItemCommand({ RequestItems: { [this.#table]: [...requests] } });
      const { UnprocessedItems } = await this.#client.send(command, { abortSignal });
      left = UnprocessedItems?.[this.#table] ?? [];
      return left;
    };
    try {
      await untilProcessed(puts, put, STORE_BOUND_MS);
      return left.length === 0 ? undefined : { count: left.length, problem: 'left unprocessed' };
    } catch (error) {
      return { count: left.length, problem: problemOfError(error) };
    }
  }
}
