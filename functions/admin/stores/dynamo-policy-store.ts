/** Policy items in the DynamoDB table *policy*, for those who edit them by the API. */
import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { attributeNames, BOOKKEEPING_ATTRIBUTES, DOMAIN_PREFIX } from '../../../policy/item.ts';
import { attributesOf, type Image } from '../../tables/attributes.ts';
import { bounded, STORE_BOUND_MS } from '../../tables/client.ts';
import type { ConditionalWrite } from '../../tables/conditional-write.ts';
import { CHECKED_ATTRIBUTES, PASSING_ATTRIBUTES } from '../../tables/kept.ts';
import { sendConditionalWrite, sendMark } from '../../tables/send-conditional-write.ts';
import type { ItemChange, ItemPage, PolicyStore, StoredItem } from './policy-store.ts';

/** `item` is a reserved word of DynamoDB's expressions. */
const NAMES = { '#server': 'server', '#item': 'item' };
/** After every sort key that a person could write. */
const LAST_KEY = '\u{10FFFF}';
/** Milliseconds for reading all items of a server, which takes a call for each megabyte. */
const READ_ALL_BOUND_MS = 15_000;

export class DynamoPolicyStore implements PolicyStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async read(server: string, item: string): Promise<StoredItem | undefined> {
    const Key = { server: { S: server }, item: { S: item } };
    const command = new GetItemCommand({ TableName: this.#table, Key, ConsistentRead: true });
    const { Item } = await this.#client.send(command, bounded());
    return Item === undefined ? undefined : storedItem(Item);
  }

  async list(server: string, prefix: string, limit: number, after?: string): Promise<ItemPage> {
    const from = after ?? prefix;
    // A range that ends before it begins is none, and DynamoDB refuses it.
    if (Buffer.compare(Buffer.from(from), Buffer.from(`${prefix}${LAST_KEY}`)) > 0) return { items: [] };
    const page = await this.#query(server, [from, `${prefix}${LAST_KEY}`], {
      // `BETWEEN` has its lower end in it.
      limit: after === undefined ? limit + 1 : limit + 2,
      signal: AbortSignal.timeout(STORE_BOUND_MS),
    });
    const found = page.filter(({ item }) => item !== after);
    const items = found.slice(0, limit);
    const last = items.at(-1)?.item;
    return found.length > limit && last !== undefined ? { items, last } : { items };
  }

  readPrefix(server: string, prefix: string): Promise<readonly StoredItem[]> {
    const signal = AbortSignal.timeout(READ_ALL_BOUND_MS);
    return this.#query(server, [prefix, `${prefix}${LAST_KEY}`], { signal });
  }

  async readAll(server: string, which: 'all' | 'without-domains'): Promise<readonly StoredItem[]> {
    const signal = AbortSignal.timeout(READ_ALL_BOUND_MS);
    const ranges =
      which === 'all'
        ? [['\u0001', LAST_KEY] as const]
        : [['\u0001', DOMAIN_PREFIX] as const, [`${DOMAIN_PREFIX}${LAST_KEY}`, LAST_KEY] as const];
    return (await Promise.all(ranges.map((range) => this.#query(server, range, { signal })))).flat();
  }

  /**
   * One call a server: from its last possible key the scan goes on with the next server, however many items lie
   * between. (Asking for the settings of all servers would read every domain of each.)
   */
  async servers(
    limit: number,
    after?: string,
  ): Promise<{ readonly servers: readonly string[]; readonly last?: string }> {
    const signal = AbortSignal.timeout(READ_ALL_BOUND_MS);
    const servers: string[] = [];
    let at = after;
    for (;;) {
      const command = new ScanCommand({
        TableName: this.#table,
        Limit: 1,
        ConsistentRead: true,
        ProjectionExpression: '#server',
        ExpressionAttributeNames: { '#server': 'server' },
        ...(at === undefined ? {} : { ExclusiveStartKey: { server: { S: at }, item: { S: LAST_KEY } } }),
      });
      const { Items = [] } = await this.#client.send(command, { abortSignal: signal });
      const next = Items[0]?.server?.S;
      if (next === undefined) return { servers };
      if (servers.length === limit) return at === undefined ? { servers } : { servers, last: at };
      servers.push(next);
      at = next;
    }
  }

  async write(change: ItemChange): Promise<StoredItem | 'deleted' | 'changed'> {
    const { server, item, before, after, by } = change;
    const written = await sendConditionalWrite(this.#client, this.#conditioned({ server, item }, before), after, by);
    return typeof written === 'string' ? written : storedItem(written);
  }

  async mark(item: StoredItem, marks: Readonly<Record<string, string>>): Promise<StoredItem | 'changed'> {
    const marked = await sendMark(
      this.#client,
      this.#conditioned({ server: item.server, item: item.item }, item),
      marks,
    );
    return typeof marked === 'string' ? marked : storedItem(marked);
  }

  #conditioned(
    key: { readonly server: string; readonly item: string },
    before: StoredItem | undefined,
  ): ConditionalWrite {
    return {
      table: this.#table,
      key,
      before: before?.raw,
      known: knownAttributes(key.item),
      ignored: CHECKED_ATTRIBUTES,
      // What is written here has been checked; what `check-policy` finds all the same, it writes anew.
      dropped: PASSING_ATTRIBUTES,
    };
  }

  async #query(
    server: string,
    [from, to]: readonly [string, string],
    { limit, signal }: { readonly limit?: number; readonly signal: AbortSignal },
  ): Promise<StoredItem[]> {
    const items: StoredItem[] = [];
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const command: QueryCommand = new QueryCommand({
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: '#server = :server AND #item BETWEEN :from AND :to',
        ExpressionAttributeNames: NAMES,
        ExpressionAttributeValues: { ':server': { S: server }, ':from': { S: from }, ':to': { S: to } },
        ...(limit === undefined ? {} : { Limit: limit - items.length }),
        ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
      });
      const { Items = [], LastEvaluatedKey } = await this.#client.send(command, { abortSignal: signal });
      items.push(...Items.map(storedItem));
      ExclusiveStartKey = LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined && (limit === undefined || items.length < limit));
    return items;
  }
}

function knownAttributes(item: string): readonly string[] {
  return [...attributeNames(item), ...BOOKKEEPING_ATTRIBUTES];
}

function storedItem(Item: Image): StoredItem {
  const { server, item, ...raw } = Item;
  return { server: server?.S ?? '', item: item?.S ?? '', attributes: attributesOf(raw), raw };
}
