/**
 * The boundary round every callback from outside: of sockets, functions, tables, timers and the log.
 *
 * A fault of ours ends the one session or connection in which it shows, is logged with its place, is counted, and ends
 * nothing else. Without the boundary Node ends the process, and every session on it.
 */
import type { Log } from './log.ts';

export class Faults {
  readonly #log: Log;
  #count = 0;

  /** @param log where faults are told. @default not told */
  constructor(log: Log = () => {}) {
    this.#log = log;
  }

  /** Faults since the start. */
  get count(): number {
    return this.#count;
  }

  /** Counts a fault and logs it as `fault` with its place. Never throws. */
  report(error: unknown, place: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#count += 1;
    try {
      const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#log({ event: 'fault', place, ...fields, problem });
    } catch {
      // The log is what failed, or the error cannot be told: the count shows it.
    }
  }

  /**
   * Does `work`. What it throws is reported, and `end` ends what it concerns: a socket, a session. Never throws.
   *
   * @returns whether all went well
   */
  guard(place: string, work: () => void, end?: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.report(error, place);
    }
    if (end !== undefined) this.guard(place, end);
    return false;
  }

  /** Reports what `work`, which no one waits for, comes to when it fails. */
  watch(place: string, work: Promise<unknown>): void {
    work.catch((error: unknown) => this.report(error, place));
  }
}
