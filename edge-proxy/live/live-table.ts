/** Sessions under way in the DynamoDB table *counters*: the wishes that a task reads, and what it tells. */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import {
  ASKED_SCOPE,
  END_PREFIX,
  type LiveMatch,
  type LiveSession,
  liveCounter,
  liveMatchSchema,
  TASK_PREFIX,
  TOLD_SECONDS,
} from '../../policy/live.ts';

export interface Wishes {
  /** Whether somebody looks; with the id of a session, at its commands too. */
  readonly asked?: { readonly session?: string | undefined } | undefined;
  readonly ends: readonly { readonly id: string; readonly match: LiveMatch }[];
}

export interface LiveTable {
  read(server: string, nowMs: number): Promise<Wishes>;
  tell(server: string, task: string, sessions: readonly LiveSession[], nowMs: number): Promise<void>;
}

/** Milliseconds for one call. */
const CALL_MS = 4000;
/** Sessions of one item, each of some 300 octets; an item has 400 KB. */
const SESSIONS_OF_ITEM = 800;
/** Items of a task: what is beyond is counted by health, and not told. */
const MOST_ITEMS = 20;

export class DynamoLiveTable implements LiveTable {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async read(server: string, nowMs: number): Promise<Wishes> {
    const query = new QueryCommand({
      TableName: this.#table,
      // What tasks tell comes after, and is not read by tasks.
      KeyConditionExpression: '#counter = :counter AND #scope BETWEEN :asked AND :ends',
      ExpressionAttributeNames: { '#counter': 'counter', '#scope': 'scope' },
      ExpressionAttributeValues: marshall({
        ':counter': liveCounter(server),
        ':asked': ASKED_SCOPE,
        ':ends': `${END_PREFIX}~`,
      }),
    });
    const { Items = [] } = await this.#client.send(query, { abortSignal: AbortSignal.timeout(CALL_MS) });
    const items = Items.map((item) => unmarshall(item)).filter(({ expiresAt }) => Number(expiresAt) > nowMs / 1000);
    const asked = items.find(({ scope }) => scope === ASKED_SCOPE);
    const ends = items.flatMap(({ scope, match }) => {
      const parsed = liveMatchSchema.safeParse(match);
      return scope !== ASKED_SCOPE && parsed.success ? [{ id: String(scope), match: parsed.data }] : [];
    });
    if (asked === undefined) return { ends };
    return { asked: typeof asked.session === 'string' ? { session: asked.session } : {}, ends };
  }

  async tell(server: string, task: string, sessions: readonly LiveSession[], nowMs: number): Promise<void> {
    const expiresAt = Math.ceil(nowMs / 1000) + TOLD_SECONDS;
    const parts = Math.max(1, Math.min(MOST_ITEMS, Math.ceil(sessions.length / SESSIONS_OF_ITEM)));
    const puts = Array.from({ length: parts }, (_, part): WriteRequest => {
      const some = sessions.slice(part * SESSIONS_OF_ITEM, (part + 1) * SESSIONS_OF_ITEM);
      const key = { counter: liveCounter(server), scope: `${TASK_PREFIX}${task}#${part}` };
      const Item: Record<string, AttributeValue> = marshall(
        { ...key, at: new Date(nowMs).toISOString(), expiresAt, sessions: some },
        { removeUndefinedValues: true },
      );
      return { PutRequest: { Item } };
    });
    const command = new BatchWriteItemCommand({ RequestItems: { [this.#table]: puts } });
    // What is left unprocessed is told again by the next beat.
    await this.#client.send(command, { abortSignal: AbortSignal.timeout(CALL_MS) });
  }
}
