/** Failed logins in the DynamoDB table *counters*: a partition a user, an item a client network. */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandOutput,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { LOGIN_PREFIX, loginCounter, loginNameOf } from '../../../policy/counter.ts';
import { bounded, STORE_BOUND_MS } from '../../tables/client.ts';
import { untilProcessed } from '../../tables/until-processed.ts';
import type { FailurePlace, LoginFailure, LoginFailurePage, LoginFailures } from './user-store.ts';

/** Items that one BatchWriteItem takes. */
const BATCH_ITEMS = 25;
/** Networks forgotten in one call, within the time that the HTTP API has. */
const MOST_NETWORKS = 1000;

type Item = Readonly<Record<string, AttributeValue>>;

function isCounted({ expiresAt }: Item, nowSeconds: number): boolean {
  return Number(expiresAt?.N) > nowSeconds;
}

function keyOf({ user, network }: FailurePlace): Record<string, AttributeValue> {
  return { counter: { S: `${LOGIN_PREFIX}${user}` }, scope: { S: network } };
}

/** `undefined` of an item that counts something else. */
function failureOf({ counter, scope, failures, expiresAt }: Item): LoginFailure | undefined {
  const user = loginNameOf(counter?.S ?? '');
  if (user === undefined) return undefined;
  return { user, network: scope?.S ?? '', failures: Number(failures?.N ?? 0), expiresAt: Number(expiresAt?.N ?? 0) };
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

  async list(
    user: string | undefined,
    { nowSeconds, limit, after }: Parameters<LoginFailures['list']>[1],
  ): Promise<LoginFailurePage> {
    const start = after === undefined ? {} : { ExclusiveStartKey: marshall(after) };
    const { Items = [], LastEvaluatedKey } = await this.#page(user, { Limit: limit, ...start });
    const failures = Items.filter((item) => isCounted(item, nowSeconds)).flatMap((item) => failureOf(item) ?? []);
    const { counter, scope } = LastEvaluatedKey ?? {};
    return counter?.S === undefined || scope?.S === undefined
      ? { failures }
      : { failures, last: { counter: counter.S, scope: scope.S } };
  }

  /** A page of counters; without a user, every counter is looked at, those of sent messages too. */
  #page(
    user: string | undefined,
    more: { readonly Limit: number; readonly ExclusiveStartKey?: Record<string, AttributeValue> },
  ): Promise<Pick<QueryCommandOutput, 'Items' | 'LastEvaluatedKey'>> {
    const question = {
      TableName: this.#table,
      ConsistentRead: true,
      ExpressionAttributeNames: { '#counter': 'counter' },
    };
    if (user === undefined) {
      const ExpressionAttributeValues = { ':login': { S: LOGIN_PREFIX } };
      const FilterExpression = 'begins_with(#counter, :login)';
      const scan = new ScanCommand({ ...question, ...more, FilterExpression, ExpressionAttributeValues });
      return this.#client.send(scan, bounded());
    }
    const ExpressionAttributeValues = { ':counter': { S: loginCounter(user) } };
    const KeyConditionExpression = '#counter = :counter';
    return this.#client.send(
      new QueryCommand({ ...question, ...more, KeyConditionExpression, ExpressionAttributeValues }),
      bounded(),
    );
  }

  async forgetNetwork(place: FailurePlace): Promise<void> {
    await this.#client.send(new DeleteItemCommand({ TableName: this.#table, Key: keyOf(place) }), bounded());
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
