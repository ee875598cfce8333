/** Attributes as DynamoDB stores them, from which nothing is lost: numbers as text, sets as sets. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { PolicyAttributes } from '../../policy/item.ts';

/** One item's image, keys included. */
export type Image = Readonly<Record<string, AttributeValue>>;

/** As policy reads them. A number beyond JavaScript's reach must fail in the item's schema, not here. */
export function attributesOf(image: Image): PolicyAttributes {
  return unmarshall(image, { wrapNumbers: Number });
}

/** As an event keeps them: a number that JavaScript cannot hold exactly stays text. */
export function shownAttributesOf(image: Image): PolicyAttributes {
  return unmarshall(image, {
    wrapNumbers: (text) => (Math.abs(Number(text)) <= Number.MAX_SAFE_INTEGER ? Number(text) : text),
  });
}

const SETS: readonly string[] = ['SS', 'NS', 'BS'];

/** Whether two values are the same to DynamoDB, which keeps neither the order of attributes nor that of sets. */
export function isSameValue(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  return JSON.stringify(ordered(a)) === JSON.stringify(ordered(b));
}

export function isSameImage(a: Image, b: Image): boolean {
  return isSameValue({ M: { ...a } }, { M: { ...b } });
}

function ordered(value: unknown, name = ''): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) {
    const entries = value.map((entry) => ordered(entry));
    return SETS.includes(name) ? entries.sort() : entries;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return entries.sort(([x], [y]) => (x < y ? -1 : 1)).map(([key, inner]) => [key, ordered(inner, key)]);
}
