/** Reads the DynamoDB table *events*, by `stream` or by its index `session`. */
import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { TABLE_SHAPES } from '../../policy/tables.ts';
import { STORE_BOUND_MS } from '../tables/client.ts';
import { untilProcessed } from '../tables/until-processed.ts';
import type { EventAttributes, EventFilter, EventKey, EventPage, EventQuestion, EventReader } from './event-reader.ts';

export class DynamoEventReader implements EventReader {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Reads a stream consistently; the index of sessions follows the table within moments. */
  async read(question: EventQuestion): Promise<EventPage> {
    const command = new QueryCommand({ TableName: this.#table, ...queryOf(question) });
    const { Items = [], LastEvaluatedKey } = await this.#client.send(command, {
      abortSignal: AbortSignal.timeout(STORE_BOUND_MS),
    });
    const items = Items.map((item) => unmarshall(item, { wrapNumbers: Number }));
    return { items, readTo: LastEvaluatedKey?.at?.S };
  }

  /** Read consistently. */
  async get(keys: readonly EventKey[]): Promise<readonly EventAttributes[]> {
    const items: EventAttributes[] = [];
    const wanted = keys.map(({ stream, at }) => ({ stream: { S: stream }, at: { S: at } }));
    const left = await untilProcessed<Key>(
      wanted,
      async (some, abortSignal) => {
        const RequestItems = { [this.#table]: { Keys: [...some], ConsistentRead: true } };
        const { Responses, UnprocessedKeys } = await this.#client.send(new BatchGetItemCommand({ RequestItems }), {
          abortSignal,
        });
        items.push(...(Responses?.[this.#table] ?? []).map((item) => unmarshall(item, { wrapNumbers: Number })));
        return UnprocessedKeys?.[this.#table]?.Keys ?? [];
      },
      STORE_BOUND_MS,
    );
    if (left.length > 0) throw new Error(`Cannot read ${left.length} of ${keys.length} events: left unprocessed`);
    return items;
  }
}

type Key = Record<string, AttributeValue>;

/** Conditions by attribute, of names and values that stand in the question. */
class Expression {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, unknown> = {};
  readonly conditions: string[] = [];

  /** The placeholder of an attribute's path. */
  name(path: string): string {
    return path
      .split('.')
      .map((part) => {
        this.names[`#${part}`] = part;
        return `#${part}`;
      })
      .join('.');
  }

  value(value: unknown): string {
    const placeholder = `:v${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
  }

  /** One of `paths` is one of `values`. */
  isOneOf(paths: readonly string[], values: readonly unknown[]): void {
    const placeholders = values.map((value) => this.value(value)).join(', ');
    this.conditions.push(`(${paths.map((path) => `${this.name(path)} IN (${placeholders})`).join(' OR ')})`);
  }
}

function queryOf(question: EventQuestion): Omit<QueryCommandInput, 'TableName'> {
  const { partition, from, to, order, filter, nowSeconds, limit } = question;
  const expression = new Expression();
  const [key, value] = partition.kind === 'stream' ? ['stream', partition.stream] : ['session', partition.session];
  const keyCondition =
    `${expression.name(key)} = ${expression.value(value)} AND ` +
    `${expression.name('at')} BETWEEN ${expression.value(from)} AND ${expression.value(to)}`;
  addFilter(expression, filter, partition.kind);
  expression.conditions.push(`${expression.name('expiresAt')} > ${expression.value(nowSeconds)}`);
  return {
    KeyConditionExpression: keyCondition,
    FilterExpression: expression.conditions.join(' AND '),
    ExpressionAttributeNames: expression.names,
    ExpressionAttributeValues: marshall(expression.values),
    ScanIndexForward: order === 'oldest-first',
    Limit: limit,
    ...(partition.kind === 'stream' ? { ConsistentRead: true } : { IndexName: TABLE_SHAPES.events.index.name }),
  };
}

/** A key of the index may not stand in its filter, and need not. */
function addFilter(expression: Expression, filter: EventFilter, kind: EventQuestion['partition']['kind']): void {
  const { types, session, server, address, identities } = filter;
  if (types !== undefined) expression.isOneOf(['type'], types);
  if (session !== undefined && kind !== 'session') expression.isOneOf(['session'], [session]);
  if (server !== undefined) expression.isOneOf(['server'], [server]);
  if (address !== undefined) expression.isOneOf(['client.address'], [address]);
  if (identities !== undefined) expression.isOneOf(['identity', 'username'], identities);
}
