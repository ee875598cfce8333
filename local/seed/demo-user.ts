/** Makes the demo user, or gives an existing one the demo password; nothing else of it is touched. */
import { randomBytes } from 'node:crypto';
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { fitsVerifier, makeVerifier, preparePassword } from '../../policy/password.ts';
import { formatVerifier, parseVerifier, SALT_OCTETS } from '../../policy/verifier.ts';
import { DEMO_USER, TABLES } from '../names.ts';
import { RunError } from '../run-error.ts';

/** @throws RunError when the password cannot be one */
export async function seedDemoUser(client: DynamoDBClient, password: string): Promise<void> {
  const prepared = preparePassword(password);
  if (!prepared.ok) throw new RunError(`POSTERN_DEMO_PASSWORD ${prepared.problem}`);
  const Key = marshall({ user: DEMO_USER });
  const { Item: existing } = await client.send(new GetItemCommand({ TableName: TABLES.users, Key }));
  if (await fits(prepared.value, existing?.verifier?.S)) return;

  const verifier = formatVerifier(await makeVerifier(prepared.value, randomBytes(SALT_OCTETS)));
  const whole = ', enabled = :enabled, servers = :servers, senders = :senders';
  await client.send(
    new UpdateItemCommand({
      TableName: TABLES.users,
      Key,
      UpdateExpression: `SET verifier = :verifier${existing === undefined ? whole : ''}`,
      ExpressionAttributeValues: marshall({
        ':verifier': verifier,
        ...(existing === undefined
          ? { ':enabled': true, ':servers': new Set(['submission']), ':senders': new Set([DEMO_USER]) }
          : {}),
      }),
    }),
  );
}

/** Making a verifier takes as long as this, and would change the item at every start. */
async function fits(prepared: string, text: string | undefined): Promise<boolean> {
  const verifier = text === undefined ? undefined : parseVerifier(text);
  return verifier?.ok === true && (await fitsVerifier(prepared, verifier.value));
}
