/**
 * The pace at which Amazon SES is asked to send: no faster than its quota of recipients a second, so that a burst waits for
 * a moment and is not refused. The quota is the account's, and other tasks send too: where SES throttles all the same,
 * everything waits for a second.
 *
 * Time and the quota's reading go in; nothing here speaks to SES.
 */

export interface PaceOptions {
  /** Recipients a second that the account may send to; `undefined` where that is not known. */
  readonly readRate: () => Promise<number | undefined>;
  /** Milliseconds of a clock that is never set back. */
  readonly nowMs: () => number;
}

/** Milliseconds after which the quota is read again: SES raises it by itself, and answers one such call a second. */
const QUOTA_AGE_MS = 600_000;
/** Milliseconds whose share may go at once after a pause; SES allows a short burst likewise. */
const BURST_MS = 1000;
/** Milliseconds for which everything waits after a throttle. */
const THROTTLED_MS = 1000;

export class SesPace {
  readonly #options: PaceOptions;
  #rate: number | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;
  /** Up to when the rate is used up. */
  #usedUntilMs = Number.NEGATIVE_INFINITY;
  /** Until when nothing is sent, since SES throttled. */
  #throttledUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /**
   * Takes a turn for a call with so many recipients: the milliseconds to wait before it. `undefined`, and no turn is taken,
   * where that would be later than `untilMs`. A call of more recipients than a second's share goes when that share is
   * free, and those after it wait for the rest.
   */
  turn(recipients: number, untilMs: number): number | undefined {
    const nowMs = this.#options.nowMs();
    this.#refresh(nowMs);
    const usedMs = Math.max(this.#usedUntilMs, nowMs - BURST_MS);
    const shareMs = this.#rate === undefined ? 0 : (recipients * 1000) / this.#rate;
    const atMs = Math.max(nowMs, usedMs + Math.min(shareMs, BURST_MS), this.#throttledUntilMs);
    if (atMs > untilMs) return undefined;
    this.#usedUntilMs = usedMs + shareMs;
    return atMs - nowMs;
  }

  /** SES throttled a call. */
  throttled(): void {
    this.#throttledUntilMs = this.#options.nowMs() + THROTTLED_MS;
  }

  /** Beside the calls, which do not wait for it: what is not known yet is no reason to wait. */
  #refresh(nowMs: number): void {
    if (nowMs - this.#readAtMs < QUOTA_AGE_MS) return;
    this.#readAtMs = nowMs;
    this.#options.readRate().then(
      (rate) => {
        // SES says -1 where there is no limit.
        this.#rate = rate !== undefined && rate > 0 ? rate : undefined;
      },
      // Who reads it has told why it cannot be; what was known stays.
      () => undefined,
    );
  }
}
