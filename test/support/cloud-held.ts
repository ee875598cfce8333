/** Held mail of a test's cloud: what is in the table and the bucket, and the decisions of an administrator. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AttributeValue, type DynamoDBClient, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { HELD_BUCKET, TABLES } from '../../local/names.ts';
import { type HeldItem, heldItemSchema, serverState } from '../../policy/held.ts';

/** Boundaries that parsers choose between: held by the seed's `screen#200-unreadable`. */
export const AMBIGUOUS_HEAD = 'Content-Type: multipart/mixed; boundary=one; boundary=two\r\n';

export async function heldItems(client: DynamoDBClient): Promise<readonly HeldItem[]> {
  const items: HeldItem[] = [];
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: TABLES.held, ConsistentRead: true, ExclusiveStartKey }),
    );
    items.push(...(page.Items ?? []).map((item) => heldItemSchema.parse(unmarshall(item))));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
}

/** The stored message, where it is what was held: of its length and its sha256. */
export function heldContent(home: string, { content, octets, sha256 }: HeldItem): Buffer | undefined {
  const path = join(home, 'held', HELD_BUCKET, content);
  if (!existsSync(path)) return undefined;
  const stored = readFileSync(path);
  return stored.length === octets && createHash('sha256').update(stored).digest('hex') === sha256 ? stored : undefined;
}

/** As the admin API does it. */
export async function releaseHeld(client: DynamoDBClient, { id, server }: HeldItem): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: TABLES.held,
      Key: marshall({ id }),
      UpdateExpression: 'SET #state = :state, #index = :index',
      ConditionExpression: '#state = :held',
      ExpressionAttributeNames: { '#state': 'state', '#index': 'serverState' },
      ExpressionAttributeValues: marshall({
        ':state': 'releasing',
        ':index': serverState(server, 'releasing'),
        ':held': 'held',
      }),
    }),
  );
}

/**
 * Half a minute and more have passed since the last try. The index's attribute is written anew: an embedded table that was
 * killed may have the item without its place in the index, which DynamoDB never does.
 */
export async function hurryHeld(client: DynamoDBClient, { id, serverState: state }: HeldItem): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: TABLES.held,
      Key: marshall({ id }),
      UpdateExpression: 'SET #index = :index REMOVE #next',
      ConditionExpression: '#index = :index',
      ExpressionAttributeNames: { '#next': 'nextTryAtMs', '#index': 'serverState' },
      ExpressionAttributeValues: marshall({ ':index': state }),
    }),
  );
}
