/** The admin API as its handler stands, but for Lambda: all routes, real stores, tables in this process. */
import { type DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { PosternEvent } from '../../policy/event.ts';
import { TABLE_SHAPES, type TableKind } from '../../policy/tables.ts';
import { ROUTES } from '../admin/env.ts';
import { type Dispatch, makeDispatch } from '../admin/http/dispatch.ts';
import type { HttpAnswer } from '../admin/http/http.ts';
import { matchRoute } from '../admin/http/match-route.ts';
import { ROUTE_TABLE } from '../admin/routes.ts';
import type { AdminStores } from '../admin/stores/admin-stores.ts';
import { makeDynamoStores } from '../admin/stores/dynamo-stores.ts';
import { checkBatch } from '../check-policy/check-batch.ts';
import { DynamoPolicyItems } from '../check-policy/dynamo-policy-items.ts';
import { DynamoEventStore } from '../tables/dynamo-event-store.ts';
import { createTable } from '../tables/embedded/create-table.ts';
import { dayMark } from '../tables/event-stream.ts';
import { withHistory } from '../tables/history-item.ts';
import { TableStreams } from './table-streams.ts';
import { Tables } from './tables.ts';

/** Bucket of the content of held mail. */
export const HELD_BUCKET = 'held';
export const CALLER = 'arn:aws:iam::000000000000:user/tester';
export const TABLE_NAMES = {
  policy: 'policy',
  users: 'users',
  events: 'events',
  counters: 'counters',
  held: 'held',
} as const;

export interface CallOptions {
  /** Becomes JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Called {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body, an object in every answer; empty where there is none. */
  readonly value: Readonly<Record<string, unknown>>;
}

export class AdminBed {
  readonly tables: Tables;
  readonly client: DynamoDBClient;
  /** What a route does that waits: nothing, where a test does not say. */
  sleep: (ms: number) => Promise<void> = () => Promise.resolve();
  readonly stores: AdminStores;
  readonly #dispatch: Dispatch;
  readonly #streams: TableStreams;

  private constructor(tables: Tables, streams: TableStreams, s3: S3Client) {
    this.tables = tables;
    this.#streams = streams;
    this.client = tables.newClient();
    const stores = makeDynamoStores(this.client, TABLE_NAMES, { s3, bucket: HELD_BUCKET });
    this.stores = { ...stores, sleep: (ms) => this.sleep(ms) };
    this.#dispatch = makeDispatch(ROUTE_TABLE, this.stores);
  }

  /** @param s3 of a test that has held mail with content */
  static async start(s3 = new S3Client({})): Promise<AdminBed> {
    const streams = new TableStreams(Date.now);
    const tables = await Tables.start((write) => streams.add(write));
    const bed = new AdminBed(tables, streams, s3);
    await makeAdminTables(bed.client);
    return bed;
  }

  /** On tables of another kind, whose changes `check-policy` does not hear of. */
  static async startOn(start: () => Promise<Tables>): Promise<AdminBed> {
    const bed = new AdminBed(await start(), new TableStreams(Date.now), new S3Client({}));
    await makeAdminTables(bed.client);
    return bed;
  }

  /** Calls a route as the HTTP API would. `path` may have a query; its parameters are percent-encoded. */
  async call(method: string, path: string, { body, headers = {} }: CallOptions = {}): Promise<Called> {
    return this.send(method, path, headers, body === undefined ? undefined : JSON.stringify(body));
  }

  /** The same with a body of any text. */
  async send(method: string, path: string, headers: Readonly<Record<string, string>>, text?: string): Promise<Called> {
    const answer = await this.#dispatch(adminEvent(method, path, headers, text));
    return { status: answer.statusCode, headers: answer.headers, value: JSON.parse(answer.body || '{}') };
  }

  /** The answer as the HTTP API gets it. */
  async raw(method: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
    return this.#dispatch(adminEvent(method, path, headers));
  }

  /** Writes an item as a person in the console would, past the API; with an event, the mark of its day. */
  async put(table: keyof typeof TABLE_NAMES, item: Readonly<Record<string, unknown>>): Promise<void> {
    await this.client.send(new PutItemCommand({ TableName: TABLE_NAMES[table], Item: marshall(item) }));
    const mark = table === 'events' ? dayMark(String(item.stream)) : undefined;
    if (mark !== undefined) await this.put(table, { ...mark });
  }

  /** All items of a small table. */
  async items(table: keyof typeof TABLE_NAMES): Promise<Record<string, unknown>[]> {
    const { Items = [] } = await this.client.send(new ScanCommand({ TableName: TABLE_NAMES[table] }));
    return Items.map((item) => unmarshall(item));
  }

  /** All events, once `check-policy` has been handed every change. */
  async events(): Promise<Record<string, unknown>[]> {
    await this.settle();
    return (await this.items('events')).filter(({ type, stream }) => {
      return type !== undefined && !String(stream).endsWith('#history');
    });
  }

  /** Hands every change to `check-policy`. */
  async settle(): Promise<void> {
    const store = new DynamoEventStore(this.client, TABLE_NAMES.events);
    const stores = {
      items: new DynamoPolicyItems(this.client, TABLE_NAMES.policy),
      events: { write: (made: readonly PosternEvent[]) => store.write(made.flatMap(withHistory)) },
    };
    for (let records = await this.#streams.take(); records.length > 0; records = await this.#streams.take()) {
      const { failed } = await checkBatch(records, stores);
      if (failed.length > 0) throw new Error(`${failed.length} changes failed`);
    }
  }

  async stop(): Promise<void> {
    this.client.destroy();
    await this.tables.stop();
  }
}

/** An event of payload format 2.0. */
export function adminEvent(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Record<string, unknown> {
  const [rawPath = '', query = ''] = path.split('?', 2);
  const route = matchRoute(ROUTES, method, rawPath);
  const common = body === undefined ? {} : { 'content-type': 'application/json' };
  return {
    version: '2.0',
    routeKey: route?.routeKey ?? '$default',
    rawPath,
    pathParameters: route?.pathParameters ?? {},
    queryStringParameters: Object.fromEntries(new URLSearchParams(query)),
    headers: { ...common, ...headers },
    requestContext: { authorizer: { iam: { userArn: CALLER } }, http: { method, path: rawPath } },
    isBase64Encoded: false,
    ...(body === undefined ? {} : { body }),
  };
}

/** The tables as a deployment has them, expiry aside. */
export async function makeAdminTables(client: DynamoDBClient): Promise<void> {
  for (const kind of Object.keys(TABLE_NAMES) as TableKind[]) {
    await createTable(client, TABLE_NAMES[kind], TABLE_SHAPES[kind]);
  }
}
