/** Reads the policy items of one published server from DynamoDB. */
import { type AttributeValue, type DynamoDBClient, GetItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  CLIENT_PREFIX,
  COMMAND_PREFIX,
  ISSUER_PREFIX,
  type PolicyAttributes,
  SENDER_PREFIX,
  SETTINGS_ITEM,
} from '../policy/item.ts';
import { SCREEN_PREFIX } from '../policy/screen/screen-item.ts';

export interface PolicyStore {
  /** All of the server's items but `domain#`; rejects when the table cannot be read. */
  read(server: string): Promise<readonly PolicyAttributes[]>;
}

/** Milliseconds for all of a server's items; the SDK's own bounds leave out an answer that never comes. */
const READ_TIMEOUT_MS = 4000;

/** Ranges of keys, one Query each; `domain#` is read by `check-relay` alone, a key at a time. */
const RANGES = [CLIENT_PREFIX, COMMAND_PREFIX, ISSUER_PREFIX, SCREEN_PREFIX, SENDER_PREFIX] as const;

/**
 * Reads by key ranges, so that ten thousand `domain#` items cost nothing, within the one partition that the task's
 * role allows (`dynamodb:LeadingKeys`). Consistently, since an edit is to be in force at the next look.
 */
export class DynamoPolicyStore implements PolicyStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #timeoutMs: number;

  constructor(client: DynamoDBClient, table: string, timeoutMs = READ_TIMEOUT_MS) {
    this.#client = client;
    this.#table = table;
    this.#timeoutMs = timeoutMs;
  }

  async read(server: string): Promise<readonly PolicyAttributes[]> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      const ranges = RANGES.map((prefix) => this.#readRange(server, prefix, signal));
      return (await Promise.all([this.#readSettings(server, signal), ...ranges])).flat();
    } catch (cause) {
      throw signal.aborted ? new Error(`No answer in ${this.#timeoutMs} ms`, { cause }) : cause;
    }
  }

  async #readSettings(server: string, abortSignal: AbortSignal): Promise<PolicyAttributes[]> {
    const Key = { server: { S: server }, item: { S: SETTINGS_ITEM } };
    const command = new GetItemCommand({ TableName: this.#table, Key, ConsistentRead: true });
    const { Item } = await this.#client.send(command, { abortSignal });
    return Item === undefined ? [] : [attributesOf(Item)];
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
