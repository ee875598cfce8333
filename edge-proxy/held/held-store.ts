/**
 * Where held mail lies: content in S3, its item in DynamoDB, in this order. What is answered 250 is in both.
 *
 * An item without content would be a message that no one can read; content without an item is removed by the bucket's
 * lifecycle, and its client, which heard 451, sends it again.
 */
import { Readable } from 'node:stream';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { marshall, type NativeAttributeValue, unmarshall } from '@aws-sdk/util-dynamodb';
import {
  HELD_INDEX,
  type HeldItem,
  type HeldState,
  HOLD_CLASS_TAG,
  heldItemSchema,
  holdClass,
  serverState,
} from '../../policy/held.ts';

const DAY_SECONDS = 86_400;
/** Attempts at storing content; each reads it from its beginning. */
const PUT_ATTEMPTS = 2;
/** Milliseconds for one object, all attempts together: 25 MiB at 1 MB a second. A client waits for minutes. */
const CONTENT_MS = 30_000;
/** Milliseconds for one call to the table, all attempts of the SDK together. */
const ITEM_MS = 10_000;
/** Items handed on in one beat; what is left comes with the next. */
const MAX_RELEASING = 25;
/** Pages of the index that one beat reads: those that wait for a hop that is down must not hide the others. */
const MAX_PAGES = 20;
/** Items counted of those that wait: more are as many to whoever looks, and each costs a read. */
const MAX_COUNTED = 1000;

/** The content to store, readable as often as wanted. */
export interface HeldContent {
  readonly octets: number;
  read(): AsyncIterable<Uint8Array>;
}

/** Held mail that waits. */
export interface HeldWaiting {
  readonly count: number;
  /** Milliseconds since 1970; absent where there is none. */
  readonly oldestAtMs?: number;
}

/** What a task found out about a release; undefined attributes are removed. */
export type HeldOutcome = Partial<Pick<HeldItem, 'reason' | 'nextTryAtMs' | 'deliveredTo' | 'releasedAt'>> & {
  readonly state: HeldState;
};

export interface HeldStoreOptions {
  readonly s3: S3Client;
  readonly dynamo: DynamoDBClient;
  readonly bucket: string;
  readonly table: string;
  /** Milliseconds for one object, and for one call to the table. */
  readonly contentMs?: number;
  readonly itemMs?: number;
}

export class HeldStore {
  readonly #options: HeldStoreOptions;

  constructor(options: HeldStoreOptions) {
    this.#options = options;
  }

