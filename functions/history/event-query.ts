/**
 * Events of some servers over some days, newest first.
 *
 * The table keeps a server's day in many partitions, so an answer is merged of them, day by day backwards. One request does a
 * bounded amount of that, and says where the next one goes on: how rare an event is must not decide whether its search
 * ends in time.
 */
import { inParallel } from '../in-parallel.ts';
import { dayStreams, daysStream } from '../tables/event-stream.ts';
import type { EventAttributes, EventFilter, EventPartition, EventReader } from './event-reader.ts';

export interface EventQuery {
  /** ISO times with milliseconds; `since` is included, `until` is not. */
  readonly since: string;
  readonly until: string;
  readonly filter: EventFilter;
  /** Events in one answer. */
  readonly limit: number;
  /** Sort key of the last event of the answer before this one. */
  readonly before?: string | undefined;
}

export interface EventList {
  /** Newest first; may be short, or empty, though there are more. */
  readonly items: readonly EventAttributes[];
  /** `before` of the next query; absent when there is nothing more. */
  readonly before?: string | undefined;
}

/** What one request may cost; it does not begin another page when it is spent. */
export interface ReadBudget {
  isSpent(): boolean;
}

/** Pages read for one request: 200 days of a server. */
const MAX_PAGES = 3400;
/** Milliseconds; the HTTP API gives up after 30 s, and a page that was begun may take some more. */
const MAX_READ_MS = 10_000;
/** Octets of JSON in one answer; Lambda's may have 6 MB. */
const MAX_ANSWER_OCTETS = 4_000_000;
/** Items looked at in one page where a filter may leave few; a page ends at 1 MB anyway. */
const FILTERED_PAGE_ITEMS = 1000;
/** Two days of a server. */
const PAGES_AT_ONCE = 34;
/** Days that a server's events are kept at most. */
const MOST_DAYS = 4000;
/** Items of a page beyond a partition's part of the answer: parts are not equal. */
const SPARE_ITEMS = 8;

export class PageBudget implements ReadBudget {
  readonly #now: () => number;
  readonly #endMs: number;
  #pages = 0;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#endMs = now() + MAX_READ_MS;
  }

  isSpent(): boolean {
    return this.#pages >= MAX_PAGES || this.#now() >= this.#endMs;
  }

  /** A reader whose pages are charged to the budget. */
  charging(reader: EventReader): EventReader {
    return {
      read: (question) => {
        this.#pages += 1;
        return reader.read(question);
      },
      get: (keys) => {
        this.#pages += 1;
        return reader.get(keys);
      },
    };
  }
}

interface Stream {
  readonly partition: EventPartition;
  /** Sort key down to which all was read, itself included. */
  position: string;
  isRead: boolean;
  /** Read and not yet given, newest first. */
  waiting: EventAttributes[];
}

export interface EventSearch {
  readonly query: EventQuery;
  readonly reader: EventReader;
  readonly budget: ReadBudget;
  readonly nowSeconds: number;
}

/** What is given, until it is enough. */
class Answer {
  readonly items: EventAttributes[] = [];
  readonly #limit: number;
  #octets = 0;
  #isFull = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#isFull || this.items.length >= this.#limit;
  }

  /** False when there is no room for it. The first one always fits: an item has at most 400 KB. */
  take(item: EventAttributes): boolean {
    if (this.isFull) return false;
    this.#octets += Buffer.byteLength(JSON.stringify(item));
    this.#isFull = this.items.length > 0 && this.#octets > MAX_ANSWER_OCTETS;
    if (!this.#isFull) this.items.push(item);
    return !this.#isFull;
  }
}

/** A server whose events are looked at. */
export interface EventServer {
  /** Its name, or `*` for the events that concern all. */
  readonly server: string;
  /** ISO time before which it has none: they have expired. */
  readonly since: string;
}

/** @param servers not looked at where the filter names a session, whose events have an order of their own */
export async function findEvents(search: EventSearch, servers: readonly EventServer[]): Promise<EventList> {
  const { query } = search;
  const answer = new Answer(query.limit);
  const { session } = query.filter;
  // DynamoDB takes no range that ends before it begins.
  if (upperBound(query) < query.since) return { items: [] };
  if (session !== undefined) return merge(search, answer, [newStream({ kind: 'session', session }, upperBound(query))]);
  const marked = await markedDays(search, servers);
  let isFirst = true;
  for (const day of daysBackwards(query)) {
    // Sorts after every key of the day: `~` follows all digits.
    const dayEnd = `${day}T~`;
    const top = upperBound(query) < dayEnd ? upperBound(query) : dayEnd;
    if (!isFirst && search.budget.isSpent()) return { items: answer.items, before: top };
    isFirst = false;
    const streams = servers
      .filter(({ since }) => since.slice(0, 10) <= day)
      .flatMap(({ server }) => dayStreams(server, day, marked.get(server)?.has(day) ?? false))
      .map((stream) => newStream({ kind: 'stream', stream }, top));
    const { before } = await merge(search, answer, streams);
    if (before !== undefined) return { items: answer.items, before };
  }
  return { items: answer.items };
}

