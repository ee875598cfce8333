/**
 * A task's hold on a message that it hands on: renewed while the hop is spoken to, so that it is short, and a message whose
 * task was killed is soon another's.
 */

/** Milliseconds that a lease lasts without being renewed. */
export const LEASE_MS = 120_000;
/** Milliseconds between two renewals: three may fail. */
const RENEW_MS = 30_000;

export interface LeaseOptions {
  /** Asks for `LEASE_MS` more; false where another task has it. */
  readonly renew: () => Promise<boolean>;
  /** Milliseconds since 1970. */
  readonly calendar: () => number;
  readonly renewMs?: number;
}

export class Lease {
  /** Resolves when another task may have the message: no terminator may be sent any more. Never where it ended before. */
  readonly lost: Promise<void>;
  readonly #options: LeaseOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #tellLost: () => void;
  #untilMs: number;
  #isLost = false;
  #isRenewing = false;

  constructor(options: LeaseOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.lost = promise;
    this.#tellLost = resolve;
    this.#untilMs = options.calendar() + LEASE_MS;
    this.#timer = setInterval(() => void this.#renew(), options.renewMs ?? RENEW_MS);
    this.#timer.unref();
  }

  get isLost(): boolean {
    this.#judge(true);
    return this.#isLost;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async #renew(): Promise<void> {
    // A table that is slow is not asked again before it has answered.
    if (this.#isRenewing) {
      this.#judge(true);
      return;
    }
    this.#isRenewing = true;
    const askedMs = this.#options.calendar();
    try {
      const isOurs = await this.#options.renew();
      if (isOurs) this.#untilMs = askedMs + LEASE_MS;
      this.#judge(isOurs);
    } catch {
      // A table that does not answer gives the lease to no one else, until it has run out.
      this.#judge(true);
    } finally {
      this.#isRenewing = false;
    }
  }

  #judge(isOurs: boolean): void {
    if (this.#isLost || (isOurs && this.#options.calendar() < this.#untilMs)) return;
    this.#isLost = true;
    this.end();
    this.#tellLost();
  }
}
