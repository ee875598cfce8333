/**
 * Keys of counts in the table *events*.
 *
 * The sums of a server's hour are one item: `stream` = `server#counts`, `at` = `2026-11-30T09`. What was counted by client
 * and so on is in eight items an hour, by a hash of the value: `server#counts#client`, `2026-11-30T09#3`. Each has
 * attributes of a value, `m:VALUE` and `r:VALUE` for messages and refusals, and so on by `KINDS`; `m` and `r` are those of
 * all values that have none of their own.
 */
import { slotOf } from '../tables/event-stream.ts';
import type { Counted, CountedBy } from './count-events.ts';

/** Days that counts are kept. */
export const COUNT_DAYS = 35;
/** Items of an hour: small ones, since DynamoDB asks for a write unit a kilobyte of the item. */
const SLOTS = 8;
/** Values of one item; above twice as many the least are given up to `m` and `r`. */
export const MOST_VALUES = 50;

export function sumsStream(server: string): string {
  return `${server}#counts`;
}

export function valuesStream(server: string, by: CountedBy): string {
  return `${server}#counts#${by}`;
}

export function valuesSlot(value: string): string {
  return String(slotOf(value, SLOTS));
}

/** Partition of the marks of batches that were counted. */
export function countedStream(server: string): string {
  return `${server}#counted`;
}

/** How attributes of what is counted begin. */
export const KINDS = { messages: 'm', refusals: 'r', bounces: 'b', complaints: 'c' } as const satisfies Record<
  Counted,
  string
>;

/** Attributes of values: the kind of count, then the value. */
export const VALUE_ATTRIBUTE = /^([mrbc])(?::(.*))?$/s;
