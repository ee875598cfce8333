/** Reads the policy items of one published server from DynamoDB. */
import { type DynamoDBClient, GetItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { CLIENT_PREFIX, COMMAND_PREFIX, type PolicyAttributes, SETTINGS_ITEM } from '../policy/item.ts';

export interface PolicyStore {
  /** The server's `settings`, `command#` and `client#` items; rejects when the table cannot be read. */
  read(server: string): Promise<readonly PolicyAttributes[]>;
}

/**
 * Reads by key ranges, so that ten thousand `domain#` items cost nothing, within the one partition that the task's
 * role allows (`dynamodb:LeadingKeys`). Consistently, since an edit is to be in force at the next look.
 */
export class DynamoPolicyStore implements PolicyStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async read(server: string): Promise<readonly PolicyAttributes[]> {
    const [settings, clients, commands] = await Promise.all([
      this.#readSettings(server),
      this.#readRange(server, CLIENT_PREFIX),
      this.#readRange(server, COMMAND_PREFIX),
    ]);
    return [...settings, ...clients, ...commands];
  }

  async #readSettings(server: string): Promise<PolicyAttributes[]> {
    const Key = { server: { S: server }, item: { S: SETTINGS_ITEM } };
    const { Item } = await this.#client.send(new GetItemCommand({ TableName: this.#table, Key, ConsistentRead: true }));
    return Item === undefined ? [] : [unmarshall(Item)];
  }

  async #readRange(server: string, prefix: string): Promise<PolicyAttributes[]> {
    const query = {
      TableName: this.#table,
      ConsistentRead: true,
      KeyConditionExpression: '#server = :server AND begins_with(#item, :prefix)',
      ExpressionAttributeNames: { '#server': 'server', '#item': 'item' },
      ExpressionAttributeValues: { ':server': { S: server }, ':prefix': { S: prefix } },
    };
    const items: PolicyAttributes[] = [];
    for await (const page of paginateQuery({ client: this.#client }, query)) {
      for (const item of page.Items ?? []) items.push(unmarshall(item));
    }
    return items;
  }
}
