/** Users in the DynamoDB table *users*, for those who edit them by the API. */
import { type DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { BOOKKEEPING_ATTRIBUTES } from '../../../policy/item.ts';
import { userSchema } from '../../../policy/user.ts';
import { attributesOf, type Image } from '../../tables/attributes.ts';
import { bounded } from '../../tables/client.ts';
import type { ConditionalWrite } from '../../tables/conditional-write.ts';
import { CHECKED_ATTRIBUTES, PASSING_ATTRIBUTES } from '../../tables/kept.ts';
import { type Signature, sendConditionalWrite, sendMark } from '../../tables/send-conditional-write.ts';
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

  async write({ user, before, after, by }: UserChange): Promise<StoredUser | 'deleted' | 'changed'> {
    const written = await sendConditionalWrite(this.#client, this.#conditioned(user, before), after, by);
    return typeof written === 'string' ? written : storedUser(written);
  }

  async markUnlocked(before: StoredUser, { who, at }: Signature): Promise<StoredUser | 'changed'> {
    const write = this.#conditioned(before.user, before);
    const marked = await sendMark(this.#client, write, { unlockedBy: who, unlockedAt: at });
    return typeof marked === 'string' ? marked : storedUser(marked);
  }

  #conditioned(user: string, before: StoredUser | undefined): ConditionalWrite {
    return {
      table: this.#table,
      key: { [KEY]: user },
      before: before?.raw,
      known: KNOWN_ATTRIBUTES,
      ignored: CHECKED_ATTRIBUTES,
      dropped: PASSING_ATTRIBUTES,
    };
  }
}

function storedUser(Item: Image): StoredUser {
  const { [KEY]: user, ...raw } = Item;
  return { user: user?.S ?? '', attributes: attributesOf(raw), raw };
}
