/** Keeps the newest policy snapshot of a server, and tells who asked when it changes. */
import type { PolicyAttributes } from '../policy/item.ts';
import type { PolicyProblem } from '../policy/snapshot.ts';
import { makeSnapshot, type Policy, type Snapshot } from '../policy/snapshot.ts';
import { Faults } from './faults.ts';
import { errorText, type Log } from './log.ts';
import type { PolicyStore } from './policy-store.ts';

/** Milliseconds between two looks: an edit is in force within one of them. */
const POLL_MS = 5000;

export interface PolicyWatchOptions {
  readonly store: PolicyStore;
  readonly server: string;
  readonly log: Log;
  /** Where faults of ours are told. @default the log */
  readonly faults?: Faults;
  readonly pollMs?: number;
  readonly onChange: (policy: Policy) => void;
  /** A broken item, once for each new problem. */
  readonly onProblem: (problem: PolicyProblem, policy: Policy) => void;
}

export class PolicyWatch {
  readonly #options: PolicyWatchOptions;
  readonly #faults: Faults;
  #snapshot: Snapshot;
  #policy: Policy;
  #knownProblems: ReadonlySet<string> = new Set();
  #isUnreadable = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: PolicyWatchOptions, snapshot: Snapshot, policy: Policy) {
    this.#options = options;
    this.#faults = options.faults ?? new Faults(options.log);
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
    this.#timer = setTimeout(
      () => this.#faults.watch('policy-watch', this.#refresh()),
      this.#options.pollMs ?? POLL_MS,
    );
    this.#timer.unref();
  }

  async #refresh(): Promise<void> {
    try {
      const items = await this.#read();
      if (items !== undefined && !this.#isClosed) this.#take(makeSnapshot(items, this.#snapshot));
    } finally {
      // Whatever went wrong, the next edit is to be seen.
      this.#schedule();
    }
  }

  /** `undefined` while the table cannot be read, which is logged once a spell. */
  async #read(): Promise<readonly PolicyAttributes[] | undefined> {
    const { store, server, log } = this.#options;
    try {
      const items = await store.read(server);
      if (this.#isUnreadable) log({ event: 'policy-readable' });
      this.#isUnreadable = false;
      return items;
    } catch (error) {
      if (!this.#isUnreadable) log({ event: 'policy-unreadable', problem: errorText(error) });
      this.#isUnreadable = true;
      return undefined;
    }
  }

  #take(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    const { policy } = snapshot;
    if (policy !== undefined && policy.version !== this.#policy.version) {
      this.#policy = policy;
      this.#options.log({ event: 'policy-in-force', policyVersion: policy.version });
      this.#faults.guard('policy-change', () => this.#options.onChange(policy));
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
      this.#faults.guard('policy-problem', () => this.#options.onProblem(problem, this.#policy));
    }
    this.#knownProblems = now;
  }
}
