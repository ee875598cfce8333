/** Reads counts of the table *events*. */
import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { COUNTED, type CountedBy, emptyTally, type Sum, type Tally } from './count-events.ts';
import { KINDS, sumsStream, VALUE_ATTRIBUTE, valuesStream } from './count-key.ts';
import type { CountReader, CountSpan, HourSums, HourValues } from './count-reader.ts';

type Item = Readonly<Record<string, AttributeValue>>;

/** Milliseconds for all pages of one answer. */
const READ_BOUND_MS = 10_000;
/** After every sort key of an hour. */
const LAST_KEY = '~';
const KEPT: readonly string[] = ['stream', 'at', 'expiresAt'];

export class DynamoCountReader implements CountReader {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async sums({ server, from, to }: CountSpan): Promise<readonly HourSums[]> {
    const items = await this.#read(sumsStream(server), from, to);
    return items.map((item) => {
      const sums = Object.entries(item).filter(([name]) => !KEPT.includes(name));
      return { hour: hourOf(item), sums: new Map(sums.map(([name, { N }]) => [name as Sum, Number(N)])) };
    });
  }

  async values({ server, from, to }: CountSpan, by: CountedBy): Promise<readonly HourValues[]> {
    return (await this.#read(valuesStream(server, by), from, to)).map(valuesOf);
  }

  async #read(stream: string, from: string, to: string): Promise<readonly Item[]> {
    const abortSignal = AbortSignal.timeout(READ_BOUND_MS);
    const items: Item[] = [];
    let start: Item | undefined;
    do {
      const command = new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: '#stream = :stream AND #at BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#stream': 'stream', '#at': 'at' },
        ExpressionAttributeValues: { ':stream': { S: stream }, ':from': { S: from }, ':to': { S: `${to}${LAST_KEY}` } },
        ConsistentRead: true,
        ...(start === undefined ? {} : { ExclusiveStartKey: { ...start } }),
      });
      const { Items = [], LastEvaluatedKey } = await this.#client.send(command, { abortSignal });
      items.push(...Items);
      start = LastEvaluatedKey;
    } while (start !== undefined);
    return items;
  }
}

function hourOf({ at }: Item): string {
  return at?.S?.slice(0, 13) ?? '';
}

function valuesOf(item: Item): HourValues {
  const values = new Map<string, Tally>();
  const others = emptyTally();
  for (const [name, { N }] of Object.entries(item)) {
    const [, kind, value] = VALUE_ATTRIBUTE.exec(name) ?? [];
    const what = COUNTED.find((each) => KINDS[each] === kind);
    if (what === undefined) continue;
    const tally = value === undefined ? others : (values.get(value) ?? emptyTally());
    if (value !== undefined) values.set(value, tally);
    tally[what] += Number(N);
  }
  return { hour: hourOf(item), values, others };
}
