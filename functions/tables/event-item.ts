/** Items of the table *events*: partition key `stream` (`event-stream.ts`), sort key `at` = ISO time `#` id. */
import type { PosternEvent } from '../../policy/event.ts';
import { dayStream, shardOf } from './event-stream.ts';

export interface EventItem {
  readonly stream: string;
  readonly at: string;
  /** When DynamoDB may drop the item; seconds since 1970. */
  readonly expiresAt: number;
  /** The event's own attributes. */
  readonly [attribute: string]: unknown;
}

const DAY_SECONDS = 86_400;

/**
 * Octets of JSON, which is never shorter than what DynamoDB counts for the same list. With the strings of an event they
 * stay below the 400 KB that an item may have.
 */
export const MAX_RECIPIENTS_OCTETS = 200_000;
export const MAX_COMMANDS_OCTETS = 100_000;
/** UTF-16 code units, at most 3 octets each: above any path, and above any reply that Postern gives. */
export const MAX_TEXT_LENGTH = 1024;

/**
 * Makes the item of an event; equal events make equal items.
 *
 * The time is written with milliseconds, so that items sort by it. To stay below DynamoDB's 400 KB, `recipients` and
 * `commands` keep what comes first, and `recipientsOmitted` and `commandsOmitted` count what was left out; a text longer
 * than 1024 characters ends in `…` there.
 */
export function makeEventItem(event: PosternEvent): EventItem {
  const time = new Date(event.at);
  const at = time.toISOString();
  const texts = Object.entries(event).map(([name, value]): [string, unknown] => [name, cutText(value)]);
  return {
    ...Object.fromEntries(texts),
    ...('recipients' in event ? cutList('recipients', event.recipients, MAX_RECIPIENTS_OCTETS) : {}),
    ...('commands' in event ? cutList('commands', event.commands, MAX_COMMANDS_OCTETS) : {}),
    stream: dayStream(event.server, at.slice(0, 10), shardOf('session' in event ? event.session : event.id)),
    at: `${at}#${event.id}`,
    expiresAt: expiryOf(event),
  };
}

/** When the item of an event may go; seconds since 1970. */
export function expiryOf({ at, keepDays }: Pick<PosternEvent, 'at' | 'keepDays'>): number {
  return Math.floor(Date.parse(at) / 1000) + keepDays * DAY_SECONDS;
}

function cutText(value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= MAX_TEXT_LENGTH) return value;
  // A cut between two surrogates would leave text that is not UTF-8, which DynamoDB refuses.
  return `${value.slice(0, MAX_TEXT_LENGTH).toWellFormed()}…`;
}

/** The first entries of a list whose JSON has at most `maxOctets` together. */
function cutList(name: string, entries: readonly unknown[], maxOctets: number): Record<string, unknown> {
  let octets = 0;
  const end = entries.findIndex((entry) => {
    octets += Buffer.byteLength(JSON.stringify(entry));
    return octets > maxOctets;
  });
  if (end === -1) return { [name]: entries };
  return { [name]: entries.slice(0, end), [`${name}Omitted`]: entries.length - end };
}
