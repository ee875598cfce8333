/**
 * When the process is to leave, and why: a signal, a log that no one reads any more, or a fault that no boundary caught.
 * All of them leave in order: transactions under way are finished, idle clients hear 421.
 */
import type { Faults } from './faults.ts';
import type { Log } from './log.ts';

export class Departure {
  readonly #log: Log;
  readonly #due = Promise.withResolvers<void>();
  #isDue = false;
  #exitCode = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Resolves when it is time. */
  get due(): Promise<void> {
    return this.#due.promise;
  }

  /** 0 after a signal alone. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /** No one reads standard output: what happens here would never be known. */
  loseLog(): void {
    this.#begin({ reason: 'standard output is not read' }, 1);
  }

  /** The first SIGTERM or SIGINT is a reason; the second ends the process at once. */
  heedSignals(): void {
    let hasCome = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (hasCome) process.exit(1);
      hasCome = true;
      this.#begin({ signal }, 0);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  }

  /** What is thrown past every boundary leaves the process in a state that no one knows: others are to take over. */
  heedFaults(faults: Faults): void {
    const onFault = (error: unknown): void => {
      faults.report(error, 'process');
      this.#begin({ reason: 'fault' }, 1);
    };
    process.on('uncaughtException', onFault);
    process.on('unhandledRejection', onFault);
  }

  #begin(reason: Readonly<Record<string, unknown>>, exitCode: number): void {
    this.#exitCode = Math.max(this.#exitCode, exitCode);
    if (this.#isDue) return;
    this.#isDue = true;
    this.#log({ event: 'leaving', ...reason });
    this.#due.resolve();
  }
}
