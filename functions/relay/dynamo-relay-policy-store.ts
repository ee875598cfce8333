/** Policy items in the DynamoDB table *policy*. */
import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { PolicyAttributes } from '../../policy/item.ts';
import { STORE_BOUND_MS } from '../tables/client.ts';
import { untilProcessed } from '../tables/until-processed.ts';
import type { RelayPolicyStore } from './relay-policy-store.ts';

type Key = Record<string, AttributeValue>;

/** Keys of one BatchGetItem at most; a group of recipients may have more, two for each domain. */
const BATCH_KEYS = 100;

export class DynamoRelayPolicyStore implements RelayPolicyStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Consistent BatchGetItems at once; keys that a throttled table leaves unprocessed are asked for again within the bound. */
  async read(server: string, items: readonly string[]): Promise<ReadonlyMap<string, PolicyAttributes>> {
    const found = new Map<string, PolicyAttributes>();
    const keys = items.map((item): Key => ({ server: { S: server }, item: { S: item } }));
    const ask = async (left: readonly Key[], abortSignal: AbortSignal): Promise<readonly Key[]> => {
      const command = new BatchGetItemCommand({
        RequestItems: { [this.#table]: { Keys: [...left], ConsistentRead: true } },
      });
      const { Responses, UnprocessedKeys } = await this.#client.send(command, { abortSignal });
      for (const item of Responses?.[this.#table] ?? []) {
        // A number beyond JavaScript's reach must fail in the item's schema, not here.
        const attributes: PolicyAttributes = unmarshall(item, { wrapNumbers: Number });
        found.set(String(attributes.item), attributes);
      }
      return UnprocessedKeys?.[this.#table]?.Keys ?? [];
    };
    const batches = batchesOf(keys).map((batch) => untilProcessed(batch, ask, STORE_BOUND_MS));
    const left = (await Promise.all(batches)).flat();
    if (left.length > 0) throw new Error(`${left.length} of ${keys.length} keys were left unprocessed`);
    return found;
  }
}

function batchesOf(keys: readonly Key[]): (readonly Key[])[] {
  const count = Math.ceil(keys.length / BATCH_KEYS);
  return Array.from({ length: count }, (_, index) => keys.slice(index * BATCH_KEYS, (index + 1) * BATCH_KEYS));
}
