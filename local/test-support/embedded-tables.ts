/** An in-memory DynamoDB with all tables, for one test. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { onTestFinished } from 'vitest';
import { embeddedDynamoDb } from '../dynamodb/client.ts';
import { startDynamoDb } from '../dynamodb/server.ts';
import { createTables } from '../seed/tables.ts';

export async function embeddedTables(): Promise<{ readonly url: string; readonly client: DynamoDBClient }> {
  const server = await startDynamoDb({});
  const url = `http://127.0.0.1:${server.port}`;
  const client = embeddedDynamoDb(url);
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  await createTables(client);
  return { url, client };
}
