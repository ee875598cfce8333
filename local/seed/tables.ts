/** Makes the tables where they are absent. */
import { type DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { createTable } from '../../functions/tables/embedded/create-table.ts';
import { TABLE_SHAPES, type TableKind } from '../../policy/tables.ts';
import { TABLES } from '../names.ts';

/** They can be used when this resolves. */
export async function createTables(client: DynamoDBClient): Promise<void> {
  const { TableNames: existing = [] } = await client.send(new ListTablesCommand({}));
  const absent = (Object.keys(TABLES) as TableKind[]).filter((kind) => !existing.includes(TABLES[kind]));
  await Promise.all(absent.map((kind) => createTable(client, TABLES[kind], TABLE_SHAPES[kind])));
}
