/** Reads the policy items of one published server from DynamoDB. */
import { type AttributeValue, type DynamoDBClient, GetItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type PolicyAttributes, SETTINGS_ITEM, SNAPSHOT_PREFIXES } from '../policy/item.ts';

/** Both reject when the table cannot be read. */
export interface PolicyStore {
  /** The server's settings: one read, however many items there are. `undefined` when there are none. */
  readSettings(server: string): Promise<PolicyAttributes | undefined>;
  /** All other items of the server's snapshot: neither settings nor `domain#`. */
  readOthers(server: string): Promise<readonly PolicyAttributes[]>;
}

/** Milliseconds for a reading; the SDK's own bounds leave out an answer that never comes. */
const READ_TIMEOUT_MS = 4000;

/**
 * Reads by key ranges, so that ten thousand `domain#` items cost nothing, within the one partition that the task's
 * role allows (`dynamodb:LeadingKeys`). Consistently, since an edit is to be in force at the next look.
 */
export class DynamoPolicyReader implements PolicyStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #timeoutMs: number;

  constructor(client: DynamoDBClient, table: string, timeoutMs = READ_TIMEOUT_MS) {
    this.#client = client;
    this.#table = table;
    this.#timeoutMs = timeoutMs;
  }

  async readSettings(server: string): Promise<PolicyAttributes | undefined> {
    const Key = { server: { S: server }, item: { S: SETTINGS_ITEM } };
    const command = new GetItemCommand({ TableName: this.#table, Key, ConsistentRead: true });
    const { Item } = await this.#inTime((abortSignal) => this.#client.send(command, { abortSignal }));
    return Item === undefined ? undefined : attributesOf(Item);
  }

  async readOthers(server: string): Promise<readonly PolicyAttributes[]> {
    const ranges = await this.#inTime((signal) =>
      Promise.all(SNAPSHOT_PREFIXES.map((prefix) => this.#readRange(server, prefix, signal))),
    );
    return ranges.flat();
  }

  async #inTime<T>(reading: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      return await reading(signal);
    } catch (cause) {
      throw signal.aborted ? new Error(`No answer in ${this.#timeoutMs} ms`, { cause }) : cause;
    }
  }

  async #readRange(server: string, prefix: string, abortSignal: AbortSignal): Promise<PolicyAttributes[]> {
    const query = {
      TableName: this.#table,
      ConsistentRead: true,
      KeyConditionExpression: '#server = :server AND begins_with(#item, :prefix)',
      ExpressionAttributeNames: { '#server': 'server', '#item': 'item' },
      ExpressionAttributeValues: { ':server': { S: server }, ':prefix': { S: prefix } },
    };
    const items: PolicyAttributes[] = [];
    for await (const page of paginateQuery({ client: this.#client }, query, { abortSignal })) {
      for (const item of page.Items ?? []) items.push(attributesOf(item));
    }
    return items;
  }
}

/** A number beyond JavaScript's reach is a mistake in one item, and must not make all of them unreadable. */
function attributesOf(item: Record<string, AttributeValue>): PolicyAttributes {
  return unmarshall(item, { wrapNumbers: Number });
}
