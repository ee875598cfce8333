/** Users in the DynamoDB table *users*. */
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { UserStore } from '../directory/find-user.ts';
import { STORE_BOUND_MS } from '../tables/client.ts';

export class DynamoUserDirectory implements UserStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Reads consistently, so that a user who was disabled is out at once. */
  async find(user: string): Promise<unknown> {
    const command = new GetItemCommand({ TableName: this.#table, Key: { user: { S: user } }, ConsistentRead: true });
    const { Item } = await this.#client.send(command, { abortSignal: AbortSignal.timeout(STORE_BOUND_MS) });
    // A number beyond JavaScript's reach must fail in the item's schema, not here.
    return Item === undefined ? undefined : unmarshall(Item, { wrapNumbers: Number });
  }
}
