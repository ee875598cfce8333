/** Settings in the DynamoDB table *policy*. */
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type PolicyAttributes, SETTINGS_ITEM } from '../../policy/item.ts';
import { STORE_BOUND_MS } from '../dynamo-client.ts';
import type { SettingsStore } from './settings-store.ts';

export class DynamoSettingsStore implements SettingsStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Reads consistently, so that who has just written sees it. */
  async settings(server: string): Promise<PolicyAttributes | undefined> {
    const Key = { server: { S: server }, item: { S: SETTINGS_ITEM } };
    const command = new GetItemCommand({ TableName: this.#table, Key, ConsistentRead: true });
    const { Item } = await this.#client.send(command, { abortSignal: AbortSignal.timeout(STORE_BOUND_MS) });
    return Item === undefined ? undefined : unmarshall(Item, { wrapNumbers: Number });
  }
}
