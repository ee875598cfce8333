/** One deadline that is moved often and seldom passes. */

/**
 * Calls back once when the deadline passed.
 *
 * Moving it costs a clock reading and no timer: the timer that runs finds, when it fires, how far the deadline has
 * moved, and sleeps on. A hop connection sets its deadline with each command, and no timer is made for most of them.
 */
export class Deadline {
  readonly #onPassed: () => void;
  #atMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = 0;

  constructor(onPassed: () => void) {
    this.#onPassed = onPassed;
  }

  /** Sets it `delayMs` from now, in place of the one before. */
  set(delayMs: number): void {
    this.#atMs = performance.now() + delayMs;
    if (this.#timer !== undefined && this.#timerAtMs <= this.#atMs) return;
    clearTimeout(this.#timer);
    this.#arm(delayMs);
  }

  clear(): void {
    this.#atMs = Number.POSITIVE_INFINITY;
  }

  /** Clears it and leaves no timer behind. */
  stop(): void {
    this.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(delayMs: number): void {
    this.#timerAtMs = performance.now() + delayMs;
    // The socket keeps the process alive while it matters.
    this.#timer = setTimeout(this.#fire, Math.ceil(delayMs)).unref();
  }

  readonly #fire = (): void => {
    this.#timer = undefined;
    if (this.#atMs === Number.POSITIVE_INFINITY) return;
    const leftMs = this.#atMs - performance.now();
    if (leftMs > 0) {
      this.#arm(leftMs);
      return;
    }
    this.clear();
    this.#onPassed();
  };
}