/** Days of each server that have events in shards. */
async function markedDays(
  { query, reader, nowSeconds }: EventSearch,
  servers: readonly EventServer[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const to = upperBound(query).slice(0, 10);
  const days = await inParallel(servers, PAGES_AT_ONCE, async ({ server, since }) => {
    const from = (since > query.since ? since : query.since).slice(0, 10);
    if (from > to) return [server, new Set<string>()] as const;
    const partition = { kind: 'stream', stream: daysStream(server) } as const;
    const limit = MOST_DAYS;
    const { items } = await reader.read({ partition, from, to, order: 'newest-first', filter: {}, nowSeconds, limit });
    return [server, new Set(items.map(keyOf))] as const;
  });
  return new Map(days);
}

function newStream(partition: EventPartition, position: string): Stream {
  return { partition, position, isRead: false, waiting: [] };
}

function upperBound({ before, until }: EventQuery): string {
  return before !== undefined && before < until ? before : until;
}

/** The UTC days of a query as `YYYY-MM-DD`, the last one first. */
function* daysBackwards(query: EventQuery): Generator<string> {
  const first = query.since.slice(0, 10);
  const day = new Date(`${upperBound(query).slice(0, 10)}T00:00:00Z`);
  for (;;) {
    const name = day.toISOString().slice(0, 10);
    if (name < first) return;
    yield name;
    day.setUTCDate(day.getUTCDate() - 1);
  }
}

/**
 * Gives the streams' items in order until the answer is full, the streams are read, or the budget is spent.
 *
 * An item is given when every stream has been read at least down to it. `before` is absent when all were given.
 */
async function merge(search: EventSearch, answer: Answer, streams: readonly Stream[]): Promise<EventList> {
  const top = frontierOf(streams);
  for (;;) {
    const frontier = frontierOf(streams);
    giveDownTo(frontier ?? '', streams, answer);
    if (answer.isFull) return { items: answer.items, before: keyOf(answer.items.at(-1)) };
    if (frontier === undefined) return { items: answer.items };
    // Not before the first step: a request that went nowhere would be repeated for ever.
    if (frontier !== top && search.budget.isSpent()) return { items: answer.items, before: frontier };
    const behind = streams.filter(({ isRead, position, waiting }) => {
      return !isRead && (position === frontier || waiting.length === 0);
    });
    behind.sort((a, b) => (a.position > b.position ? -1 : 1));
    const limit = pageItems(search.query, answer, streams.length);
    await Promise.all(behind.slice(0, PAGES_AT_ONCE).map((stream) => readOn(search, stream, limit)));
  }
}

/** The newest position that a stream has still to be read from; `undefined` when all are read. */
function frontierOf(streams: readonly Stream[]): string | undefined {
  const positions = streams.filter((stream) => !stream.isRead).map((stream) => stream.position);
  return positions.length === 0 ? undefined : positions.reduce((a, b) => (a > b ? a : b));
}

function giveDownTo(frontier: string, streams: readonly Stream[], answer: Answer): void {
  while (!answer.isFull) {
    const newest = streams.reduce<Stream | undefined>(
      (best, stream) => (keyOf(stream.waiting[0]) > keyOf(best?.waiting[0]) ? stream : best),
      undefined,
    );
    const item = newest?.waiting[0];
    if (newest === undefined || item === undefined || keyOf(item) < frontier) return;
    if (answer.take(item)) newest.waiting.shift();
  }
}

/** The sort key; empty, and before all others, where there is no item. */
function keyOf(item: EventAttributes | undefined): string {
  return String(item?.at ?? '');
}

/** Items of one page of a partition: what the answer lacks, shared by the partitions. */
function pageItems({ filter, limit }: EventQuery, answer: Answer, partitions: number): number {
  const { types, server, address, identities } = filter;
  if ([types, server, address, identities].some((wanted) => wanted !== undefined)) return FILTERED_PAGE_ITEMS;
  const lacking = limit - answer.items.length;
  const part = Math.min(lacking, Math.ceil((2 * lacking) / partitions) + SPARE_ITEMS);
  // One more for the item at the position itself, which was given already.
  return part + 1;
}

async function readOn({ query, reader, nowSeconds }: EventSearch, stream: Stream, limit: number): Promise<void> {
  const { items, readTo } = await reader.read({
    partition: stream.partition,
    from: query.since,
    to: stream.position,
    order: 'newest-first',
    filter: query.filter,
    nowSeconds,
    limit,
  });
  stream.waiting.push(...items.filter((item) => keyOf(item) < stream.position));
  stream.isRead = readTo === undefined;
  stream.position = readTo ?? '';
}
