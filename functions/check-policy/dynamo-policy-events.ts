/** Events of `check-policy` in the DynamoDB table *events*. */
import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import type { PosternEvent } from '../../policy/event.ts';
import { STORE_BOUND_MS } from '../tables/client.ts';
import { DynamoEventStore } from '../tables/dynamo-event-store.ts';
import { makeEventItem } from '../tables/event-item.ts';
import { type PolicyEvents, SEEN_BY_TABLE } from './policy-items.ts';

export class DynamoPolicyEvents implements PolicyEvents {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #store: DynamoEventStore;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
    this.#store = new DynamoEventStore(client, table);
  }

  async record(events: readonly PosternEvent[]): Promise<void> {
    await this.#store.write(events.map(makeEventItem));
  }

  async deletedByApi(server: string, at: string): Promise<ReadonlySet<string>> {
    const since = new Date(Date.parse(at) - LEEWAY_MS).toISOString();
    const deleted = new Set<string>();
    // A deletion at midnight is told of on the day after.
    for (const day of daysFrom(since)) {
      const query = {
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: '#stream = :stream AND #at >= :at',
        FilterExpression: '#type = :type AND #who <> :table AND attribute_not_exists(#after)',
        ProjectionExpression: '#item',
        ExpressionAttributeNames: {
          '#stream': 'stream',
          '#at': 'at',
          '#type': 'type',
          '#who': 'who',
          '#after': 'after',
          '#item': 'item',
        },
        ExpressionAttributeValues: {
          ':stream': { S: `${server}#${day}` },
          ':at': { S: since },
          ':type': { S: 'policy-changed' },
          ':table': { S: SEEN_BY_TABLE },
        },
      };
      const abortSignal = AbortSignal.timeout(STORE_BOUND_MS);
      for await (const page of paginateQuery({ client: this.#client }, query, { abortSignal })) {
        for (const { item } of page.Items ?? []) deleted.add(item?.S ?? '');
      }
    }
    return deleted;
  }
}

/** By which an event's time may be before that of the deletion: DynamoDB's is in whole seconds, and a clock may differ. */
const LEEWAY_MS = 10_000;
const DAY_MS = 86_400_000;

function daysFrom(at: string): readonly string[] {
  const next = new Date(Date.parse(at) + DAY_MS).toISOString();
  return [at.slice(0, 10), next.slice(0, 10)];
}
