/**
 * Shares the processor out among connections that have more to do than one turn allows, so that clients who pipeline
 * without an end hold up no one but each other: between two rounds the event loop serves everybody else.
 */

/** Milliseconds for which one connection works before others are looked at. */
export const TURN_MS = 1;
/**
 * Octets that are read of one connection before others are looked at: of content as much as passes in `TURN_MS`, and half
 * of what Node reads in a row. To stop and start a socket costs as much as to pass 32 KiB of content on.
 */
export const TURN_OCTETS = 1_048_576;
/**
 * Octets of content that is kept: a screening rule looks at each of them, they are copied, and no hop holds their client
 * back, so that all clients of a flood have as much as they like to send at any time.
 */
export const KEPT_TURN_OCTETS = 524_288;
/**
 * Milliseconds of all further turns together, and how many there are, before new connections and new octets are looked
 * at. Short: libuv accepts one connection each time that it looks, so that 3 ms between two looks are 300 a second.
 */
const ROUND_MS = 2;
const ROUND_TURNS = 8;

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
    let turns = 0;
    for (const turn of this.#waiting) {
      // Who joins again from its turn stands at the end.
      this.#waiting.delete(turn);
      turn();
      turns += 1;
      if (turns === ROUND_TURNS || this.#now() >= endMs) break;
    }
    if (this.#waiting.size > 0) this.#immediate ??= setImmediate(this.#onRound);
  };
}

/** The turns of one connection: how much was read of it in this one, and whether it waits for the next. */
export class ConnectionTurns {
  readonly #queue: TurnQueue;
  readonly #onTurn: () => void;
  #octets = 0;
  #isWaiting = false;

  constructor(queue: TurnQueue, onTurn: () => void) {
    this.#queue = queue;
    this.#onTurn = onTurn;
  }

  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Counts octets that were read; `most` of them are a turn. */
  count(octets: number, most: number): void {
    this.#octets += octets;
    if (this.#octets >= most) this.end();
  }

  /** The turn is over: what is left to do, and what is left to read, comes after the others. */
  end(): void {
    this.#isWaiting = true;
    this.#queue.join(this.#next);
  }

  readonly #next = (): void => {
    this.#isWaiting = false;
    this.#octets = 0;
    this.#onTurn();
  };
}
