/** Makes a table of a deployment in the embedded DynamoDB, which has no expiry. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
} from '@aws-sdk/client-dynamodb';
import { keyNames, type TableKeys, type TableShape } from '../../../policy/tables.ts';

/** Milliseconds; the embedded DynamoDB takes a moment for each table, on a busy machine a longer one. */
const ACTIVE_POLL_MS = 5;
const ACTIVE_MS = 20_000;

/** Makes the table, and resolves when it can be used. */
export async function createTable(client: DynamoDBClient, name: string, shape: TableShape): Promise<void> {
  const { index } = shape;
  const names = new Set([...keyNames(shape), ...(index === undefined ? [] : keyNames(index))]);
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keySchema(shape),
      AttributeDefinitions: [...names].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      ...(index !== undefined && {
        GlobalSecondaryIndexes: [
          { IndexName: index.name, KeySchema: keySchema(index), Projection: { ProjectionType: 'ALL' } },
        ],
      }),
    }),
  );
  await untilActive(client, name);
}

function keySchema(keys: TableKeys): KeySchemaElement[] {
  return keyNames(keys).map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' }));
}

/** Resolves when a table can be used: until then it is answered for as if it were not there. */
async function untilActive(client: DynamoDBClient, name: string): Promise<void> {
  const endMs = performance.now() + ACTIVE_MS;
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    if (Table?.TableStatus === 'ACTIVE') return;
    if (performance.now() > endMs) {
      throw new Error(`Table ${name} is ${Table?.TableStatus ?? 'unknown'} and not ACTIVE after ${ACTIVE_MS / 1000} s`);
    }
    await delay(ACTIVE_POLL_MS);
  }
}
