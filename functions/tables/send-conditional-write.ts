/** Sends a conditioned write of one item, as the API's stores make them. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { STORE_BOUND_MS } from './client.ts';
import { type ConditionalWrite, conditionalDelete, conditionalUpdate } from './conditional-write.ts';

/**
 * Writes `after`, or deletes the item when there is none, if the item is still what was read.
 *
 * Gives the item's attributes as they are now, `deleted`, or `changed` when somebody else was first: then nothing is
 * written. Rejects when the table does not answer within `STORE_BOUND_MS`.
 */
export async function sendConditionalWrite(
  client: DynamoDBClient,
  write: ConditionalWrite,
  after: Parameters<typeof conditionalUpdate>[1] | undefined,
): Promise<Record<string, AttributeValue> | 'deleted' | 'changed'> {
  const bound = { abortSignal: AbortSignal.timeout(STORE_BOUND_MS) };
  try {
    if (after === undefined) {
      await client.send(new DeleteItemCommand(conditionalDelete(write)), bound);
      return 'deleted';
    }
    const { Attributes = {} } = await client.send(new UpdateItemCommand(conditionalUpdate(write, after)), bound);
    return Attributes;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return 'changed';
  }
}
