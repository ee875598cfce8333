/**
 * What users sent, in the DynamoDB table *counters*: an item a user and UTC day, with the sums of the day (`messages`,
 * `recipients`) and of each of its hours (`messagesH09`, `recipientsH09`).
 *
 * All windows of a message are in one item, so that one conditional update counts it in all of them or in none, however
 * many tasks send for a user. An update whose answer got lost may be sent again by the client and count a message
 * twice: a limit is never exceeded by that, only reached earlier.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { sendingAttributes, sendingCounter, sendingScope } from '../../policy/counter.ts';
import { SENDING_LIMITS, type SendingLimit, type SendingLimits } from '../../policy/user.ts';
import { STORE_BOUND_MS } from '../tables/client.ts';
import type { CountedMessage, SendingCounters, SentCounts } from './sending-counters.ts';
import { amountOf, exceededLimit } from './sending-limits.ts';

const DAY_MS = 86_400_000;
/** Days after its own that an item is kept for people to look at; its key says which day it counts. */
const DAYS_KEPT = 2;
/** An item that is deleted by hand between update and read gives room again. */
const MAX_ROUNDS = 3;

export class DynamoSendingCounters implements SendingCounters {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #boundMs: number;

  /** @param boundMs milliseconds for all calls of one message */
  constructor(client: DynamoDBClient, table: string, boundMs: number = STORE_BOUND_MS) {
    this.#client = client;
    this.#table = table;
    this.#boundMs = boundMs;
  }

  /** One call for a message that is counted, two for one that is not. */
  async count(message: CountedMessage, limits: SendingLimits): Promise<SentCounts | undefined> {
    const abortSignal = AbortSignal.timeout(this.#boundMs);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (await this.#add(message, limits, abortSignal)) return undefined;
      const sent = await this.#read(message, abortSignal);
      if (exceededLimit(sent, message.recipients, limits) !== undefined) return sent;
    }
    throw new Error(`Counter changed ${MAX_ROUNDS} times meanwhile`);
  }

  /** False when a limit is in the way. */
  async #add(message: CountedMessage, limits: SendingLimits, abortSignal: AbortSignal): Promise<boolean> {
    const { recipients, nowMs } = message;
    const attributes = sendingAttributes(nowMs);
    const names: Record<string, string> = { '#expiresAt': 'expiresAt' };
    const values: Record<string, AttributeValue> = { ':expiresAt': { N: String(expiryOf(nowMs)) } };
    const additions: string[] = [];
    const conditions: string[] = [];
    for (const name of SENDING_LIMITS) {
      const amount = amountOf(name, recipients);
      const limit = limits[name];
      names[`#${name}`] = attributes[name];
      values[`:${name}`] = { N: String(amount) };
      additions.push(`#${name} :${name}`);
      if (limit === undefined) continue;
      // Expressions compare and do not calculate. What a limit has no room for at all was refused before.
      values[`:room_${name}`] = { N: String(limit - amount) };
      conditions.push(`(attribute_not_exists(#${name}) OR #${name} <= :room_${name})`);
    }
    const command = new UpdateItemCommand({
      ...this.#keyOf(message),
      UpdateExpression: `SET #expiresAt = :expiresAt ADD ${additions.join(', ')}`,
      ...(conditions.length === 0 ? {} : { ConditionExpression: conditions.join(' AND ') }),
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    });
    try {
      await this.#client.send(command, { abortSignal });
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async #read(message: CountedMessage, abortSignal: AbortSignal): Promise<SentCounts> {
    const command = new GetItemCommand({ ...this.#keyOf(message), ConsistentRead: true });
    const { Item: item = {} } = await this.#client.send(command, { abortSignal });
    const attributes = sendingAttributes(message.nowMs);
    const countOf = (name: SendingLimit): number => Number(item[attributes[name]]?.N ?? 0);
    return {
      messagesPerHour: countOf('messagesPerHour'),
      messagesPerDay: countOf('messagesPerDay'),
      recipientsPerHour: countOf('recipientsPerHour'),
      recipientsPerDay: countOf('recipientsPerDay'),
    };
  }

  #keyOf({ user, nowMs }: CountedMessage): {
    readonly TableName: string;
    readonly Key: Record<string, AttributeValue>;
  } {
    const key = { counter: { S: sendingCounter(user) }, scope: { S: sendingScope(nowMs) } };
    return { TableName: this.#table, Key: key };
  }
}

/** Epoch seconds. */
function expiryOf(nowMs: number): number {
  const day = Math.floor(nowMs / DAY_MS);
  return ((day + 1 + DAYS_KEPT) * DAY_MS) / 1000;
}
