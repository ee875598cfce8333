/** Sends a conditioned write of one item, signed: what the stream shows says who made it. */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { bounded, ifCondition } from './client.ts';
import { type ConditionalWrite, conditionalDelete, conditionalMark, conditionalUpdate } from './conditional-write.ts';

/** Who changes an item, and when. */
export interface Signature {
  /** The caller's ARN. */
  readonly who: string;
  /** ISO 8601 time. */
  readonly at: string;
}

/**
 * Writes `after`, or deletes the item when there is none, if the item is still what was read.
 *
 * An item that is to go is signed first and deleted then, so that its last image names the caller; where somebody changes
 * it in between, it stays. Gives the item's attributes as they are now, `deleted`, or `changed` when somebody else was
 * first: then nothing of what was wanted is written. Rejects when the table does not answer within `STORE_BOUND_MS`.
 */
export async function sendConditionalWrite(
  client: DynamoDBClient,
  write: ConditionalWrite,
  after: Readonly<Record<string, unknown>> | undefined,
  { who, at }: Signature,
): Promise<Record<string, AttributeValue> | 'deleted' | 'changed'> {
  if (after === undefined && write.before === undefined) return 'changed';
  if (after !== undefined) return update(client, conditionalUpdate(write, { ...after, changedBy: who, changedAt: at }));
  const marked = await sendMark(client, write, { deletedBy: who, deletedAt: at });
  if (marked === 'changed') return 'changed';
  const { ignored, dropped = [] } = write;
  const before = { ...write.before, deletedBy: { S: who }, deletedAt: { S: at } };
  const unmarked = dropped.filter((name) => !name.startsWith('deleted'));
  const deletion = conditionalDelete({ ...write, before, ignored, dropped: unmarked });
  return ifCondition(
    client.send(new DeleteItemCommand(deletion), bounded()).then(() => 'deleted' as const),
    'changed',
  );
}

/** Sets some attributes if the item is still what was read, and leaves the others as they are. */
export function sendMark(
  client: DynamoDBClient,
  write: ConditionalWrite,
  marks: Readonly<Record<string, string>>,
): Promise<Record<string, AttributeValue> | 'changed'> {
  return update(client, conditionalMark(write, marks));
}

function update(
  client: DynamoDBClient,
  input: ReturnType<typeof conditionalUpdate>,
): Promise<Record<string, AttributeValue> | 'changed'> {
  const sent = client.send(new UpdateItemCommand(input), bounded()).then(({ Attributes = {} }) => Attributes);
  return ifCondition(sent, 'changed');
}
