/** Entity tags (RFC 9110 section 8.8.3) of items, and the preconditions that name them. */
import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { problem } from './problem.ts';
import type { RouteAnswer } from './route.ts';

export type RawAttributes = Readonly<Record<string, AttributeValue>>;

/** Attributes that `check-policy` writes about an item: they change nothing that a person said. */
const UNTAGGED_ATTRIBUTES: readonly string[] = ['problem', 'lastGood'];

/** A strong tag of what an item holds, keys, `problem` and `lastGood` left out; the order of attributes means nothing. */
export function etagOf(raw: RawAttributes): string {
  const own = Object.entries(raw).filter(([name]) => !UNTAGGED_ATTRIBUTES.includes(name));
  return tagOf(canonical(Object.fromEntries(own)));
}

/** A tag of anything that JSON can write, sets of DynamoDB's in any order. */
export function tagOf(value: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22)}"`;
}

const SETS: readonly string[] = ['SS', 'NS', 'BS'];

function canonical(value: unknown, name = ''): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) {
    const entries = value.map((entry) => canonical(entry));
    return SETS.includes(name) ? entries.sort() : entries;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, inner]) => [key, canonical(inner, key)]);
}

const IF_MATCH = 'if-match';
const IF_NONE_MATCH = 'if-none-match';

/** What a route's `headers` says of those that are read here. */
export const PRECONDITION_HEADERS = {
  'If-Match': 'One or more tags, or *: the write is made only if the thing has one of them still',
  'If-None-Match': '*: the write is made only if there is no such thing',
} as const;

/** Whether the caller said on what the write depends. */
export function hasPrecondition(headers: Readonly<Record<string, string>>): boolean {
  return headers[IF_MATCH] !== undefined || headers[IF_NONE_MATCH] !== undefined;
}

/**
 * The answer to a request whose precondition does not hold; `undefined` when it does, or when there is none.
 *
 * @param etag the tag as it is now; `undefined` when there is no such thing
 */
export function failedPrecondition(
  headers: Readonly<Record<string, string>>,
  etag: string | undefined,
): RouteAnswer | undefined {
  const wanted = headers[IF_MATCH];
  if (wanted !== undefined && !matches(wanted, etag)) return preconditionFailed(IF_MATCH, wanted, etag);
  const unwanted = headers[IF_NONE_MATCH];
  if (unwanted !== undefined && matches(unwanted, etag)) return preconditionFailed(IF_NONE_MATCH, unwanted, etag);
  return undefined;
}

/** 412, with the tag as it is now. */
export function preconditionFailed(header: string, value: string, etag: string | undefined): RouteAnswer {
  const now = etag === undefined ? 'there is no such thing now' : `its ETag is ${etag} now`;
  const answer = problem('precondition-failed', `${header}: ${now}`, [
    { field: header, ...(value.length <= 200 ? { value } : {}), problem: now },
  ]);
  return etag === undefined ? answer : { ...answer, headers: { etag } };
}

/** 412 of a write whose precondition held when it was checked, and no more when it was made. */
export function lostRace(headers: Readonly<Record<string, string>>, etag: string | undefined): RouteAnswer {
  const header = headers[IF_MATCH] === undefined ? IF_NONE_MATCH : IF_MATCH;
  return preconditionFailed(header, headers[header] ?? '', etag);
}

/** A weak tag matches nothing: a write is no cache (RFC 9110 section 13.1.1). */
function matches(list: string, etag: string | undefined): boolean {
  if (etag === undefined) return false;
  if (list.trim() === '*') return true;
  return [...list.matchAll(/(W\/)?("[^"]*")/g)].some(([, weak, tag]) => weak === undefined && tag === etag);
}
