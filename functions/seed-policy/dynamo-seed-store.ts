/** Writes first items into the DynamoDB table *policy*. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { PolicyAttributes } from '../../policy/item.ts';
import type { SeedStore } from '../../policy/seed.ts';

export class DynamoSeedStore implements SeedStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async has(server: string, item: string): Promise<boolean> {
    const Key = { server: { S: server }, item: { S: item } };
    const { Item } = await this.#client.send(
      new GetItemCommand({
        TableName: this.#table,
        Key,
        ConsistentRead: true,
        ProjectionExpression: '#item',
        ExpressionAttributeNames: NAMES,
      }),
    );
    return Item !== undefined;
  }

  async putUnlessThere(item: PolicyAttributes): Promise<void> {
    const put = new PutItemCommand({
      TableName: this.#table,
      Item: marshall(item),
      ConditionExpression: 'attribute_not_exists(#item)',
      ExpressionAttributeNames: NAMES,
    });
    try {
      await this.#client.send(put);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

/** `item` is a reserved word of DynamoDB's expressions. */
const NAMES = { '#item': 'item' };
