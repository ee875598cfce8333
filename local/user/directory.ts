/** The table *users* as the command sees it, and the names of the published servers. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  paginateScan,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { SETTINGS_ITEM } from '../../policy/item.ts';
import { TABLES } from '../names.ts';

export interface NewUser {
  readonly user: string;
  /** PHC string. */
  readonly verifier: string;
  readonly servers: readonly string[];
  readonly senders: readonly string[];
}

export class UserDirectory {
  readonly #client: DynamoDBClient;

  constructor(client: DynamoDBClient) {
    this.#client = client;
  }

  /** False when there is a user of that name; it is left as it is. */
  async add({ user, verifier, servers, senders }: NewUser): Promise<boolean> {
    const item = { user, verifier, enabled: true, servers: new Set(servers), senders: new Set(senders) };
    const put = new PutItemCommand({
      TableName: TABLES.users,
      Item: marshall(item),
      ConditionExpression: 'attribute_not_exists(#user)',
      ExpressionAttributeNames: { '#user': 'user' },
    });
    return holds(this.#client.send(put));
  }

  /** False when there is no user of that name. */
  async setVerifier(user: string, verifier: string): Promise<boolean> {
    const update = new UpdateItemCommand({
      TableName: TABLES.users,
      Key: marshall({ user }),
      UpdateExpression: 'SET verifier = :verifier',
      ConditionExpression: 'attribute_exists(#user)',
      ExpressionAttributeNames: { '#user': 'user' },
      ExpressionAttributeValues: marshall({ ':verifier': verifier }),
    });
    return holds(this.#client.send(update));
  }

  /** Every item as it is, by name; without verifiers. */
  async list(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const items = await this.#scan(TABLES.users);
    const shown = items.map(({ verifier: _verifier, ...item }) => item);
    return shown.sort((a, b) => (String(a.user) < String(b.user) ? -1 : 1));
  }

  /** Servers that have a policy. */
  async publishedServers(): Promise<readonly string[]> {
    const items = await this.#scan(TABLES.policy);
    return items.filter(({ item }) => item === SETTINGS_ITEM).map(({ server }) => String(server));
  }

  async #scan(table: string): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    for await (const { Items = [] } of paginateScan({ client: this.#client }, { TableName: table })) {
      items.push(...Items.map((item) => unmarshall(item)));
    }
    return items;
  }
}

async function holds(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
