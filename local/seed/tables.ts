/** Makes the tables where they are absent. Their expiry is set in AWS alone; dynalite has no TTL. */
import {
  type AttributeDefinition,
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  type KeySchemaElement,
  ListTablesCommand,
} from '@aws-sdk/client-dynamodb';
import { TABLES } from '../names.ts';

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
];

/** They can be used when this resolves: the embedded DynamoDB makes them at once. */
export async function createTables(client: DynamoDBClient): Promise<void> {
  const { TableNames: existing = [] } = await client.send(new ListTablesCommand({}));
  const absent = DEFINITIONS.filter(({ TableName }) => !existing.includes(TableName ?? ''));
  await Promise.all(
    absent.map((table) => client.send(new CreateTableCommand({ ...table, BillingMode: 'PAY_PER_REQUEST' }))),
  );
}
