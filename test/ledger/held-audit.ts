/**
 * Balances mail that rules hold: each 250 is in the table with its sha256, the bucket has its octets, and what was
 * released is at its hop.
 *
 * A message may lie in the table without a 250: the proxy, or the table, went down between the item and the answer, so
 * that the client sent it again. A release may arrive more than once: its task, or the table, went down between the hop's
 * 250 and the note of it; `tries` says how often it was begun.
 */
import type { HeldState } from '../../policy/held.ts';
import type { Balance } from './balance.ts';
import { type Entry, wasSent } from './entry.ts';

/** A message found in the table. */
export interface Held {
  readonly id: string;
  readonly token: string;
  readonly state: HeldState;
  /** Releases that were begun. */
  readonly tries: number;
  /** The digest of what the bucket has after our Received field; absent where that is not what the item says. */
  readonly digest: string | undefined;
}

const ID = /^250 2\.0\.0 OK (\S+)$/;

export function judgeHeld(entry: Entry, held: readonly Held[], copies: number, result: Balance): void {
  const { letter, digest, attempts } = entry;
  const items = held.filter(({ token }) => token === letter.token);
  const accepted = attempts.filter(({ ending }) => ending === 'accepted').map(({ reply }) => ID.exec(reply)?.[1] ?? '');
  const { unexplained } = result;
  result.accepted += accepted.length;
  result.held += items.length;
  for (const id of accepted) {
    if (!items.some((item) => item.id === id)) unexplained.push(`${letter.token}: LOST, ${id} is not in the table`);
  }
  for (const item of items) {
    if (item.digest !== digest) unexplained.push(`${letter.token}: the bucket does not have the octets of ${item.id}`);
  }
  const unanswered = items.filter(({ id }) => !accepted.includes(id));
  const uncertain = attempts.filter((attempt) => wasSent(attempt) && attempt.ending !== 'accepted');
  if (unanswered.length > uncertain.length) unexplained.push(`${letter.token}: ${unanswered.length} items too many`);
  count(result.unanswered, 'held, and a part died before the answer', unanswered.length);
  judgeReleases(letter.token, items, copies, result);
}

function judgeReleases(token: string, items: readonly Held[], copies: number, result: Balance): void {
  const released = items.filter(({ state }) => state === 'released').length;
  const begun = items.reduce((sum, { tries }) => sum + tries, 0);
  result.released += released;
  if (copies < released) result.unexplained.push(`${token}: LOST, ${copies} copies where ${released} were released`);
  if (copies > begun) result.unexplained.push(`${token}: ${copies} copies where ${begun} releases were begun`);
  for (const { id, state } of items) {
    if (state === 'denied') result.unexplained.push(`${token}: ${id} is ${state}, which nobody decided`);
  }
  count(result.duplicates, 'released again, since a part died before the note of it', Math.max(0, copies - released));
}

function count(counts: Map<string, number>, cause: string, more: number): void {
  if (more > 0) counts.set(cause, (counts.get(cause) ?? 0) + more);
}
