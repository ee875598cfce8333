/**
 * Failed logins in the DynamoDB table *counters*, an item a user and client network.
 *
 * Every step is one conditional update of one item, so that no number of copies of the function can count a guess
 * less. An update whose answer got lost may be sent again by the client and count a guess twice: to the guesser's
 * disadvantage.
 *
 * `expiresAt` (epoch seconds) ends the window. It is compared here, since DynamoDB deletes expired items hours later.
 */
import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { ifCondition, STORE_BOUND_MS } from '../tables/client.ts';
import type { Guesser, LockoutThresholds, LoginCounters, Reservation } from './login-counters.ts';

type Item = Readonly<Record<string, AttributeValue>>;

/** Milliseconds. */
export interface LoginCounterBounds {
  /** For all calls before a decision. */
  readonly reserveMs: number;
  /** For the one after it. */
  readonly settleMs: number;
}

/** With the password check between them, below the 5 s that the proxy waits. */
const BOUNDS: LoginCounterBounds = { reserveMs: STORE_BOUND_MS, settleMs: 1000 };
/** Each round that decides nothing means that another login of this guesser ended the window in between. */
const MAX_ROUNDS = 4;

export class DynamoLoginCounters implements LoginCounters {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #bounds: LoginCounterBounds;

  constructor(client: DynamoDBClient, table: string, bounds: LoginCounterBounds = BOUNDS) {
    this.#client = client;
    this.#table = table;
    this.#bounds = bounds;
  }

  /** The first guess of a window is one call, each further one two, one of a locked network three. */
  async reserve(guesser: Guesser, thresholds: LockoutThresholds, nowMs: number): Promise<Reservation> {
    const abortSignal = AbortSignal.timeout(this.#bounds.reserveMs);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const reserved =
        (await this.#begin(guesser, thresholds, nowMs, abortSignal)) ??
        (await this.#count(guesser, thresholds, nowMs, abortSignal));
      if (reserved !== undefined) return reserved;
      // Neither a new window nor a place in the old one: it is full, unless it ended between the two updates.
      if (await this.#isFull(guesser, thresholds, nowMs, abortSignal)) return { kind: 'locked' };
    }
    throw new Error(`Counter changed ${MAX_ROUNDS} times meanwhile`);
  }

  async giveBack(guesser: Guesser, window: string): Promise<void> {
    const command = new UpdateItemCommand({
      ...this.#keyOf(guesser),
      UpdateExpression: 'SET #failures = #failures - :one',
      ConditionExpression: '#window = :window AND #failures > :zero',
      ExpressionAttributeNames: { '#failures': 'failures', '#window': 'window' },
      ExpressionAttributeValues: { ':one': { N: '1' }, ':zero': { N: '0' }, ':window': { S: window } },
    });
    await ifCondition(
      this.#client.send(command, { abortSignal: AbortSignal.timeout(this.#bounds.settleMs) }),
      undefined,
    );
  }

  async forget(guesser: Guesser, window: string): Promise<void> {
    const command = new DeleteItemCommand({
      ...this.#keyOf(guesser),
      ConditionExpression: '#window = :window',
      ExpressionAttributeNames: { '#window': 'window' },
      ExpressionAttributeValues: { ':window': { S: window } },
    });
    await ifCondition(
      this.#client.send(command, { abortSignal: AbortSignal.timeout(this.#bounds.settleMs) }),
      undefined,
    );
  }

  /** Begins a window with this guess, unless there is one. Most logins find none, so this is tried first. */
  async #begin(
    guesser: Guesser,
    { seconds }: LockoutThresholds,
    nowMs: number,
    abortSignal: AbortSignal,
  ): Promise<Reservation | undefined> {
    const window = randomUUID();
    const item = await this.#update(guesser, abortSignal, {
      UpdateExpression: 'SET #failures = :one, #window = :window, #expiresAt = :end',
      ConditionExpression: 'attribute_not_exists(#expiresAt) OR #expiresAt <= :now',
      ExpressionAttributeNames: { '#failures': 'failures', '#window': 'window', '#expiresAt': 'expiresAt' },
      ExpressionAttributeValues: { ':one': { N: '1' }, ':window': { S: window }, ...times(nowMs, seconds) },
    });
    return item === undefined ? undefined : { kind: 'reserved', window, failures: 1 };
  }

  /** Takes a place in the window that there is, and prolongs it, unless it is full. */
  async #count(
    guesser: Guesser,
    { failures, seconds }: LockoutThresholds,
    nowMs: number,
    abortSignal: AbortSignal,
  ): Promise<Reservation | undefined> {
    const item = await this.#update(guesser, abortSignal, {
      UpdateExpression: 'SET #failures = #failures + :one, #expiresAt = :end',
      ConditionExpression: '#expiresAt > :now AND #failures < :most',
      ExpressionAttributeNames: { '#failures': 'failures', '#expiresAt': 'expiresAt' },
      ExpressionAttributeValues: { ':one': { N: '1' }, ':most': { N: String(failures) }, ...times(nowMs, seconds) },
      ReturnValues: 'ALL_NEW',
    });
    if (item === undefined) return undefined;
    return { kind: 'reserved', window: item.window?.S ?? '', failures: Number(item.failures?.N) };
  }

  async #isFull(
    guesser: Guesser,
    { failures }: LockoutThresholds,
    nowMs: number,
    abortSignal: AbortSignal,
  ): Promise<boolean> {
    const command = new GetItemCommand({ ...this.#keyOf(guesser), ConsistentRead: true });
    const { Item: item } = await this.#client.send(command, { abortSignal });
    return Number(item?.expiresAt?.N) > nowMs / 1000 && Number(item?.failures?.N) >= failures;
  }

  /** The item's attributes as far as they were asked for; `undefined` when the condition does not hold. */
  async #update(
    guesser: Guesser,
    abortSignal: AbortSignal,
    input: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>,
  ): Promise<Item | undefined> {
    const command = new UpdateItemCommand({ ...this.#keyOf(guesser), ...input });
    const output = await ifCondition(this.#client.send(command, { abortSignal }), undefined);
    return output === undefined ? undefined : (output.Attributes ?? {});
  }

  #keyOf({ counter, scope }: Guesser): { readonly TableName: string; readonly Key: Record<string, AttributeValue> } {
    return { TableName: this.#table, Key: { counter: { S: counter }, scope: { S: scope } } };
  }
}

/** Rounded up: a window lasts no less than its seconds, and less than one more. */
function times(nowMs: number, seconds: number): Record<string, AttributeValue> {
  return { ':now': { N: String(nowMs / 1000) }, ':end': { N: String(Math.ceil(nowMs / 1000) + seconds) } };
}
