/**
 * Single-item writes that are made only if the item is still as it was read, whoever writes beside us: another caller of
 * the API, or a person in the console, who increments no version.
 *
 * So each attribute that was read is compared, and each that the item may have and had not must still be absent. A
 * condition never says less than that: an item that has more attributes than one can compare is not written at all.
 */
import type { AttributeValue, DeleteItemCommandInput, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Image } from './attributes.ts';

export interface ConditionalWrite {
  readonly table: string;
  /** Partition key, and sort key where there is one. */
  readonly key: Readonly<Record<string, string>>;
  /** Attributes as read, keys left out; absent: there was no such item. */
  readonly before: Image | undefined;
  /** Names that the item may have: those it did not have must still be absent. */
  readonly known: readonly string[];
  /** Names that are neither compared nor written. */
  readonly ignored: readonly string[];
  /** Names that are not compared, and gone after an update whether they were there or not. */
  readonly dropped?: readonly string[];
}

/** The condition that `before` still holds. */
export interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
}

/** An item that no condition can hold to what was read. */
export class TooManyAttributesError extends Error {
  override readonly name = 'TooManyAttributesError';
}

/** Clauses; DynamoDB takes 300 operators in an expression, and 4 KB of it. No item that is in force has as many. */
const MOST_CLAUSES = 140;

/** Makes the item have `after` and no attribute beside it but the ignored ones. */
export function conditionalUpdate(
  write: ConditionalWrite,
  after: Readonly<Record<string, unknown>>,
): UpdateItemCommandInput & { readonly ReturnValues: 'ALL_NEW' } {
  const { before = {}, ignored, dropped = [] } = write;
  const others = Object.keys(before).filter((name) => !ignored.includes(name) && !Object.hasOwn(after, name));
  return updateOf(write, after, [...new Set([...others, ...dropped])]);
}

/** Sets some attributes of an item that is there, and leaves the others as they are. */
export function conditionalMark(
  write: ConditionalWrite,
  marks: Readonly<Record<string, unknown>>,
): UpdateItemCommandInput & { readonly ReturnValues: 'ALL_NEW' } {
  return updateOf(write, marks, []);
}

function updateOf(
  write: ConditionalWrite,
  set: Readonly<Record<string, unknown>>,
  remove: readonly string[],
): UpdateItemCommandInput & { readonly ReturnValues: 'ALL_NEW' } {
  const condition = conditionOn(write);
  const names = { ...condition.ExpressionAttributeNames };
  const values = { ...condition.ExpressionAttributeValues };
  const sets = Object.entries(marshall(set, { removeUndefinedValues: true })).map(([name, value], index) => {
    names[`#s${index}`] = name;
    values[`:s${index}`] = value;
    return `#s${index} = :s${index}`;
  });
  const removes = remove.map((name, index) => {
    names[`#r${index}`] = name;
    return `#r${index}`;
  });
  const update = [
    ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
    ...(removes.length > 0 ? [`REMOVE ${removes.join(', ')}`] : []),
  ];
  return {
    TableName: write.table,
    Key: marshall(write.key),
    ...(update.length > 0 ? { UpdateExpression: update.join(' ') } : {}),
    ...expressions({ ...condition, ExpressionAttributeNames: names, ExpressionAttributeValues: values }),
    ReturnValues: 'ALL_NEW',
  };
}

export function conditionalDelete(write: ConditionalWrite): DeleteItemCommandInput {
  return { TableName: write.table, Key: marshall(write.key), ...expressions(conditionOn(write)) };
}

/** DynamoDB refuses an empty map of values. */
function expressions({ ExpressionAttributeValues, ...rest }: Condition) {
  return Object.keys(ExpressionAttributeValues).length === 0 ? rest : { ...rest, ExpressionAttributeValues };
}

/**
 * The condition alone, for a write of another kind.
 *
 * @throws TooManyAttributesError
 */
export function conditionOn({ key, before, known, ignored, dropped = [] }: ConditionalWrite): Condition {
  const [partition = ''] = Object.keys(key);
  const names: Record<string, string> = { '#c': partition };
  const values: Record<string, AttributeValue> = {};
  const compared = [...new Set([...known, ...Object.keys(before ?? {})])].filter(
    (name) => !ignored.includes(name) && !dropped.includes(name),
  );
  const clauses = compared.map((name, index) => {
    const [path, value] = [`#c${index}`, before?.[name]];
    names[path] = name;
    if (value === undefined) return `attribute_not_exists(${path})`;
    // It has one value alone; some (moto) take an attribute that is absent for equal to it.
    const isNull = value.NULL !== undefined;
    values[`:c${index}`] = isNull ? { S: 'NULL' } : value;
    return isNull ? `attribute_type(${path}, :c${index})` : `${path} = :c${index}`;
  });
  if (before === undefined) {
    const ConditionExpression = 'attribute_not_exists(#c)';
    return { ConditionExpression, ExpressionAttributeNames: { '#c': partition }, ExpressionAttributeValues: {} };
  }
  if (clauses.length > MOST_CLAUSES) {
    throw new TooManyAttributesError(`An item of ${clauses.length} attributes cannot be compared, ${MOST_CLAUSES} can`);
  }
  return {
    ConditionExpression: ['attribute_exists(#c)', ...clauses].join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}
