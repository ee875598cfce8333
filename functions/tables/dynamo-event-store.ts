/** Events in the DynamoDB table *events*. */
import { BatchWriteItemCommand, type DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { problemOfError } from '../log.ts';
import { STORE_BOUND_MS } from './client.ts';
import type { EventItem } from './event-item.ts';
import type { EventStore } from './event-store.ts';
import { untilProcessed } from './until-processed.ts';

/** Items that one BatchWriteItem takes. */
const BATCH_ITEMS = 25;

export class DynamoEventStore implements EventStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Writes all batches side by side; a batch that fails holds up no other. */
  async write(items: readonly EventItem[]): Promise<void> {
    const batches: (readonly EventItem[])[] = [];
    for (let at = 0; at < items.length; at += BATCH_ITEMS) batches.push(items.slice(at, at + BATCH_ITEMS));
    const failures = (await Promise.all(batches.map((batch) => this.#writeBatch(batch)))).filter(
      (failure) => failure !== undefined,
    );
    if (failures.length === 0) return;
    const count = failures.reduce((sum, failure) => sum + failure.count, 0);
    const problems = [...new Set(failures.map((failure) => failure.problem))].join('; ');
    throw new Error(`Cannot write ${count} of ${items.length} events: ${problems}`);
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
