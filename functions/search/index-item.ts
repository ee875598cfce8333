/**
 * The index of messages, in the table *events*: which messages have which key, minute by minute.
 *
 * An item a message and key would be a dozen write units a message. So a batch of events writes an item a *bucket* of keys
 * in place: `stream` = `server#find#LEVEL#BUCKET`, `at` = minute `#` batch, `postings` = what each message has in the bucket.
 * The more messages a batch has, the more buckets it is spread over: a quiet server writes few items, a busy one has
 * little to read of each. A search reads one bucket of each level.
 */
import { createHash } from 'node:crypto';
import { expiryOf } from '../tables/event-item.ts';
import { shardOf } from '../tables/event-stream.ts';
import { HASH_LENGTH, keysOf, type SearchKey, type Transaction, verdictFlags, verdictsOf } from './search-key.ts';

/** Buckets, and the messages of a batch from which on there are so many. Powers of two, 256 at most. */
export const LEVELS = [
  { buckets: 4, from: 0 },
  { buckets: 16, from: 8 },
  { buckets: 64, from: 64 },
] as const;

/** Octets of the postings of one item, which DynamoDB bounds at 400 KB. */
const MAX_POSTINGS_OCTETS = 200_000;

export interface IndexItem {
  readonly stream: string;
  readonly at: string;
  readonly expiresAt: number;
  readonly postings: string;
}

/** The partition of a key's bucket at a level. */
export function bucketStream(server: string, buckets: number, { place }: Pick<SearchKey, 'place'>): string {
  return `${server}#find#${buckets}#${place & (buckets - 1)}`;
}

/** What the index says of one message in one bucket. */
export interface Posting {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** The event's id and shard, which with time and server are its key. */
  readonly id: string;
  readonly shard: string;
  readonly flags: string;
  /** The hashes of its keys in the bucket, one after the other. */
  readonly hashes: string;
}

/** Characters of a time in milliseconds, in base 36, until 2059. */
const TIME_LENGTH = 8;
const HEAD = 1 + 2 + TIME_LENGTH;

function postingText({ atMs, id, shard, flags, hashes }: Posting): string {
  return `${flags}${shard}${atMs.toString(36).padStart(TIME_LENGTH, '0')}${encodeURIComponent(id)}:${hashes}`;
}

/** The postings of an item that may be of a key; what cannot be read is left out. */
export function postingsOf(postings: unknown, { hash }: Pick<SearchKey, 'hash'>): readonly Posting[] {
  if (typeof postings !== 'string') return [];
  return postings.split(' ').flatMap((text) => {
    const colon = text.indexOf(':', HEAD);
    const hashes = text.slice(colon + 1);
    if (colon === -1 || !hasHash(hashes, hash)) return [];
    const atMs = Number.parseInt(text.slice(3, HEAD), 36);
    const id = decodeURIComponent(text.slice(HEAD, colon));
    return [{ flags: text.slice(0, 1), shard: text.slice(1, 3), atMs, id, hashes }];
  });
}

function hasHash(hashes: string, hash: string): boolean {
  for (let at = hashes.indexOf(hash); at !== -1; at = hashes.indexOf(hash, at + 1)) {
    if (at % HASH_LENGTH === 0) return true;
  }
  return false;
}

/** Items of the messages of a batch; the same for the same messages. */
export function makeIndexItems(transactions: readonly Transaction[]): readonly IndexItem[] {
  const byServer = Map.groupBy(transactions, ({ server }) => server);
  return [...byServer].flatMap(([server, own]) => {
    const buckets = LEVELS.findLast(({ from }) => own.length >= from)?.buckets ?? LEVELS[0].buckets;
    const batch = digestOf(own);
    const minutes = Map.groupBy(own, ({ at }) => new Date(at).toISOString().slice(0, 16));
    return [...minutes].flatMap(([minute, events]) => itemsOf({ server, buckets, key: `${minute}#${batch}` }, events));
  });
}

interface Place {
  readonly server: string;
  readonly buckets: number;
  /** Sort key, but for its part. */
  readonly key: string;
}

function itemsOf({ server, buckets, key }: Place, events: readonly Transaction[]): readonly IndexItem[] {
  const streams = new Map<string, string[]>();
  for (const event of events) {
    const common = {
      ...{ atMs: Date.parse(event.at), id: event.id, shard: shardOf(event.session) },
      flags: verdictFlags(verdictsOf(event)),
    };
    for (const [stream, keys] of Map.groupBy(keysOf(event), (each) => bucketStream(server, buckets, each))) {
      const texts = streams.get(stream) ?? [];
      texts.push(postingText({ ...common, hashes: keys.map(({ hash }) => hash).join('') }));
      streams.set(stream, texts);
    }
  }
  const expiresAt = Math.max(...events.map(expiryOf));
  return [...streams].flatMap(([stream, texts]) =>
    parts(texts).map((postings, part) => ({ stream, at: `${key}#${part}`, expiresAt, postings })),
  );
}

/** Texts with a blank between them, in parts that fit into an item. */
function parts(texts: readonly string[]): readonly string[] {
  const joined: string[] = [];
  let last: string[] = [];
  let octets = 0;
  for (const text of texts) {
    if (octets + text.length > MAX_POSTINGS_OCTETS && last.length > 0) {
      joined.push(last.join(' '));
      [last, octets] = [[], 0];
    }
    last.push(text);
    octets += text.length + 1;
  }
  return [...joined, last.join(' ')];
}

function digestOf(events: readonly Transaction[]): string {
  const hash = createHash('sha256');
  for (const { id } of events) hash.update(`${id}\n`);
  return hash.digest('base64url').slice(0, 16);
}
