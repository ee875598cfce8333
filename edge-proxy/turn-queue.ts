/**
 * Shares the processor out among connections that have more to do than one turn allows, so that clients who pipeline
 * without an end hold up nobody but each other: between two rounds the event loop serves everybody else.
 */

/** Milliseconds for which one connection works before others are looked at. */
export const TURN_MS = 1;
/** Milliseconds of all further turns together, before new connections and new octets are looked at. */
const ROUND_MS = 10;

export class TurnQueue {
  /** First come, first served. */
  readonly #waiting = new Set<() => void>();
  readonly #now: () => number;
  #immediate: NodeJS.Immediate | undefined;

  /** @param now milliseconds of a clock that never jumps */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Calls `turn` once, later; joining again before that changes nothing. */
  join(turn: () => void): void {
    this.#waiting.add(turn);
    this.#immediate ??= setImmediate(this.#onRound);
  }

  readonly #onRound = (): void => {
    this.#immediate = undefined;
    const endMs = this.#now() + ROUND_MS;
    for (const turn of this.#waiting) {
      // Who joins again from its turn stands at the end.
      this.#waiting.delete(turn);
      turn();
      if (this.#now() >= endMs) break;
    }
    if (this.#waiting.size > 0) this.#immediate ??= setImmediate(this.#onRound);
  };
}
