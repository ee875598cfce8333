/**
 * Messages that have what is asked for, newest first.
 *
 * The index tells which may; they are read, and looked at. An answer is merged of a few partitions, read newest first side
 * by side: each of its items is of one minute, so what is later than the minute down to which all were read is complete.
 * One request does a bounded amount of it, and says where the next goes on.
 */
import type { Verdict } from '../../policy/event.ts';
import type { EventList, ReadBudget } from '../history/event-query.ts';
import type { EventAttributes, EventKey, EventReader } from '../history/event-reader.ts';
import { inParallel } from '../in-parallel.ts';
import { dayStream } from '../tables/event-stream.ts';
import { bucketStream, LEVELS, type Posting, postingsOf } from './index-item.ts';
import { isFound, type MessageCriteria } from './message-query.ts';
import { hasVerdict, type SearchKey } from './search-key.ts';

export interface MessageSearch {
  readonly servers: readonly string[];
  readonly keys: readonly SearchKey[];
  readonly criteria: MessageCriteria;
  /** ISO times with milliseconds; `since` is included, `until` is not. */
  readonly since: string;
  readonly until: string;
  /** Messages in one answer. */
  readonly limit: number;
  /** Sort key of the last message that was looked at before. */
  readonly before?: string | undefined;
  readonly reader: EventReader;
  readonly budget: ReadBudget;
  readonly nowSeconds: number;
}

/** A message that the index names. */
interface Candidate extends EventKey {
  readonly flags: string;
}

interface Feed {
  readonly server: string;
  readonly stream: string;
  readonly key: SearchKey;
  /** Sort key down to which all was read, itself included. */
  position: string;
  isRead: boolean;
  /** Whether a page of it was read. */
  hasBegun: boolean;
}

/**
 * Index items of the first page of a feed, in which a key that many messages have is found, and of a later one: a rare key
 * reads all of a bucket, one page after the other. About 4,000 are the megabyte at which DynamoDB ends a page.
 */
const FIRST_PAGE_ITEMS = 1000;
const PAGE_ITEMS = 4000;
const PAGES_AT_ONCE = 32;
/** Messages read in one call; DynamoDB takes no more. */
const MESSAGES_AT_ONCE = 100;

/** Octets of JSON in one answer; Lambda's may have 6 MB. */
const MAX_ANSWER_OCTETS = 4_000_000;

/** Messages without their commands. */
export async function findMessages(search: MessageSearch): Promise<EventList> {
  const { limit, budget, before } = search;
  const found: EventAttributes[] = [];
  let octets = 0;
  const candidates = candidatesOf(search);
  let last = before;
  for (;;) {
    // No more are read than are wanted, and some for those that turn out to be others.
    const batch = await take(candidates, Math.min(MESSAGES_AT_ONCE, limit - found.length + 8));
    const events = await eventsOf(batch.candidates, search);
    for (const [index, event] of events.entries()) {
      if (event === undefined || !isFound(event, search.criteria)) continue;
      const { commands: _commands, ...message } = event;
      octets += Buffer.byteLength(JSON.stringify(message));
      if (found.length > 0 && octets > MAX_ANSWER_OCTETS) return { items: found, before: last };
      found.push(message);
      last = batch.candidates[index]?.at;
      if (found.length === limit) return { items: found, before: last };
    }
    if (batch.readTo === undefined) return { items: found };
    last = batch.readTo;
    if (budget.isSpent()) return { items: found, before: last };
  }
}

interface Step {
  /** Newest first; all that there are after `readTo`. */
  readonly candidates: readonly Candidate[];
  /** Sort key down to which all candidates were given, itself included; absent when that is all. */
  readonly readTo?: string;
}

/** Up to `count` of what a source gives next. */
async function take(source: CandidateSource, count: number): Promise<Step> {
  await source.fill(count);
  return source.take(count);
}

interface CandidateSource {
  /** Reads until there are `count`, or the budget is spent. */
  readonly fill: (count: number) => Promise<void>;
  readonly take: (count: number) => Step;
}

