/** Users in the DynamoDB table *users*, for those who edit them by the API. */
import { type AttributeValue, type DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { BOOKKEEPING_ATTRIBUTES } from '../../../policy/item.ts';
import { userSchema } from '../../../policy/user.ts';
import { STORE_BOUND_MS } from '../../tables/client.ts';
import type { ConditionalWrite } from '../../tables/conditional-write.ts';
import { sendConditionalWrite } from '../../tables/send-conditional-write.ts';
import type { StoredUser, UserChange, UserPage, UserStore } from './user-store.ts';

const KEY = 'user';
const KNOWN_ATTRIBUTES = [...Object.keys(userSchema.shape), ...BOOKKEEPING_ATTRIBUTES].filter((name) => name !== KEY);

export class DynamoUserStore implements UserStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async read(user: string): Promise<StoredUser | undefined> {
    const command = new GetItemCommand({ TableName: this.#table, Key: { [KEY]: { S: user } }, ConsistentRead: true });
    const { Item } = await this.#client.send(command, bounded());
    return Item === undefined ? undefined : storedUser(Item);
  }

  async list(limit: number, after?: string): Promise<UserPage> {
    const command = new ScanCommand({
      TableName: this.#table,
      Limit: limit,
      ConsistentRead: true,
      ...(after === undefined ? {} : { ExclusiveStartKey: { [KEY]: { S: after } } }),
    });
    const { Items = [], LastEvaluatedKey } = await this.#client.send(command, bounded());
    return { users: Items.map(storedUser), last: LastEvaluatedKey?.[KEY]?.S };
  }

  async write({ user, before, after }: UserChange): Promise<StoredUser | 'deleted' | 'changed'> {
    const write: ConditionalWrite = {
      table: this.#table,
      key: { [KEY]: user },
      before: before?.raw,
      known: KNOWN_ATTRIBUTES,
      ignored: ['lastGood'],
      dropped: ['problem'],
    };
    const written = await sendConditionalWrite(this.#client, write, after);
    return typeof written === 'string' ? written : storedUser(written);
  }
}

function bounded(): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(STORE_BOUND_MS) };
}

function storedUser(Item: Readonly<Record<string, AttributeValue>>): StoredUser {
  const { [KEY]: user, ...raw } = Item;
  // A number beyond JavaScript's reach must fail in the item's schema, not here.
  return { user: user?.S ?? '', attributes: unmarshall(raw, { wrapNumbers: Number }), raw };
}
