/** Held mail in DynamoDB and S3. */
import { type DynamoDBClient, GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { HELD_INDEX, type HeldItem, heldItemSchema, serverState } from '../../../policy/held.ts';
import { ifCondition } from '../../tables/client.ts';
import { DynamoEventStore } from '../../tables/dynamo-event-store.ts';
import { makeEventItem } from '../../tables/event-item.ts';
import type { Decision, HeldAct, HeldMail, HeldPage, HeldQuery } from './held-mail.ts';

/** Days that acts are kept: as long as somebody may ask who read a message. */
const KEEP_DAYS = 365;

export interface AwsHeldMailOptions {
  readonly client: DynamoDBClient;
  readonly s3: S3Client;
  /** Name of the table *held*. */
  readonly table: string;
  readonly bucket: string;
  /** Name of the table *events*. */
  readonly events: string;
}

export class AwsHeldMail implements HeldMail {
  readonly #options: AwsHeldMailOptions;
  readonly #events: DynamoEventStore;

  constructor(options: AwsHeldMailOptions) {
    this.#options = options;
    this.#events = new DynamoEventStore(options.client, options.events);
  }

  async page({ server, state, since, until, limit, after }: HeldQuery): Promise<HeldPage> {
    const { client, table } = this.#options;
    const key = serverState(server, state);
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: HELD_INDEX,
        KeyConditionExpression: '#state = :state AND #at BETWEEN :since AND :until',
        ExpressionAttributeNames: { '#state': HELD_INDEX, '#at': 'at' },
        ExpressionAttributeValues: marshall({ ':state': key, ':since': since, ':until': until }),
        ScanIndexForward: false,
        Limit: limit,
        ...(after === undefined
          ? {}
          : { ExclusiveStartKey: marshall({ id: after.id, at: after.at, [HELD_INDEX]: key }) }),
      }),
    );
    const items = Items.map((item) => heldItemSchema.parse(unmarshall(item)));
    const last = items.at(-1);
    return LastEvaluatedKey === undefined || last === undefined
      ? { items }
      : { items, last: { at: last.at, id: last.id } };
  }

  async read(id: string): Promise<HeldItem | undefined> {
    const { client, table } = this.#options;
    const { Item } = await client.send(
      new GetItemCommand({ TableName: table, Key: marshall({ id }), ConsistentRead: true }),
    );
    return Item === undefined ? undefined : heldItemSchema.parse(unmarshall(Item));
  }

  async content(key: string, start: number, end: number): Promise<Buffer | undefined> {
    const { s3, bucket } = this.#options;
    try {
      const { Body } = await s3.send(
        new GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=${start}-${end}` }),
      );
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  async decide(id: string, { state, decidedBy, decidedAt, releaseTo }: Decision): Promise<HeldItem | undefined> {
    const item = await this.read(id);
    if (item === undefined) return undefined;
    const { client, table } = this.#options;
    const names = {
      '#state': 'state',
      '#index': HELD_INDEX,
      '#by': 'decidedBy',
      '#when': 'decidedAt',
      '#to': 'releaseTo',
    };
    const cleared = { '#reason': 'reason', '#next': 'nextTryAtMs', '#tries': 'tries' };
    const values = { ':state': state, ':index': serverState(item.server, state), ':by': decidedBy, ':when': decidedAt };
    const chosen = releaseTo === undefined ? {} : { ':to': [...releaseTo] };
    const update = client
      .send(
        new UpdateItemCommand({
          TableName: table,
          Key: marshall({ id }),
          UpdateExpression: `SET #state = :state, #index = :index, #by = :by, #when = :when${releaseTo === undefined ? '' : ', #to = :to'} REMOVE #reason, #next, #tries${releaseTo === undefined ? ', #to' : ''}`,
          ConditionExpression: '#state = :held',
          ExpressionAttributeNames: { ...names, ...cleared },
          ExpressionAttributeValues: marshall({ ...values, ...chosen, ':held': 'held' }),
          ReturnValues: 'ALL_NEW',
        }),
      )
      .then(({ Attributes = {} }) => heldItemSchema.parse(unmarshall(Attributes)));
    return ifCondition(update, undefined, async () => {
      const now = await this.read(id);
      return now?.state === state && now.decidedBy === decidedBy && now.decidedAt === decidedAt ? now : undefined;
    });
  }

  async record({ id, server }: HeldItem, act: HeldAct, who: string, detail?: string): Promise<void> {
    const at = new Date().toISOString();
    const event = {
      type: 'held',
      id: crypto.randomUUID(),
      at,
      server,
      keepDays: KEEP_DAYS,
      transaction: id,
      act,
      who,
    } as const;
    await this.#events.write([makeEventItem(detail === undefined ? event : { ...event, detail })]);
  }
}
