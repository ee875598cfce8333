/**
 * Replies that wait for the next ones of their group (RFC 2920 section 3.2), and for no longer than a moment.
 *
 * One timer for all connections: nearly every group is whole before it fires, and a timer for each would cost more than
 * the write that is saved.
 */

/** Milliseconds for which the replies of a group wait for each other, at most. */
const HOLD_MS = 100;

export class ReplyHolds {
  readonly #held = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  /** Calls `flush` within `HOLD_MS`, unless it is released before. */
  hold(flush: () => void): void {
    this.#held.add(flush);
    this.#timer ??= setTimeout(this.#onTime, HOLD_MS).unref();
  }

  release(flush: () => void): void {
    this.#held.delete(flush);
  }

  readonly #onTime = (): void => {
    this.#timer = undefined;
    for (const flush of this.#held) flush();
    this.#held.clear();
  };
}
