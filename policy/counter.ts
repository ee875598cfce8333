/**
 * Keys of the table *counters*: partition key `counter`, sort key `scope`.
 *
 * Failed logins of one client network for one user are one item, and what a user sends on one UTC day is one item:
 * whatever runs in parallel meets there, in single-item conditional updates.
 */
import { createHash } from 'node:crypto';
import { clientNetwork } from './client-network.ts';
import { type SendingLimit, userKey } from './user.ts';

/** Octets; the longest partition key that DynamoDB has. */
const MAX_COUNTER_OCTETS = 2048;
/** The beginning of counters of failed logins. */
export const LOGIN_PREFIX = 'login#';

/**
 * The counter of failed logins for a login name, all of whose spellings (`userKey`) share it.
 * A name that can be no one's has a counter too: what a client sees must not tell such names from users.
 */
export function loginCounter(username: string): string {
  const key = userKey(username);
  return key.ok ? named(LOGIN_PREFIX, key.value) : `${LOGIN_PREFIX}${digestOf(username)}`;
}

/** The network for which a client's failed logins count (`clientNetwork`). */
export function loginScope(address: string): string {
  // A key must not be empty.
  return clientNetwork(address) || 'unknown';
}

/** The counter of what a user sends; `user` is the key of the table *users*. */
export function sendingCounter(user: string): string {
  return named('sent#', user);
}

/** The UTC day, `2026-11-24`, for which sent messages count. */
export function sendingScope(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

/** Attributes in which an item of what a user sends has the sums of the hour and the day of a time (UTC). */
export function sendingAttributes(nowMs: number): Readonly<Record<SendingLimit, string>> {
  const hour = String(new Date(nowMs).getUTCHours()).padStart(2, '0');
  return {
    messagesPerHour: `messagesH${hour}`,
    messagesPerDay: 'messages',
    recipientsPerHour: `recipientsH${hour}`,
    recipientsPerDay: 'recipients',
  };
}

/** The login name of a counter of failed logins, or the digest that stands for it; `undefined` of another counter. */
export function loginNameOf(counter: string): string | undefined {
  return counter.startsWith(LOGIN_PREFIX) ? counter.slice(LOGIN_PREFIX.length) : undefined;
}

/** A name too long for a key is known by its digest. */
function named(kind: string, name: string): string {
  const counter = kind + name;
  return Buffer.byteLength(counter) <= MAX_COUNTER_OCTETS ? counter : kind + digestOf(name);
}

function digestOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}
