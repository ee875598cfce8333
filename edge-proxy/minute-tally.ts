/** Counts what may happen a thousand times a second, and logs it at once and then in one line a minute. */
import type { Log } from './log.ts';

const EVERY_MS = 60_000;
/** Reasons told apart in a line; a peer must not be able to make more of them. */
const MAX_REASONS = 20;

export class MinuteTally {
  readonly #log: Log;
  readonly #event: string;
  #total = 0;
  #untold = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param event the name of its lines */
  constructor(log: Log, event: string) {
    this.#log = log;
    this.#event = event;
  }

  /** Since the start. */
  get total(): number {
    return this.#total;
  }

  add(reason: string): void {
    this.#total += 1;
    const key = this.#untold.has(reason) || this.#untold.size < MAX_REASONS ? reason : 'other';
    this.#untold.set(key, (this.#untold.get(key) ?? 0) + 1);
    if (this.#timer === undefined) this.flush();
  }

  /** Logs what has not been told yet. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#untold.size === 0) return;
    const reasons = Object.fromEntries(this.#untold);
    this.#untold = new Map();
    this.#timer = setTimeout(() => this.flush(), EVERY_MS).unref();
    this.#log({ event: this.#event, count: Object.values(reasons).reduce((sum, count) => sum + count, 0), reasons });
  }
}
