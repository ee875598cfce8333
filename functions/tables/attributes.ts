/** Attributes as DynamoDB stores them, from which nothing is lost: numbers as text, sets as sets. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { convertToNative } from '@aws-sdk/util-dynamodb';
import type { PolicyAttributes } from '../../policy/item.ts';

/** One item's image, keys included. */
export type Image = Readonly<Record<string, AttributeValue>>;

/** As policy reads them. A number beyond JavaScript's reach must fail in the item's schema, not here. */
export function attributesOf(image: Image): PolicyAttributes {
  return nativeOf(image, Number);
}

/** As an event keeps them: a number that JavaScript cannot hold exactly stays text. */
export function shownAttributesOf(image: Image): PolicyAttributes {
  return nativeOf(image, (text) => (Math.abs(Number(text)) <= Number.MAX_SAFE_INTEGER ? Number(text) : text));
}

/** An attribute of any name becomes one, `__proto__` too, which the SDK's own `unmarshall` takes for the prototype. */
function nativeOf(image: Image, wrapNumbers: (text: string) => number | string): PolicyAttributes {
  return Object.fromEntries(
    Object.entries(image).map(([name, value]): [string, unknown] => [name, convertToNative(value, { wrapNumbers })]),
  );
}

const SETS: readonly string[] = ['SS', 'NS', 'BS'];

/** Whether two values are the same to DynamoDB, which keeps neither the order of attributes nor that of sets. */
export function isSameValue(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  return JSON.stringify(canonicalValue(a)) === JSON.stringify(canonicalValue(b));
}

export function isSameImage(a: Image, b: Image): boolean {
  return isSameValue({ M: { ...a } }, { M: { ...b } });
}

/** A value in the one form that equal values have, for JSON. */
export function canonicalValue(value: unknown, name = ''): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) {
    const entries = value.map((entry) => canonicalValue(entry));
    return SETS.includes(name) ? entries.sort() : entries;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return entries.sort(([x], [y]) => (x < y ? -1 : 1)).map(([key, inner]) => [key, canonicalValue(inner, key)]);
}
