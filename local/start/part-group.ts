/** The parts of one run: started together, stopped in order, and all ended when one of them ends by itself. */
import { setTimeout as delay } from 'node:timers/promises';
import { RunError } from '../run-error.ts';
import { Part, type PartSpec } from './part.ts';

/** Milliseconds from the stop that the parts which stop first have, before the others are told too. */
const FIRST_MS = 1900;
/** Milliseconds from the stop after which what is left is killed: Ctrl-C ends everything within 3 s. */
const KILL_MS = 2500;

export class PartGroup {
  /** Resolves when a part ended that no one stopped. */
  readonly failed: Promise<RunError>;
  readonly #fail: (error: RunError) => void;
  readonly #parts: { readonly part: Part; readonly stopsFirst: boolean }[] = [];
  #isStopping = false;

  constructor() {
    const failed = Promise.withResolvers<RunError>();
    this.failed = failed.promise;
    this.#fail = failed.resolve;
  }

  get parts(): readonly Part[] {
    return this.#parts.map(({ part }) => part);
  }

  /**
   * Starts a part.
   *
   * @param stopsFirst whether it finishes what it has under way before the others, which it needs for that, stop
   * @throws RunError when the run is being stopped
   */
  start(spec: PartSpec, { stopsFirst = false } = {}): Part {
    if (this.#isStopping) throw new RunError(`Cannot start ${spec.name}: the run is being stopped`);
    const part = new Part(spec);
    this.#parts.push({ part, stopsFirst });
    void part.exited.then((exit) => {
      if (!this.#isStopping) this.#fail(new RunError(part.describe(exit)));
    });
    return part;
  }

  /** Ends all parts within 3 s and resolves when they have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const all = Promise.all(this.#parts.map(({ part }) => part.exited));
    const timer = setTimeout(() => this.kill(), KILL_MS);
    const first = this.#parts.filter(({ stopsFirst }) => stopsFirst).map(({ part }) => part);
    for (const part of first) part.kill('SIGTERM');
    await Promise.race([Promise.all(first.map((part) => part.exited)), delay(FIRST_MS, undefined, { ref: false })]);
    for (const part of this.parts) if (!first.includes(part)) part.kill('SIGTERM');
    await all;
    clearTimeout(timer);
  }

  /** Ends all parts at once. */
  kill(): void {
    this.#isStopping = true;
    for (const part of this.parts) part.kill('SIGKILL');
  }
}
