/** Failed logins in the DynamoDB table *counters*: a partition a user, an item a client network. */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { loginCounter } from '../../../policy/counter.ts';
import { bounded, STORE_BOUND_MS } from '../../tables/client.ts';
import { untilProcessed } from '../../tables/until-processed.ts';
import type { LoginFailures } from './user-store.ts';

/** Items that one BatchWriteItem takes. */
const BATCH_ITEMS = 25;
/** Networks forgotten in one call, within the time that the HTTP API has. */
const MOST_NETWORKS = 1000;

type Item = Readonly<Record<string, AttributeValue>>;

function isCounted({ expiresAt }: Item, nowSeconds: number): boolean {
  return Number(expiresAt?.N) > nowSeconds;
}

export class DynamoLoginFailures implements LoginFailures {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async any(user: string, nowSeconds: number): Promise<boolean> {
    const { Items = [] } = await this.#read(user);
    return Items.some((item) => isCounted(item, nowSeconds));
  }

  async forget(user: string, nowSeconds: number): Promise<{ readonly networks: number; readonly isAll: boolean }> {
    const { Items = [], LastEvaluatedKey } = await this.#read(user);
    for (let at = 0; at < Items.length; at += BATCH_ITEMS) await this.#delete(Items.slice(at, at + BATCH_ITEMS));
    const networks = Items.filter((item) => isCounted(item, nowSeconds)).length;
    return { networks, isAll: LastEvaluatedKey === undefined };
  }

  #read(user: string): Promise<QueryCommandOutput> {
    const query = new QueryCommand({
      TableName: this.#table,
      ConsistentRead: true,
      KeyConditionExpression: '#counter = :counter',
      ProjectionExpression: '#counter, #scope, #expiresAt',
      ExpressionAttributeNames: { '#counter': 'counter', '#scope': 'scope', '#expiresAt': 'expiresAt' },
      ExpressionAttributeValues: { ':counter': { S: loginCounter(user) } },
      Limit: MOST_NETWORKS,
    });
    return this.#client.send(query, bounded());
  }

  async #delete(items: readonly Item[]): Promise<void> {
    const requests = items.map(({ counter, scope }) => ({
      DeleteRequest: {
        Key: { ...(counter === undefined ? {} : { counter }), ...(scope === undefined ? {} : { scope }) },
      },
    }));
    const left = await untilProcessed(
      requests,
      async (batch, abortSignal) => {
        const command = new BatchWriteItemCommand({ RequestItems: { [this.#table]: [...batch] } });
        const { UnprocessedItems } = await this.#client.send(command, { abortSignal });
        return (UnprocessedItems?.[this.#table] ?? []).flatMap(({ DeleteRequest }) =>
          DeleteRequest === undefined ? [] : [{ DeleteRequest: { Key: DeleteRequest.Key ?? {} } }],
        );
      },
      STORE_BOUND_MS,
    );
    if (left.length > 0) throw new Error(`Cannot forget failed logins: ${left.length} counters were left unprocessed`);
  }
}
