/**
 * Replies that wait for the next ones of their group (RFC 2920 section 3.2), and for no longer than a moment.
 *
 * One timer for all connections: nearly every group is whole before it fires, and a timer for each would cost more than
 * the write that is saved.
 */

import { Roster, type RosterEntry } from './roster.ts';

/** Milliseconds for which the replies of a group wait for each other, at most. */
const HOLD_MS = 100;

export class ReplyHolds {
  readonly #held = new Roster<() => void>();
  #timer: NodeJS.Timeout | undefined;

  /** Calls `flush` within `HOLD_MS`, unless it is released before; `flush` itself releases it. */
  hold(flush: () => void): RosterEntry<() => void> {
    this.#timer ??= setTimeout(this.#onTime, HOLD_MS).unref();
    return this.#held.add(flush);
  }

  release(held: RosterEntry<() => void>): void {
    this.#held.remove(held);
  }

  readonly #onTime = (): void => {
    this.#timer = undefined;
    for (const flush of this.#held.members) flush();
  };
}
