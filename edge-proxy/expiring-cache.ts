/** Decisions remembered for their time, at most so many; the one unused for longest goes first. */

interface Entry<T> {
  readonly value: T;
  readonly expiresAtMs: number;
}

export class ExpiringCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Whether nothing is remembered any more. Forgets what is over; each entry costs that once. */
  isEmpty(nowMs: number): boolean {
    for (const [key, { expiresAtMs }] of this.#entries) {
      if (expiresAtMs > nowMs) return false;
      this.#entries.delete(key);
    }
    return true;
  }

  get(key: string, nowMs: number): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const isOver = entry.expiresAtMs <= nowMs;
    // Who was used last matters only where one must go soon.
    const isNearlyFull = this.#entries.size * 2 >= this.#capacity;
    if (isOver || isNearlyFull) this.#entries.delete(key);
    if (isOver) return undefined;
    if (isNearlyFull) this.#entries.set(key, entry);
    return entry.value;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Remembers `value` for `seconds`; for none when that is 0. */
  set(key: string, value: T, seconds: number, nowMs: number): void {
    if (seconds <= 0) return;
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAtMs: nowMs + seconds * 1000 });
    if (this.#entries.size <= this.#capacity) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
