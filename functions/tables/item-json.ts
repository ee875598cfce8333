/** Between an item's attributes and JSON: sets are arrays there. */
import type { PolicyAttributes } from '../../policy/item.ts';

/** A value of DynamoDB's as JSON; entries of sets in order, so that equal sets read equal. */
export function toJson(value: unknown): unknown {
  if (value instanceof Set) return [...value].map(toJson).sort(byText);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toJson(inner)]));
}

function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1;
}

export function toJsonObject(attributes: PolicyAttributes): PolicyAttributes {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, toJson(value)]));
}

/** What a person would have typed in the console: a set for an array of strings. DynamoDB has no empty set. */
export function fromJson(value: unknown): unknown {
  const isSet = Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === 'string');
  return isSet ? new Set<unknown>(value) : value;
}

export function fromJsonObject(attributes: PolicyAttributes): PolicyAttributes {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, fromJson(value)]));
}

/** Merge patch of one level (RFC 7396): null removes, anything else replaces. */
export function mergePatch(attributes: PolicyAttributes, patch: PolicyAttributes): PolicyAttributes {
  const merged = { ...attributes, ...patch };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}

/** Whether two sets of attributes say the same; a list of strings says what a set of them does. */
export function isSame(a: PolicyAttributes, b: PolicyAttributes): boolean {
  const sorted = (attributes: PolicyAttributes): string =>
    JSON.stringify(
      Object.entries(toJsonObject(fromJsonObject(toJsonObject(attributes))))
        .filter(([, value]) => value !== undefined)
        .sort(([x], [y]) => (x < y ? -1 : 1)),
    );
  return sorted(a) === sorted(b);
}
