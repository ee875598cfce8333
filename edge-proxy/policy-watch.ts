/** Keeps the newest policy snapshot of a server, and tells who asked when it changes. */
import type { PolicyProblem } from '../policy/snapshot.ts';
import { makeSnapshot, type Policy, type Snapshot } from '../policy/snapshot.ts';
import { errorText, type Log } from './log.ts';
import type { PolicyStore } from './policy-store.ts';

/** Milliseconds between two looks: an edit is in force within one of them. */
const POLL_MS = 5000;

export interface PolicyWatchOptions {
  readonly store: PolicyStore;
  readonly server: string;
  readonly log: Log;
  readonly pollMs?: number;
  readonly onChange: (policy: Policy) => void;
  /** A broken item, once for each new problem. */
  readonly onProblem: (problem: PolicyProblem, policy: Policy) => void;
}

export class PolicyWatch {
  readonly #options: PolicyWatchOptions;
  #snapshot: Snapshot;
  #policy: Policy;
  #knownProblems: ReadonlySet<string> = new Set();
  #isUnreadable = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: PolicyWatchOptions, snapshot: Snapshot, policy: Policy) {
    this.#options = options;
    this.#snapshot = snapshot;
    this.#policy = policy;
  }

  /** Reads the first snapshot; throws, naming the reason, when there is no policy to go by. */
  static async start(options: PolicyWatchOptions): Promise<PolicyWatch> {
    const items = await options.store.read(options.server).catch((cause: unknown) => {
      throw new Error(`Cannot read policy of ${options.server}`, { cause });
    });
    const snapshot = makeSnapshot(items);
    if (snapshot.policy === undefined) {
      const reasons = snapshot.problems.map(({ item, problem }) => `${item} ${problem}`);
      throw new Error(`There is no policy for ${options.server}: ${reasons.join('; ')}`);
    }
    const watch = new PolicyWatch(options, snapshot, snapshot.policy);
    watch.#reportProblems();
    watch.#schedule();
    return watch;
  }

  get policy(): Policy {
    return this.#policy;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#refresh(), this.#options.pollMs ?? POLL_MS);
    this.#timer.unref();
  }

  async #refresh(): Promise<void> {
    const { store, server, log } = this.#options;
    try {
      const items = await store.read(server);
      if (this.#isClosed) return;
      this.#take(makeSnapshot(items, this.#snapshot));
      if (this.#isUnreadable) log({ event: 'policy-readable' });
      this.#isUnreadable = false;
    } catch (error) {
      if (!this.#isUnreadable) log({ event: 'policy-unreadable', problem: errorText(error) });
      this.#isUnreadable = true;
    }
    this.#schedule();
  }

  #take(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    const { policy } = snapshot;
    if (policy !== undefined && policy.version !== this.#policy.version) {
      this.#policy = policy;
      this.#options.log({ event: 'policy-in-force', policyVersion: policy.version });
      this.#options.onChange(policy);
    }
    this.#reportProblems();
  }

  #reportProblems(): void {
    const now = new Set<string>();
    for (const problem of this.#snapshot.problems) {
      const text = `${problem.item}: ${problem.problem}`;
      now.add(text);
      if (this.#knownProblems.has(text)) continue;
      this.#options.log({ event: 'policy-invalid', ...problem });
      this.#options.onProblem(problem, this.#policy);
    }
    this.#knownProblems = now;
  }
}