function candidatesOf(search: MessageSearch): CandidateSource {
  const feeds = feedsOf(search);
  /** By sort key: the same message may be named twice, by a batch that was cut otherwise when it came again. */
  const waiting = new Map<string, Candidate>();
  const complete = (): Candidate[] => {
    const frontier = frontierOf(feeds);
    const ready = [...waiting.values()].filter(({ at }) => frontier === undefined || at.slice(0, 16) > frontier);
    return ready.sort((a, b) => (a.at > b.at ? -1 : 1));
  };
  const fill = async (count: number): Promise<void> => {
    let isFirst = true;
    while (complete().length < count && frontierOf(feeds) !== undefined && (isFirst || !search.budget.isSpent())) {
      isFirst = false;
      for (const candidate of await readOn(search, feeds)) {
        waiting.set(`${candidate.stream} ${candidate.at}`, candidate);
      }
    }
  };
  return {
    fill,
    take: (count) => {
      const ready = complete();
      const candidates = ready.slice(0, count);
      for (const { stream, at } of candidates) waiting.delete(`${stream} ${at}`);
      const frontier = frontierOf(feeds);
      const last = candidates.at(-1)?.at;
      if (ready.length > count && last !== undefined) return { candidates, readTo: last };
      // All of the minute after it was given.
      return frontier === undefined ? { candidates } : { candidates, readTo: `${frontier}:~` };
    },
  };
}

function feedsOf({ servers, keys, until, before }: MessageSearch): Feed[] {
  const top = before !== undefined && before < until ? before : until;
  // Items of the minute of the newest message that is asked for are in the range too.
  const position = `${top.slice(0, 16)}~`;
  return servers.flatMap((server) =>
    keys.flatMap((key) =>
      LEVELS.map(({ buckets }) => {
        return { server, stream: bucketStream(server, buckets, key), key, position, isRead: false, hasBegun: false };
      }),
    ),
  );
}

/** The latest minute of which some feed may have more; `undefined` when all are read. */
function frontierOf(feeds: readonly Feed[]): string | undefined {
  const minutes = feeds.filter(({ isRead }) => !isRead).map(({ position }) => position.slice(0, 16));
  return minutes.length === 0 ? undefined : minutes.reduce((a, b) => (a > b ? a : b));
}

/** Reads a page of each feed that is at the frontier. */
async function readOn(search: MessageSearch, feeds: readonly Feed[]): Promise<readonly Candidate[]> {
  const frontier = frontierOf(feeds);
  const behind = feeds.filter(({ isRead, position }) => !isRead && position.slice(0, 16) === frontier);
  return (await inParallel(behind, PAGES_AT_ONCE, (feed) => readPage(search, feed))).flat();
}

async function readPage(search: MessageSearch, feed: Feed): Promise<readonly Candidate[]> {
  const { reader, since, nowSeconds, criteria } = search;
  const { items, readTo } = await reader.read({
    partition: { kind: 'stream', stream: feed.stream },
    from: since.slice(0, 16),
    to: feed.position,
    order: 'newest-first',
    filter: {},
    nowSeconds,
    limit: feed.hasBegun ? PAGE_ITEMS : FIRST_PAGE_ITEMS,
  });
  const before = feed.position;
  feed.hasBegun = true;
  feed.isRead = readTo === undefined;
  feed.position = readTo ?? '';
  return items
    .filter(({ at }) => String(at) < before)
    .flatMap(({ postings }) => postingsOf(postings, feed.key))
    .filter(({ flags }) => isWanted(flags, criteria.verdicts))
    .map((posting) => candidateOf(feed.server, posting))
    .filter(({ at }) => at >= since && at < search.until && (search.before === undefined || at < search.before));
}

function isWanted(flags: string, verdicts: readonly Verdict[] | undefined): boolean {
  return verdicts === undefined || hasVerdict(flags, verdicts);
}

function candidateOf(server: string, { atMs, id, shard, flags }: Posting): Candidate {
  const at = new Date(atMs).toISOString();
  return { stream: dayStream(server, at.slice(0, 10), shard), at: `${at}#${id}`, flags };
}

/** The events of candidates, in their order; `undefined` where one has expired. */
async function eventsOf(
  candidates: readonly Candidate[],
  { reader, nowSeconds }: MessageSearch,
): Promise<readonly (EventAttributes | undefined)[]> {
  if (candidates.length === 0) return [];
  const events = await reader.get(candidates.map(({ stream, at }) => ({ stream, at })));
  const byKey = new Map(events.map((event) => [`${event.stream} ${event.at}`, event]));
  return candidates.map(({ stream, at }) => {
    const event = byKey.get(`${stream} ${at}`);
    return event !== undefined && Number(event.expiresAt) > nowSeconds ? event : undefined;
  });
}