  /** Stores content, then the item. Rejects unless both are there; holding the same message twice changes nothing. */
  async hold(item: HeldItem, content: HeldContent): Promise<void> {
    await this.#putContent(item, content);
    try {
      await this.#options.dynamo.send(
        new PutItemCommand({
          TableName: this.#options.table,
          Item: marshall(item, { removeUndefinedValues: true }),
          ConditionExpression: 'attribute_not_exists(#id)',
          ExpressionAttributeNames: { '#id': 'id' },
        }),
        this.#itemTime(),
      );
    } catch (error) {
      // An answer that was lost, asked again by the SDK: the item that is there is this one.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const there = await this.get(item.id);
      if (there?.sha256 !== item.sha256)
        throw new Error(`There is other held mail of the id ${item.id}`, { cause: error });
    }
  }

  async get(id: string): Promise<HeldItem | undefined> {
    const { Item } = await this.#options.dynamo.send(
      new GetItemCommand({ TableName: this.#options.table, Key: marshall({ id }), ConsistentRead: true }),
      this.#itemTime(),
    );
    return Item === undefined ? undefined : heldItemSchema.parse(unmarshall(Item));
  }

  /** Items of a server that are due to be handed on, oldest first: released, not waiting, and in no task's hands. */
  async releasing(server: string, nowMs: number): Promise<readonly HeldItem[]> {
    const due: HeldItem[] = [];
    let from: Record<string, AttributeValue> | undefined;
    for (let page = 0; page < MAX_PAGES && due.length < MAX_RELEASING; page += 1) {
      const { Items = [], LastEvaluatedKey } = await this.#options.dynamo.send(
        new QueryCommand({
          TableName: this.#options.table,
          IndexName: HELD_INDEX,
          KeyConditionExpression: '#state = :state',
          FilterExpression:
            '(attribute_not_exists(#next) OR #next <= :now) AND (attribute_not_exists(#until) OR #until <= :now)',
          ExpressionAttributeNames: { '#state': HELD_INDEX, '#next': 'nextTryAtMs', '#until': 'leaseUntilMs' },
          ExpressionAttributeValues: marshall({ ':state': serverState(server, 'releasing'), ':now': nowMs }),
          ExclusiveStartKey: from,
        }),
        this.#itemTime(),
      );
      for (const item of Items) {
        const parsed = heldItemSchema.safeParse(unmarshall(item));
        if (parsed.success) due.push(parsed.data);
      }
      if (LastEvaluatedKey === undefined) break;
      from = LastEvaluatedKey;
    }
    return due.slice(0, MAX_RELEASING);
  }

  /** Mail of a server that waits for a decision: how much, at most `MAX_COUNTED`, and since when the oldest. */
  async waiting(server: string, nowMs: number): Promise<HeldWaiting> {
    const { Items = [] } = await this.#options.dynamo.send(
      new QueryCommand({
        TableName: this.#options.table,
        IndexName: HELD_INDEX,
        KeyConditionExpression: '#state = :state',
        FilterExpression: '#expires > :now',
        ProjectionExpression: '#at',
        ExpressionAttributeNames: { '#state': HELD_INDEX, '#at': 'at', '#expires': 'expiresAt' },
        ExpressionAttributeValues: marshall({
          ':state': serverState(server, 'held'),
          ':now': Math.floor(nowMs / 1000),
        }),
        Limit: MAX_COUNTED,
      }),
      this.#itemTime(),
    );
    const [oldest] = Items;
    return { count: Items.length, ...(oldest?.at?.S === undefined ? {} : { oldestAtMs: Date.parse(oldest.at.S) }) };
  }

  /** Takes the lease of an item that waits: of two tasks one gets it. `undefined` where another has it, or it changed. */
  async lease(id: string, owner: string, nowMs: number, leaseMs: number): Promise<HeldItem | undefined> {
    const update = {
      UpdateExpression: 'SET #owner = :owner, #until = :until, #tries = if_not_exists(#tries, :zero) + :one',
      // Or as this call made it, where its answer was lost and the SDK asks again.
      ConditionExpression:
        '#state = :releasing AND (attribute_not_exists(#until) OR #until <= :now OR (#owner = :owner AND #until = :until))',
      ExpressionAttributeNames: {
        '#owner': 'leaseOwner',
        '#until': 'leaseUntilMs',
        '#tries': 'tries',
        '#state': 'state',
      },
      ExpressionAttributeValues: marshall({
        ':owner': owner,
        ':until': nowMs + leaseMs,
        ':now': nowMs,
        ':releasing': 'releasing',
        ':zero': 0,
        ':one': 1,
      }),
    };
    return this.#update(id, update);
  }

  /** Keeps a lease for longer; false where it is another's by now. */
  async renew(id: string, owner: string, untilMs: number): Promise<boolean> {
    return this.#setUnderLease(id, owner, ['leaseUntilMs', untilMs]);
  }

  /** Notes the hops that have taken it, so that no later try sends it there; false where the lease is another's. */
  async noteDelivered(id: string, owner: string, deliveredTo: readonly string[]): Promise<boolean> {
    return this.#setUnderLease(id, owner, ['deliveredTo', [...deliveredTo]]);
  }

  async #setUnderLease(
    id: string,
    owner: string,
    [name, value]: readonly [keyof HeldItem, NativeAttributeValue],
  ): Promise<boolean> {
    const updated = await this.#update(id, {
      UpdateExpression: 'SET #name = :value',
      ConditionExpression: '#leaseOwner = :owner',
      ExpressionAttributeNames: { '#name': name, '#leaseOwner': 'leaseOwner' },
      ExpressionAttributeValues: marshall({ ':owner': owner, ':value': value }),
    });
    return updated !== undefined;
  }

  /** Ends a lease with what came of it; `undefined` where the lease is another's by now. */
  async settle({ id, server }: HeldItem, owner: string, outcome: HeldOutcome): Promise<HeldItem | undefined> {
    const values: Record<string, NativeAttributeValue> = {
      ...outcome,
      serverState: serverState(server, outcome.state),
    };
    const optional = ['reason', 'nextTryAtMs', 'releasedAt', 'deliveredTo'];
    const removed = ['leaseOwner', 'leaseUntilMs', ...optional.filter((name) => values[name] === undefined)];
    const set = Object.keys(values).filter((name) => values[name] !== undefined);
    return this.#update(id, {
      UpdateExpression: `SET ${set.map((name) => `#${name} = :${name}`).join(', ')} REMOVE ${removed.map((name) => `#${name}`).join(', ')}`,
      // Or as this call made it, where its answer was lost and the SDK asks again.
      ConditionExpression: `#leaseOwner = :owner OR (attribute_not_exists(#leaseOwner) AND ${set.map((name) => `#${name} = :${name}`).join(' AND ')})`,
      ExpressionAttributeNames: Object.fromEntries(
        [...new Set([...set, ...removed, 'leaseOwner'])].map((name) => [`#${name}`, name]),
      ),
      ExpressionAttributeValues: marshall({
        ':owner': owner,
        ...Object.fromEntries(set.map((name) => [`:${name}`, values[name]])),
      }),
    });
  }

  /** The stored message. Rejects where it is not there. */
  async content(key: string): Promise<Buffer> {
    const get = new GetObjectCommand({ Bucket: this.#options.bucket, Key: key });
    const { Body } = await this.#options.s3.send(get, this.#contentTime());
    if (Body === undefined) throw new Error(`Held content ${key} is empty`);
    return Buffer.from(await Body.transformToByteArray());
  }

  #contentTime(): { readonly abortSignal: AbortSignal } {
    return { abortSignal: AbortSignal.timeout(this.#options.contentMs ?? CONTENT_MS) };
  }

  #itemTime(): { readonly abortSignal: AbortSignal } {
    return { abortSignal: AbortSignal.timeout(this.#options.itemMs ?? ITEM_MS) };
  }

  async #putContent({ content: key, at, expiresAt }: HeldItem, content: HeldContent): Promise<void> {
    const time = this.#contentTime();
    const days = Math.ceil((expiresAt - Date.parse(at) / 1000) / DAY_SECONDS);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#options.s3.send(
          new PutObjectCommand({
            Bucket: this.#options.bucket,
            Key: key,
            Body: Readable.from(content.read()),
            ContentLength: content.octets,
            ContentType: 'message/rfc822',
            Tagging: `${HOLD_CLASS_TAG}=${holdClass(days)}`,
          }),
          time,
        );
        return;
      } catch (error) {
        if (attempt === PUT_ATTEMPTS || time.abortSignal.aborted)
          throw new Error(`Cannot store ${key}: ${messageOf(error)}`, { cause: error });
      }
    }
  }

  async #update(
    id: string,
    update: Omit<ConstructorParameters<typeof UpdateItemCommand>[0], 'TableName' | 'Key'>,
  ): Promise<HeldItem | undefined> {
    try {
      const { Attributes = {} } = await this.#options.dynamo.send(
        new UpdateItemCommand({
          TableName: this.#options.table,
          Key: marshall({ id }),
          ReturnValues: 'ALL_NEW',
          ...update,
        }),
        this.#itemTime(),
      );
      return heldItemSchema.parse(unmarshall(Attributes));
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
