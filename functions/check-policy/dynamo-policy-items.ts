/** Policy items in the DynamoDB table *policy*. */
import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { attributeNames, ownAttributes, SETTINGS_ITEM } from '../../policy/item.ts';
import type { Image } from '../tables/attributes.ts';
import { bounded, ifCondition } from '../tables/client.ts';
import { conditionOn } from '../tables/conditional-write.ts';
import type { BookkeepingChange } from './bookkeeping.ts';
import type { PolicyItems } from './policy-items.ts';

export class DynamoPolicyItems implements PolicyItems {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async read(server: string, item: string): Promise<Image | undefined> {
    const Key = { server: { S: server }, item: { S: item } };
    const command = new GetItemCommand({ TableName: this.#table, Key, ConsistentRead: true });
    return (await this.#client.send(command, bounded())).Item;
  }

  async readRange(server: string, prefix: string): Promise<readonly Image[]> {
    const query = {
      TableName: this.#table,
      ConsistentRead: true,
      KeyConditionExpression: '#server = :server AND begins_with(#item, :prefix)',
      ExpressionAttributeNames: { '#server': 'server', '#item': 'item' },
      ExpressionAttributeValues: { ':server': { S: server }, ':prefix': { S: prefix } },
    };
    const items: Image[] = [];
    for await (const page of paginateQuery({ client: this.#client }, query, bounded()))
      items.push(...(page.Items ?? []));
    return items;
  }

  async keep(judged: Image, change: BookkeepingChange): Promise<boolean> {
    const server = judged.server?.S ?? '';
    const item = judged.item?.S ?? '';
    const condition = conditionOn({
      table: this.#table,
      key: { server, item },
      before: ownAttributes(judged),
      known: attributeNames(item),
      ignored: [],
    });
    const { expression, names, values } = updateOf(change);
    const allValues = { ...condition.ExpressionAttributeValues, ...values };
    const update = new UpdateItemCommand({
      TableName: this.#table,
      Key: { server: { S: server }, item: { S: item } },
      UpdateExpression: expression,
      ConditionExpression: condition.ConditionExpression,
      ExpressionAttributeNames: { ...condition.ExpressionAttributeNames, ...names },
      // DynamoDB refuses an empty map of values.
      ...(Object.keys(allValues).length === 0 ? {} : { ExpressionAttributeValues: allValues }),
    });
    return ifCondition(
      this.#client.send(update, bounded()).then(() => true),
      false,
    );
  }

  async revise(server: string, revision: string): Promise<void> {
    const update = new UpdateItemCommand({
      TableName: this.#table,
      Key: { server: { S: server }, item: { S: SETTINGS_ITEM } },
      UpdateExpression: 'SET #revision = :revision',
      ConditionExpression: 'attribute_exists(#server)',
      ExpressionAttributeNames: { '#server': 'server', '#revision': 'revision' },
      ExpressionAttributeValues: { ':revision': { S: revision } },
    });
    await ifCondition(
      this.#client.send(update, bounded()).then(() => undefined),
      undefined,
    );
  }
}

function updateOf(change: BookkeepingChange): {
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, AttributeValue>>;
} {
  const sets: string[] = [];
  const removes: string[] = [];
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(change)) {
    names[`#${name}`] = name;
    if (value === undefined) removes.push(`#${name}`);
    else {
      sets.push(`#${name} = :${name}`);
      values[`:${name}`] = value;
    }
  }
  const clauses = [
    ...(sets.length === 0 ? [] : [`SET ${sets.join(', ')}`]),
    ...(removes.length === 0 ? [] : [`REMOVE ${removes.join(', ')}`]),
  ];
  return { expression: clauses.join(' '), names, values };
}
