/**
 * Partitions of the table *events*: `stream` = `server#YYYY-MM-DD#SS`.
 *
 * The day of a server is spread over 16 shards. DynamoDB writes 1,000 units a second to one partition: 5,000 events a
 * second of two units each are 625 in each of sixteen. All events of a session are in one shard.
 */

const SHARDS = 16;
const SHARD_NAMES: readonly string[] = Array.from({ length: SHARDS }, (_, shard) => String(shard).padStart(2, '0'));

/** FNV-1a: its offset and prime for 32 bits. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Two digits, by the session, or by the id of an event that no session has. */
export function shardOf(name: string): string {
  return SHARD_NAMES[slotOf(name, SHARDS)] ?? '';
}

/** Which of `slots` a name has, always the same; a power of two, 256 at most. */
export function slotOf(name: string, slots: number): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), FNV_PRIME);
  // The lowest bits alone tell names apart badly.
  return ((hash >>> 24) ^ (hash >>> 12) ^ hash) & (slots - 1);
}

/** @param day `YYYY-MM-DD`, UTC */
export function dayStream(server: string, day: string, shard: string): string {
  return `${server}#${day}#${shard}`;
}

/**
 * All partitions in which events of a day may be: its shards, and the one of events that were written before there were
 * shards. That one is read as long as a table may hold any, which is as long as `eventDays` says.
 *
 * @param isMarked whether there is a mark of the day; without one it has no shards
 */
export function dayStreams(server: string, day: string, isMarked = true): readonly string[] {
  const shards = isMarked ? SHARD_NAMES.map((shard) => dayStream(server, day, shard)) : [];
  return [...shards, `${server}#${day}`];
}

/** Partition of the marks of a server's days that have events, so that quiet days are not looked for in each shard. */
export function daysStream(server: string): string {
  return `${server}#days`;
}

/** Seconds that a mark is kept: those of the longest `eventDays`. */
const MARK_SECONDS = 3650 * 86_400;
const DAY_STREAM = /^(.*)#(\d{4}-\d\d-\d\d)#\d\d$/s;

export interface DayMark {
  readonly stream: string;
  /** The day, `YYYY-MM-DD`. */
  readonly at: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** The mark of the day in whose shard an item is; `undefined` of an item that is in none. */
export function dayMark(stream: string): DayMark | undefined {
  const [, server, day] = DAY_STREAM.exec(stream) ?? [];
  if (server === undefined || day === undefined) return undefined;
  return { stream: daysStream(server), at: day, expiresAt: Date.parse(day) / 1000 + MARK_SECONDS };
}

/** Partition of what became of a message after Amazon SES took it. */
export function deliveryStream(server: string, transaction: string): string {
  return `${server}#delivery#${transaction}`;
}
