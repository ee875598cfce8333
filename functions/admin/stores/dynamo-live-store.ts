/** Sessions under way, in the DynamoDB table *counters*, through which tasks are asked and answer. */
import { randomUUID } from 'node:crypto';
import { type AttributeValue, type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import {
  ASKED_SCOPE,
  ASKED_SECONDS,
  END_PREFIX,
  END_SECONDS,
  type LiveMatch,
  liveCounter,
  liveSessionSchema,
  TASK_PREFIX,
} from '../../../policy/live.ts';
import { bounded } from '../../tables/client.ts';
import type { LiveAnswer, LiveStore, ToldSessions } from './live-store.ts';

type Attributes = Readonly<Record<string, unknown>>;

export class DynamoLiveStore implements LiveStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async ask(server: string, nowMs: number, session?: string): Promise<void> {
    const expiresAt = Math.ceil(nowMs / 1000) + ASKED_SECONDS;
    await this.#put({ counter: liveCounter(server), scope: ASKED_SCOPE, askedAtMs: nowMs, expiresAt, session });
  }

  async end(
    server: string,
    { match, who }: { readonly match: LiveMatch; readonly who: string },
    nowMs: number,
  ): Promise<void> {
    const expiresAt = Math.ceil(nowMs / 1000) + END_SECONDS;
    await this.#put({ counter: liveCounter(server), scope: `${END_PREFIX}${randomUUID()}`, match, who, expiresAt });
  }

  async read(server: string, nowMs: number): Promise<LiveAnswer> {
    const items: Attributes[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const query = new QueryCommand({
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: '#counter = :counter',
        ExpressionAttributeNames: { '#counter': 'counter' },
        ExpressionAttributeValues: { ':counter': { S: liveCounter(server) } },
        ExclusiveStartKey: start,
      });
      const { Items = [], LastEvaluatedKey } = await this.#client.send(query, bounded());
      items.push(...Items.map((item): Attributes => unmarshall(item)));
      start = LastEvaluatedKey;
    } while (start !== undefined);
    const valid = items.filter(({ expiresAt }) => Number(expiresAt) > nowMs / 1000);
    const asked = valid.find(({ scope }) => scope === ASKED_SCOPE);
    const told = valid.filter(({ scope }) => String(scope).startsWith(TASK_PREFIX)).map(toldOf);
    return { told, askedAtMs: asked === undefined ? undefined : Number(asked.askedAtMs) };
  }

  async #put(item: Attributes): Promise<void> {
    const Item = marshall(item, { removeUndefinedValues: true });
    await this.#client.send(new PutItemCommand({ TableName: this.#table, Item }), bounded());
  }
}

function toldOf({ scope, at, sessions }: Attributes): ToldSessions {
  const [, task = ''] = String(scope).split('#');
  const entries: readonly unknown[] = Array.isArray(sessions) ? sessions : [];
  const parsed = entries.map((entry) => liveSessionSchema.safeParse(entry));
  return { task, at: String(at), sessions: parsed.flatMap((each) => (each.success ? [each.data] : [])) };
}
