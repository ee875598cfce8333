/** Entity tags (RFC 9110 section 8.8.3) of items, and the preconditions that name them. */
import { createHash } from 'node:crypto';
import { canonicalValue, type Image } from '../../tables/attributes.ts';
import { UNTAGGED_ATTRIBUTES } from '../../tables/kept.ts';
import { Problem } from './problem.ts';

/**
 * A strong tag of what an item holds, keys and what passes left out; the order of attributes means nothing.
 *
 * A verifier goes into it as a digest, from which no one can guess a salt.
 */
export function etagOf(raw: Image): string {
  const own = Object.entries(raw)
    .filter(([name]) => !UNTAGGED_ATTRIBUTES.includes(name))
    .map(([name, value]) => [name, name === 'verifier' ? { S: digestOf(value) } : value]);
  return tagOf(canonicalValue(Object.fromEntries(own)));
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** The tag of something stored; `undefined` when there is no such thing. */
export function etagOfStored(stored: { readonly raw: Image } | undefined): string | undefined {
  return stored === undefined ? undefined : etagOf(stored.raw);
}

/** A tag of anything that JSON can write. */
export function tagOf(value: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22)}"`;
}

const IF_MATCH = 'if-match';
const IF_NONE_MATCH = 'if-none-match';

/** What a route's `headers` says of those that are read here. */
export const PRECONDITION_HEADERS = {
  'If-Match': 'One or more tags, or *: the write is made only if the thing has one of them still',
  'If-None-Match': '*: the write is made only if there is no such thing',
} as const;

type Headers = Readonly<Record<string, string>>;

/** Whether the caller said on what the write depends. */
export function hasPrecondition(headers: Headers): boolean {
  return headers[IF_MATCH] !== undefined || headers[IF_NONE_MATCH] !== undefined;
}

/**
 * Holds a request to its precondition.
 *
 * @param etag the tag as it is now; `undefined` when there is no such thing
 * @throws Problem (412) when the precondition does not hold
 */
export function checkPrecondition(headers: Headers, etag: string | undefined): void {
  const wanted = headers[IF_MATCH];
  if (wanted !== undefined && !matches(wanted, etag)) throw preconditionFailed(IF_MATCH, wanted, etag);
  const unwanted = headers[IF_NONE_MATCH];
  if (unwanted !== undefined && matches(unwanted, etag)) throw preconditionFailed(IF_NONE_MATCH, unwanted, etag);
}

/** 412, with the tag as it is now. */
function preconditionFailed(header: string, value: string, etag: string | undefined): Problem {
  const now = etag === undefined ? 'there is no such thing now' : `its ETag is ${etag} now`;
  const error = { field: header, ...(value.length <= 200 ? { value } : {}), problem: now };
  return new Problem('precondition-failed', `${header}: ${now}`, {
    errors: [error],
    headers: etag === undefined ? {} : { etag },
  });
}

/** 412 of a write whose precondition held when it was checked, and no more when it was made. */
export function lostRace(headers: Headers, etag: string | undefined): Problem {
  const header = headers[IF_MATCH] === undefined ? IF_NONE_MATCH : IF_MATCH;
  return preconditionFailed(header, headers[header] ?? '', etag);
}

/** A weak tag matches nothing: a write is no cache (RFC 9110 section 13.1.1). */
function matches(list: string, etag: string | undefined): boolean {
  if (etag === undefined) return false;
  if (list.trim() === '*') return true;
  return [...list.matchAll(/(W\/)?("[^"]*")/g)].some(([, weak, tag]) => weak === undefined && tag === etag);
}
