/** Edits to a test's cloud: attributes of an item, written as people write them in the console. */
import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { TABLES } from '../../local/names.ts';
import { type PolicyAttributes, SETTINGS_ITEM } from '../../policy/item.ts';

export async function changeSettings(
  client: DynamoDBClient,
  server: string,
  attributes: PolicyAttributes,
): Promise<void> {
  const entries = Object.entries(attributes);
  await client.send(
    new UpdateItemCommand({
      TableName: TABLES.policy,
      Key: marshall({ server, item: SETTINGS_ITEM }),
      UpdateExpression: `SET ${entries.map((_, index) => `#n${index} = :v${index}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(entries.map(([name], index) => [`#n${index}`, name])),
      ExpressionAttributeValues: marshall(Object.fromEntries(entries.map(([, value], index) => [`:v${index}`, value]))),
    }),
  );
}
