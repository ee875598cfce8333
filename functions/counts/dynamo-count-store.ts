/**
 * Counts in the table *events*, added up by DynamoDB: however many copies of the function count at a time, none is lost.
 *
 * A batch of events may come twice, when its first answer was lost. So each leaves a mark, once, before it is counted.
 * What is exact: sums and values while the table answers. What is not: a batch whose counting was cut off by a failure is
 * counted in part, and an update whose answer got lost may be sent again by the SDK and count twice; values that were met
 * least in an hour are given up to `others` where there are many.
 */
import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { ifCondition } from '../tables/client.ts';
import { addTally, COUNTED, emptyTally, type HourCounts, sumOf, type Tally } from './count-events.ts';
import {
  COUNT_DAYS,
  countedStream,
  KINDS,
  MOST_VALUES,
  sumsStream,
  VALUE_ATTRIBUTE,
  valuesSlot,
  valuesStream,
} from './count-key.ts';
import type { CountStore } from './count-store.ts';

type Item = Readonly<Record<string, AttributeValue>>;

interface Key {
  readonly stream: string;
  readonly at: string;
}

/** Milliseconds; the proxy waits 3 s for the events and their counts. */
const COUNT_BOUND_MS = 1000;
const DAY_SECONDS = 86_400;
/** A batch that failed is sent again within seconds. */
const MARK_SECONDS = DAY_SECONDS;
/** Values that one update counts by name, the most of the batch; an expression has 4 KB. */
const VALUES_AT_ONCE = 80;
/** Attributes that one update gives up; an expression has 300 operators. */
const GIVEN_UP_AT_ONCE = 100;

