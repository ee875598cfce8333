/** Makes the tables where they are absent. Their expiry is set in AWS alone; dynalite has no TTL. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AttributeDefinition,
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  ListTablesCommand,
} from '@aws-sdk/client-dynamodb';
import { TABLES } from '../names.ts';
import { RunError } from '../run-error.ts';

function keys(partition: string, sort?: string): KeySchemaElement[] {
  const partitionKey: KeySchemaElement = { AttributeName: partition, KeyType: 'HASH' };
  return sort === undefined ? [partitionKey] : [partitionKey, { AttributeName: sort, KeyType: 'RANGE' }];
}

function strings(...names: string[]): AttributeDefinition[] {
  return names.map((name) => ({ AttributeName: name, AttributeType: 'S' }));
}

const DEFINITIONS: readonly CreateTableCommandInput[] = [
  { TableName: TABLES.policy, KeySchema: keys('server', 'item'), AttributeDefinitions: strings('server', 'item') },
  { TableName: TABLES.users, KeySchema: keys('user'), AttributeDefinitions: strings('user') },
  {
    TableName: TABLES.events,
    KeySchema: keys('stream', 'at'),
    AttributeDefinitions: strings('stream', 'at', 'session'),
    GlobalSecondaryIndexes: [
      { IndexName: 'session', KeySchema: keys('session', 'at'), Projection: { ProjectionType: 'ALL' } },
    ],
  },
  {
    TableName: TABLES.counters,
    KeySchema: keys('counter', 'scope'),
    AttributeDefinitions: strings('counter', 'scope'),
  },
  {
    TableName: TABLES.held,
    KeySchema: keys('id'),
    AttributeDefinitions: strings('id', 'serverState', 'at'),
    GlobalSecondaryIndexes: [
      { IndexName: 'serverState', KeySchema: keys('serverState', 'at'), Projection: { ProjectionType: 'ALL' } },
    ],
  },
];

/** Milliseconds; the embedded DynamoDB takes a moment for each table, on a busy machine a longer one. */
const ACTIVE_POLL_MS = 5;
const ACTIVE_MS = 20_000;

/** They can be used when this resolves. */
export async function createTables(client: DynamoDBClient): Promise<void> {
  const { TableNames: existing = [] } = await client.send(new ListTablesCommand({}));
  const absent = DEFINITIONS.filter(({ TableName }) => !existing.includes(TableName ?? ''));
  await Promise.all(
    absent.map((table) => client.send(new CreateTableCommand({ ...table, BillingMode: 'PAY_PER_REQUEST' }))),
  );
  await Promise.all(DEFINITIONS.map(({ TableName }) => untilActive(client, TableName ?? '')));
}

/** A table that is still being made is answered for as if it were not there. */
async function untilActive(client: DynamoDBClient, name: string): Promise<void> {
  const endMs = performance.now() + ACTIVE_MS;
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    if (Table?.TableStatus === 'ACTIVE') return;
    if (performance.now() > endMs) {
      throw new RunError(
        `Table ${name} is ${Table?.TableStatus ?? 'unknown'} and not ACTIVE after ${ACTIVE_MS / 1000} s`,
      );
    }
    await delay(ACTIVE_POLL_MS);
  }
}
