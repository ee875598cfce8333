/** Edits to a test's cloud: attributes of an item, written as people write them in the console. */
import { DeleteItemCommand, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { TABLES } from '../../local/names.ts';
import { SCREENS } from '../../local/seed/policy.ts';
import { type PolicyAttributes, SETTINGS_ITEM } from '../../policy/item.ts';

export function changeSettings(client: DynamoDBClient, server: string, attributes: PolicyAttributes): Promise<void> {
  return changeItem(client, { server, item: SETTINGS_ITEM }, attributes);
}

/** Makes the item where there is none. */
export async function changeItem(
  client: DynamoDBClient,
  key: { readonly server: string; readonly item: string },
  attributes: PolicyAttributes,
): Promise<void> {
  const entries = Object.entries(attributes);
  await client.send(
    new UpdateItemCommand({
      TableName: TABLES.policy,
      Key: marshall({ server: key.server, item: key.item }),
      UpdateExpression: `SET ${entries.map((_, index) => `#n${index} = :v${index}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(entries.map(([name], index) => [`#n${index}`, name])),
      ExpressionAttributeValues: marshall(Object.fromEntries(entries.map(([, value], index) => [`:v${index}`, value]))),
    }),
  );
}

/** Has `inbound` stream content, as a server without screening rules does; proxies see it within 5 seconds. */
export async function removeScreens(client: DynamoDBClient): Promise<void> {
  for (const { item } of SCREENS) await removeItem(client, { server: 'inbound', item });
}

async function removeItem(
  client: DynamoDBClient,
  key: { readonly server: string; readonly item: string },
): Promise<void> {
  await client.send(
    new DeleteItemCommand({ TableName: TABLES.policy, Key: marshall({ server: key.server, item: key.item }) }),
  );
}