export class DynamoCountStore implements CountStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #boundMs: number;

  /** @param boundMs milliseconds for each call */
  constructor(client: DynamoDBClient, table: string, boundMs: number = COUNT_BOUND_MS) {
    this.#client = client;
    this.#table = table;
    this.#boundMs = boundMs;
  }

  async add(counts: HourCounts, batch: string): Promise<boolean> {
    if (!(await this.#mark(counts, batch))) return false;
    const { server, hour, sums, values } = counts;
    const sumsKey = { stream: sumsStream(server), at: hour };
    await Promise.all([
      this.#add(sumsKey, [...sums]),
      ...[...values].flatMap(([by, tallies]) => {
        const slots = Map.groupBy(tallies, ([value]) => valuesSlot(value));
        return [...slots].map(([slot, each]) =>
          this.#addValues({ stream: valuesStream(server, by), at: `${hour}#${slot}` }, each),
        );
      }),
    ]);
    return true;
  }

  /** False when there is a mark already. */
  async #mark({ server, hour }: HourCounts, batch: string): Promise<boolean> {
    const expiresAt = Math.floor(Date.now() / 1000) + MARK_SECONDS;
    const claim = { S: randomUUID() };
    const command = new PutItemCommand({
      TableName: this.#table,
      Item: {
        ...keyOf({ stream: countedStream(server), at: `${hour}#${batch}` }),
        expiresAt: { N: String(expiresAt) },
        claim,
      },
      // Or by this very call, where its answer was lost and the SDK asks again.
      ConditionExpression: 'attribute_not_exists(#at) OR #claim = :claim',
      ExpressionAttributeNames: { '#at': 'at', '#claim': 'claim' },
      ExpressionAttributeValues: { ':claim': claim },
    });
    return (
      (await ifCondition(
        this.#client.send(command, { abortSignal: AbortSignal.timeout(this.#boundMs) }),
        undefined,
      )) !== undefined
    );
  }

  async #addValues(key: Key, tallies: readonly (readonly [value: string, tally: Tally])[]): Promise<void> {
    const sorted = [...tallies].sort(([, a], [, b]) => sumOf(b) - sumOf(a));
    const rest = emptyTally();
    for (const [, tally] of sorted.slice(VALUES_AT_ONCE)) addTally(rest, tally);
    const named = sorted
      .slice(0, VALUES_AT_ONCE)
      .flatMap(([value, tally]) => COUNTED.map((what): [string, number] => [`${KINDS[what]}:${value}`, tally[what]]));
    const others = COUNTED.map((what): [string, number] => [KINDS[what], rest[what]]);
    const item = await this.#add(key, [...named, ...others]);
    await this.#giveUp(key, item);
  }

  /** Adds to attributes, and returns the item as it is then. */
  async #add(key: Key, amounts: readonly (readonly [attribute: string, amount: number])[]): Promise<Item> {
    const added = amounts.filter(([, amount]) => amount > 0);
    if (added.length === 0) return {};
    const expiresAt = Date.parse(`${key.at.slice(0, 13)}:00:00Z`) / 1000 + COUNT_DAYS * DAY_SECONDS;
    const output = await this.#update(key, {
      UpdateExpression: `SET #expiresAt = :expiresAt ADD ${added.map((_, at) => `#${at} :${at}`).join(', ')}`,
      ExpressionAttributeNames: { '#expiresAt': 'expiresAt', ...placeholders('#', added, ([name]) => name) },
      ExpressionAttributeValues: {
        ':expiresAt': { N: String(expiresAt) },
        ...placeholders(':', added, ([, amount]) => ({ N: String(amount) })),
      },
      ReturnValues: 'ALL_NEW',
    });
    return output?.Attributes ?? {};
  }

  /** Moves the least of an item's values to `others`; not where one of them is counted at this very moment. */
  async #giveUp(key: Key, item: Item): Promise<void> {
    const counts = new Map<string, { attributes: [name: string, count: number][]; sum: number }>();
    for (const [name, { N }] of Object.entries(item)) {
      const [, , value] = VALUE_ATTRIBUTE.exec(name) ?? [];
      if (value === undefined) continue;
      const known = counts.get(value) ?? { attributes: [], sum: 0 };
      known.attributes.push([name, Number(N)]);
      counts.set(value, { ...known, sum: known.sum + Number(N) });
    }
    if (counts.size <= 2 * MOST_VALUES) return;
    const least = [...counts.values()].sort((a, b) => a.sum - b.sum).slice(0, counts.size - MOST_VALUES);
    const given = least.flatMap(({ attributes }) => attributes).slice(0, GIVEN_UP_AT_ONCE);
    const kinds = COUNTED.map((what) => KINDS[what]);
    const givenOf = (kind: string): AttributeValue => ({
      N: String(given.filter(([name]) => name.startsWith(kind)).reduce((sum, [, count]) => sum + count, 0)),
    });
    await this.#update(key, {
      UpdateExpression: `REMOVE ${given.map((_, at) => `#${at}`).join(', ')} ADD ${kinds.map((kind) => `#${kind} :${kind}`).join(', ')}`,
      ConditionExpression: given.map((_, at) => `#${at} = :${at}`).join(' AND '),
      ExpressionAttributeNames: {
        ...Object.fromEntries(kinds.map((kind) => [`#${kind}`, kind])),
        ...placeholders('#', given, ([name]) => name),
      },
      ExpressionAttributeValues: {
        ...Object.fromEntries(kinds.map((kind) => [`:${kind}`, givenOf(kind)])),
        ...placeholders(':', given, ([, count]) => ({ N: String(count) })),
      },
    });
  }

  #update(key: Key, input: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>) {
    const command = new UpdateItemCommand({ TableName: this.#table, Key: keyOf(key), ...input });
    return ifCondition(this.#client.send(command, { abortSignal: AbortSignal.timeout(this.#boundMs) }), undefined);
  }
}

function keyOf({ stream, at }: Key): Record<string, AttributeValue> {
  return { stream: { S: stream }, at: { S: at } };
}

/** `#0`, `#1` and so on, each with what it stands for. */
function placeholders<T, V>(mark: '#' | ':', list: readonly T[], valueFor: (entry: T) => V): Record<string, V> {
  return Object.fromEntries(list.map((entry, at) => [`${mark}${at}`, valueFor(entry)]));
}
