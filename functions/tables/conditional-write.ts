/**
 * Single-item writes that are made only if the item is still as it was read, whoever writes beside us: another caller of
 * the API, or a person in the console, who increments no version.
 *
 * So each attribute that was read is compared, and each that the item may have and had not must still be absent. Lists
 * and maps are compared entry by entry, which says the same as `=` and is what every DynamoDB can do, dynalite too.
 */
import type { AttributeValue, DeleteItemCommandInput, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { RawAttributes } from '../admin/http/etag.ts';

export interface ConditionalWrite {
  readonly table: string;
  /** Partition key, and sort key where there is one. */
  readonly key: Readonly<Record<string, string>>;
  /** Attributes as read, keys left out; absent: there was no such item. */
  readonly before: RawAttributes | undefined;
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

/** Clauses; DynamoDB takes 300 operators in an expression. An item with more was not made by these programs. */
const MOST_CLAUSES = 120;

/** Makes the item have `after` and no attribute beside it but the ignored ones. */
export function conditionalUpdate(
  write: ConditionalWrite,
  after: Readonly<Record<string, unknown>>,
): UpdateItemCommandInput & { readonly ReturnValues: 'ALL_NEW' } {
  const condition = conditionOn(write);
  const names = { ...condition.ExpressionAttributeNames };
  const values = { ...condition.ExpressionAttributeValues };
  const sets = Object.entries(marshall(after, { removeUndefinedValues: true })).map(([name, value], index) => {
    names[`#s${index}`] = name;
    values[`:s${index}`] = value;
    return `#s${index} = :s${index}`;
  });
  const { before = {}, ignored, dropped = [] } = write;
  const others = Object.keys(before).filter((name) => !ignored.includes(name) && !Object.hasOwn(after, name));
  const removes = [...new Set([...others, ...dropped])].map((name, index) => {
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

/** The condition alone, for a write of another kind. */
export function conditionOn({ key, before, known, ignored, dropped = [] }: ConditionalWrite): Condition {
  const [partition = ''] = Object.keys(key);
  const clauses = new Clauses();
  if (before === undefined) {
    clauses.add(`attribute_not_exists(${clauses.name(partition)})`);
    return clauses.condition();
  }
  clauses.add(`attribute_exists(${clauses.name(partition)})`);
  // Known names first: they are what the write is about, should there be more clauses than DynamoDB takes.
  const names = [...new Set([...known, ...Object.keys(before)])].filter(
    (name) => !ignored.includes(name) && !dropped.includes(name),
  );
  for (const name of names) {
    const value = before[name];
    if (value === undefined) clauses.add(`attribute_not_exists(${clauses.name(name)})`);
    else clauses.addEqual(clauses.name(name), value);
  }
  return clauses.condition();
}

class Clauses {
  readonly #clauses: string[] = [];
  readonly #names: Record<string, string> = {};
  readonly #values: Record<string, AttributeValue> = {};

  get #isFull(): boolean {
    return this.#clauses.length >= MOST_CLAUSES;
  }

  name(name: string): string {
    if (this.#isFull) return '';
    const placeholder = `#c${Object.keys(this.#names).length}`;
    this.#names[placeholder] = name;
    return placeholder;
  }

  add(clause: string): void {
    if (!this.#isFull) this.#clauses.push(clause);
  }

  addEqual(path: string, value: AttributeValue): void {
    if (this.#isFull) return;
    if (value.L !== undefined) {
      this.#addSize(path, 'L', value.L.length);
      for (const [index, entry] of value.L.entries()) this.addEqual(`${path}[${index}]`, entry);
    } else if (value.M !== undefined) {
      const entries = Object.entries(value.M);
      this.#addSize(path, 'M', entries.length);
      for (const [name, entry] of entries) if (!this.#isFull) this.addEqual(`${path}.${this.name(name)}`, entry);
    } else if (value.NULL !== undefined) {
      // It has one value alone; some (moto) take an attribute that is absent for equal to it.
      this.add(`attribute_type(${path}, ${this.#value({ S: 'NULL' })})`);
    } else {
      this.add(`${path} = ${this.#value(value)}`);
    }
  }

  condition(): Condition {
    return {
      ConditionExpression: this.#clauses.join(' AND '),
      ExpressionAttributeNames: this.#names,
      ExpressionAttributeValues: this.#values,
    };
  }

  #addSize(path: string, type: 'L' | 'M', size: number): void {
    this.add(`attribute_type(${path}, ${this.#value({ S: type })})`);
    if (!this.#isFull) this.add(`size(${path}) = ${this.#value({ N: String(size) })}`);
  }

  #value(value: AttributeValue): string {
    const placeholder = `:c${Object.keys(this.#values).length}`;
    this.#values[placeholder] = value;
    return placeholder;
  }
}
