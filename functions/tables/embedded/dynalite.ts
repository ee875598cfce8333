/**
 * dynalite as the embedded run and the tests use it, with two things of DynamoDB's that it lacks: `=` in a condition holds
 * for lists and maps that are equal, and what is written can be seen as a stream would show it.
 *
 * Both are put round functions of its module for the database, which its actions call by the module.
 */
import type { Server } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import database, {
  type ConditionalRequest,
  type ExpressionNode,
  type ItemDatabase,
  type Store,
} from 'dynalite/db/index.js';

export type Image = Readonly<Record<string, AttributeValue>>;

/** A write that changed an item. */
export interface ItemWrite {
  readonly table: string;
  /** Absent where there was no item, or is none. */
  readonly before: Image | undefined;
  readonly after: Image | undefined;
}

export interface DynaliteOptions {
  /** Directory of the store; in memory without one. */
  readonly directory?: string | undefined;
  /** Told of each change of an item once it is written, those of one item in their order. */
  readonly onWrite?: (write: ItemWrite) => void;
}

/** A server that does not listen yet; a table of it can be used a moment after it is created (`createTable`). */
export function makeDynalite({ directory, onWrite }: DynaliteOptions = {}): Server {
  const options = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, onWrite };
  return dynalite(directory === undefined ? options : { ...options, path: directory });
}

type Plain = Pick<typeof database, 'create' | 'checkConditional'>;
/** What dynalite brings; its module is one for the process, also where this one is loaded again. */
const own: typeof database & { plain?: Plain } = database;
own.plain ??= { create: database.create, checkConditional: database.checkConditional };
const { create, checkConditional } = own.plain;

database.create = (options) => {
  const store = create(options);
  return options.onWrite === undefined ? store : watched(store, options.onWrite);
};

function watched(store: Store, onWrite: (write: ItemWrite) => void): Store {
  const { getItemDb } = store;
  const known = new Map<string, ItemDatabase>();
  store.getItemDb = (table) => {
    const seen =
      known.get(table) ?? watchedItems(getItemDb(table), (before, after) => onWrite({ table, before, after }));
    known.set(table, seen);
    return seen;
  };
  return store;
}

/** Its callers hold the lock of the key: what is read here is what the write replaces. */
function watchedItems(
  items: ItemDatabase,
  told: (before: Image | undefined, after: Image | undefined) => void,
): ItemDatabase {
  const changing =
    (key: string, after: Image | undefined, write: (done: (error: unknown) => void) => void) =>
    (callback: (error: unknown) => void): void =>
      items.get(key, (_error, before) =>
        write((error) => {
          const isChange = !isSame(before, after);
          if ((error === null || error === undefined) && isChange) told(before, after);
          callback(error);
        }),
      );
  return {
    ...items,
    put: (key, image, callback) => changing(key, image, (done) => items.put(key, image, done))(callback),
    del: (key, callback) => changing(key, undefined, (done) => items.del(key, done))(callback),
  };
}

database.checkConditional = (request, existing) => {
  const { _condition: condition } = request;
  if (condition === undefined) return checkConditional(request, existing);
  const expression = withEqualDocuments(condition.expression, existing ?? {});
  return checkConditional({ ...request, _condition: { ...condition, expression } } as ConditionalRequest, existing);
};

/** Comparisons that dynalite answers as they are to be answered. */
const TRUE: ExpressionNode = { type: '=', args: [{ S: 'same' }, { S: 'same' }] };
const FALSE: ExpressionNode = { type: '=', args: [{ S: 'same' }, { S: 'other' }] };

/** The expression with each comparison of two lists or two maps replaced by what it comes to. */
function withEqualDocuments(node: ExpressionNode, item: Image): ExpressionNode {
  if (node.type === 'and' || node.type === 'or' || node.type === 'not') {
    return { ...node, args: node.args.map((arg) => withEqualDocuments(arg as ExpressionNode, item)) };
  }
  if (node.type !== '=' && node.type !== '<>') return node;
  const [left, right] = node.args.map((arg) => (Array.isArray(arg) ? database.mapPath(arg, item) : arg));
  if (!isDocument(left) || !isDocument(right)) return node;
  return isSame(left, right) === (node.type === '=') ? TRUE : FALSE;
}

function isDocument(value: unknown): value is AttributeValue {
  return typeof value === 'object' && value !== null && ('L' in value || 'M' in value);
}

/** Whether two values are the same to DynamoDB, which keeps neither the order of attributes nor that of sets. */
function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(inOrder(a), inOrder(b));
}

const SETS: readonly string[] = ['SS', 'NS', 'BS'];

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] =>
    SETS.includes(name) && Array.isArray(inner) ? [name, new Set(inner)] : [name, inOrder(inner)],
  );
  return new Map(entries);
}
