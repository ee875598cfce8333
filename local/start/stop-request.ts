/**
 * When the run is to stop: a signal, the end of npm above it, or of who reads its output. A second Ctrl-C does not wait
 * for the parts.
 */
/**
 * Milliseconds within which a second signal is the first one again: a terminal sends Ctrl-C to npm too, which passes
 * it on.
 */
const SAME_SIGNAL_MS = 300;
const PARENT_CHECK_MS = 250;
/** As a shell reports an end by SIGINT. */
const INTERRUPTED = 130;

export class StopRequest {
  readonly requested: Promise<void>;
  readonly #request: () => void;
  readonly #leave: () => void;
  #firstAtMs: number | undefined;

  /** @param leave ends everything at once */
  constructor(leave: () => void) {
    const requested = Promise.withResolvers<void>();
    this.requested = requested.promise;
    this.#request = requested.resolve;
    this.#leave = leave;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#receiveSignal());
    // No one reads any more: `npm start | head`.
    process.stdout.on('error', () => this.#request());
    process.stderr.on('error', () => this.#request());
    if (process.env.npm_lifecycle_event !== undefined) this.#watchParent();
  }

  #receiveSignal(): void {
    const nowMs = performance.now();
    this.#firstAtMs ??= nowMs;
    if (nowMs - this.#firstAtMs > SAME_SIGNAL_MS) {
      this.#leave();
      process.exit(INTERRUPTED);
    }
    this.#request();
  }

  /** npm that was killed takes nothing with it; its children get another parent. */
  #watchParent(): void {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) this.#request();
    }, PARENT_CHECK_MS).unref();
  }
}
