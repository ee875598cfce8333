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
  let hash = FNV_OFFSET;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), FNV_PRIME);
  // The lowest bits alone tell names apart badly.
  return SHARD_NAMES[((hash >>> 24) ^ (hash >>> 12) ^ hash) & (SHARDS - 1)] ?? '';
}

/** @param day `YYYY-MM-DD`, UTC */
export function dayStream(server: string, day: string, shard: string): string {
  return `${server}#${day}#${shard}`;
}

/**
 * All partitions in which events of a day may be: its shards, and the one of events that were written before there were
 * shards. That one is read as long as a table may hold any, which is as long as `eventDays` says.
 */
export function dayStreams(server: string, day: string): readonly string[] {
  return [...SHARD_NAMES.map((shard) => dayStream(server, day, shard)), `${server}#${day}`];
}
