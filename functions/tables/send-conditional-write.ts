/** Sends a conditioned write of one item, signed: what the stream shows says who made it. */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type Image, isSameImage } from './attributes.ts';
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
  if (after !== undefined) {
    const signed = { ...after, changedBy: who, changedAt: at };
    return update(client, write, conditionalUpdate(write, signed), imageOf(signed));
  }
  const marked = await sendMark(client, write, { deletedBy: who, deletedAt: at });
  if (marked === 'changed') return 'changed';
  const { ignored, dropped = [] } = write;
  const before = { ...write.before, deletedBy: { S: who }, deletedAt: { S: at } };
  const unmarked = dropped.filter((name) => !name.startsWith('deleted'));
  const deletion = conditionalDelete({ ...write, before, ignored, dropped: unmarked });
  const call = bounded();
  return ifCondition(
    client.send(new DeleteItemCommand(deletion), call).then(() => 'deleted' as const),
    'changed',
    // Its last image is the one that we signed.
    async () => ((await standing(client, write, call)) === undefined ? 'deleted' : undefined),
  );
}

/** Sets some attributes if the item is still what was read, and leaves the others as they are. */
export function sendMark(
  client: DynamoDBClient,
  write: ConditionalWrite,
  marks: Readonly<Record<string, string>>,
): Promise<Record<string, AttributeValue> | 'changed'> {
  return update(client, write, conditionalMark(write, marks), imageOf(marks), write.before);
}

function imageOf(attributes: Readonly<Record<string, unknown>>): Image {
  return marshall(attributes, { removeUndefinedValues: true });
}

/** @param before what the update leaves as it is, beside what it sets */
function update(
  client: DynamoDBClient,
  write: ConditionalWrite,
  input: ReturnType<typeof conditionalUpdate>,
  set: Image,
  before: Image = {},
): Promise<Record<string, AttributeValue> | 'changed'> {
  const call = bounded();
  const sent = client.send(new UpdateItemCommand(input), call).then(({ Attributes = {} }) => Attributes);
  // What no condition compares may have come or gone meanwhile, but for what was set.
  const { key, ignored, dropped = [] } = write;
  const others = [...Object.keys(key), ...ignored, ...dropped.filter((name) => !Object.hasOwn(set, name))];
  const told = (image: Image): Image =>
    Object.fromEntries(Object.entries(image).filter(([name]) => !others.includes(name)));
  return ifCondition(sent, 'changed', async () => {
    const item = await standing(client, write, call);
    return item !== undefined && isSameImage(told(item), told({ ...before, ...set })) ? item : undefined;
  });
}

async function standing(
  client: DynamoDBClient,
  { table, key }: ConditionalWrite,
  call: ReturnType<typeof bounded>,
): Promise<Record<string, AttributeValue> | undefined> {
  const command = new GetItemCommand({ TableName: table, Key: marshall(key), ConsistentRead: true });
  return (await client.send(command, call)).Item;
}
