/**
 * Held mail: the item of a message that a screening rule keeps from its recipients, and how it may change.
 *
 * Content is in a bucket, everything else in the table *held*: key `id`, the transaction's id as the client heard it,
 * and the index `serverState` (`SERVER#STATE`, then `at`) by which lists are read, newest first.
 */
import * as z from 'zod';
import { screenRecordSchema } from './event.ts';
import { TABLE_SHAPES } from './tables.ts';

export const HELD_STATES = ['held', 'releasing', 'released', 'denied'] as const;
export type HeldState = (typeof HELD_STATES)[number];

/** Name of the index, and of the attribute that is its partition key. */
export const HELD_INDEX = TABLE_SHAPES.held.index.name;

export const heldItemSchema = z.object({
  id: z.string().min(1),
  server: z.string().min(1),
  state: z.enum(HELD_STATES),
  serverState: z.string(),
  /** When it was held: ISO 8601, UTC, milliseconds. */
  at: z.iso.datetime(),
  session: z.string(),
  client: z.object({ address: z.string(), port: z.int(), helo: z.string().optional(), tls: z.boolean() }),
  identity: z.string().optional(),
  policyVersion: z.string(),
  /** Reverse-path, empty for the null one. */
  sender: z.string(),
  /** What MAIL said besides. */
  body: z.enum(['7BIT', '8BITMIME']).optional(),
  smtpUtf8: z.boolean().optional(),
  /** Recipients that were accepted, each with the next hop that took it. */
  recipients: z.array(z.object({ address: z.string(), nextHop: z.string() })),
  rule: z.string(),
  /** What the screener saw. */
  screen: screenRecordSchema,
  subject: z.string().optional(),
  /** Octets of the message with our Received field, dots as they were written, not doubled. */
  octets: z.int().min(0),
  /** Digest of the same, hexadecimal. */
  sha256: z.string(),
  /** Key of the content in the bucket. */
  content: z.string(),
  /** Seconds since 1970; afterwards it can only be looked at, until the table drops it. */
  expiresAt: z.int(),
  /** Who released or denied it, and when. */
  decidedBy: z.string().optional(),
  decidedAt: z.iso.datetime().optional(),
  /** Recipients that the release chose; all where absent. */
  releaseTo: z.array(z.string()).optional(),
  /** Why the last try to hand it on did not succeed. */
  reason: z.string().optional(),
  tries: z.int().min(0).optional(),
  /** Milliseconds since 1970, before which no task tries again. */
  nextTryAtMs: z.int().optional(),
  /** Task that hands it on, and milliseconds since 1970 until which no other does. */
  leaseOwner: z.string().optional(),
  leaseUntilMs: z.int().optional(),
  /** Next hops that have taken it. */
  deliveredTo: z.array(z.string()).optional(),
  releasedAt: z.iso.datetime().optional(),
});

export type HeldItem = z.output<typeof heldItemSchema>;

/** Partition key of the index. */
export function serverState(server: string, state: HeldState): string {
  return `${server}#${state}`;
}

/** What the keys of content begin with. */
export const HELD_CONTENT_PREFIX = 'held/';

/** Key of the content: `held/YYYY-MM-DD/ID`. */
export function heldContentKey(id: string, at: string): string {
  return `${HELD_CONTENT_PREFIX}${at.slice(0, 10)}/${id}`;
}

/** Days for which the bucket can keep content, ascending; the last is the most that `holdDays` can be. */
export const HOLD_CLASSES = [7, 30, 90, 365, 3650] as const;
/** Tag of content that tells the bucket's lifecycle which of them it is. */
export const HOLD_CLASS_TAG = 'hold-days';

/** The least of the classes in which content is kept for as long as its item. */
export function holdClass(days: number): (typeof HOLD_CLASSES)[number] {
  return HOLD_CLASSES.find((each) => days <= each) ?? 3650;
}

/** Whether its time is over; a lifecycle rule removes the content then. */
export function isExpired({ expiresAt }: Pick<HeldItem, 'expiresAt'>, nowMs: number): boolean {
  return expiresAt * 1000 <= nowMs;
}

/** Milliseconds until the next try after so many: half a minute, doubled with each, a quarter of an hour at most. */
export function retryAfterMs(tries: number): number {
  return Math.min(900_000, 30_000 * 2 ** Math.max(0, tries - 1));
}

/** The recipients that a release goes to. */
export function releaseRecipients({
  recipients,
  releaseTo,
}: Pick<HeldItem, 'recipients' | 'releaseTo'>): HeldItem['recipients'] {
  return releaseTo === undefined ? recipients : recipients.filter(({ address }) => releaseTo.includes(address));
}
