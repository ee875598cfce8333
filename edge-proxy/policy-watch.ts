/**
 * Keeps the newest policy snapshot of a server, and tells who asked when it changes.
 *
 * A look reads the settings alone. All other items are read when they differ from the last look's: by an edit of theirs,
 * or by `revision`, which `check-policy` changes with each edit of another item. So ten thousand items cost one read a look.
 * Now and then all is read whatever the settings say, should `check-policy` have failed.
 */
import { isDeepStrictEqual } from 'node:util';
import type { PolicyAttributes } from '../policy/item.ts';
import type { PolicyProblem } from '../policy/snapshot.ts';
import { makeSnapshot, type Policy, type Snapshot } from '../policy/snapshot.ts';
import { Faults } from './faults.ts';
import { errorText, type Log } from './log.ts';
import type { PolicyStore } from './policy-store.ts';

/** Milliseconds between two looks: an edit is in force within one of them. */
const POLL_MS = 5000;
/** Seconds between two readings of all items; 10,000 client networks are some 370 read units each time. */
export const DEFAULT_READ_SECONDS = 300;

export interface PolicyWatchOptions {
  readonly store: PolicyStore;
  readonly server: string;
  readonly log: Log;
  /** Where faults of ours are told. @default the log */
  readonly faults?: Faults;
  readonly pollMs?: number;
  /**
   * Seconds after which all items are read though nothing says that one changed; at each look where it is no more than
   * the time between two of them.
   *
   * @default DEFAULT_READ_SECONDS
   */
  readonly readSeconds?: number | undefined;
  readonly onChange: (policy: Policy) => void;
  /**
   * A broken item that does not say so itself by the look after, once for each new problem: what `check-policy` has
   * written into the item, it has told of too, and once for all tasks.
   */
  readonly onProblem: (problem: PolicyProblem, policy: Policy) => void;
}

export class PolicyWatch {
  readonly #options: PolicyWatchOptions;
  readonly #faults: Faults;
  readonly #looksPerReading: number;
  #snapshot: Snapshot;
  #policy: Policy;
  /** Problems of the last look, each with whether it was told of, by us or by the item. */
  #knownProblems: ReadonlyMap<string, boolean> = new Map();
  /** As they were before all else was read: what changes meanwhile is then seen by the next look. */
  #settings: PolicyAttributes | undefined;
  #looksUntilReading = 0;
  #isUnreadable = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: PolicyWatchOptions, reading: Reading, snapshot: Snapshot, policy: Policy) {
    const { readSeconds = DEFAULT_READ_SECONDS, pollMs = POLL_MS } = options;
    this.#options = options;
    this.#faults = options.faults ?? new Faults(options.log);
    this.#looksPerReading = Math.max(1, Math.round((readSeconds * 1000) / pollMs));
    this.#looksUntilReading = this.#looksPerReading;
    this.#settings = reading.settings;
    this.#snapshot = snapshot;
    this.#policy = policy;
  }

  /** Reads the first snapshot; throws, naming the reason, when there is no policy to go by. */
  static async start(options: PolicyWatchOptions): Promise<PolicyWatch> {
    const reading = await readAll(options).catch((cause: unknown) => {
      throw new Error(`Cannot read policy of ${options.server}`, { cause });
    });
    const snapshot = makeSnapshot(reading.items);
    if (snapshot.policy === undefined) {
      const reasons = snapshot.problems.map(({ item, problem }) => `${item} ${problem}`);
      throw new Error(`There is no policy for ${options.server}: ${reasons.join('; ')}`);
    }
    const watch = new PolicyWatch(options, reading, snapshot, snapshot.policy);
    watch.#reportProblems(reading.items, true);
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
      if (items !== undefined && !this.#isClosed) this.#take(makeSnapshot(items, this.#snapshot), items);
    } finally {
      // Whatever went wrong, the next edit is to be seen.
      this.#schedule();
    }
  }

  /** `undefined` while nothing changed, or the table cannot be read, which is logged once a spell. */
  async #read(): Promise<readonly PolicyAttributes[] | undefined> {
    const { store, server, log } = this.#options;
    try {
      this.#looksUntilReading -= 1;
      const settings = await store.readSettings(server);
      const isDue = this.#looksUntilReading <= 0 || this.#isProblemUntold || settings === undefined;
      const reading =
        isDue || !isDeepStrictEqual(settings, this.#settings) ? await readOthers(settings, this.#options) : undefined;
      if (this.#isUnreadable) log({ event: 'policy-readable' });
      this.#isUnreadable = false;
      if (reading === undefined) return undefined;
      this.#settings = settings;
      this.#looksUntilReading = this.#looksPerReading;
      return reading.items;
    } catch (error) {
      if (!this.#isUnreadable) log({ event: 'policy-unreadable', problem: errorText(error) });
      this.#isUnreadable = true;
      return undefined;
    }
  }

  /** Whether the next look is to show if a broken item says itself what is wrong with it. */
  get #isProblemUntold(): boolean {
    return [...this.#knownProblems.values()].includes(false);
  }

  #take(snapshot: Snapshot, items: readonly PolicyAttributes[]): void {
    this.#snapshot = snapshot;
    const { policy } = snapshot;
    if (policy !== undefined && policy.version !== this.#policy.version) {
      this.#policy = policy;
      this.#options.log({ event: 'policy-in-force', policyVersion: policy.version });
      this.#faults.guard('policy-change', () => this.#options.onChange(policy));
    }
    this.#reportProblems(items);
  }

  /** @param isLast whether no later look is waited for: an item that was there before the task had its time */
  #reportProblems(items: readonly PolicyAttributes[], isLast = false): void {
    const now = new Map<string, boolean>();
    for (const problem of this.#snapshot.problems) {
      const text = `${problem.item}: ${problem.problem}`;
      const isKnown = this.#knownProblems.has(text);
      const isTold = this.#knownProblems.get(text) === true || isSaid(problem, items);
      if (!isKnown) this.#options.log({ event: 'policy-invalid', ...problem });
      if ((isKnown || isLast) && !isTold) {
        this.#faults.guard('policy-problem', () => this.#options.onProblem(problem, this.#policy));
      }
      now.set(text, isKnown || isLast || isTold);
    }
    this.#knownProblems = now;
  }
}

interface Reading {
  readonly settings: PolicyAttributes | undefined;
  /** All items of the snapshot, settings among them. */
  readonly items: readonly PolicyAttributes[];
}

async function readAll(options: PolicyWatchOptions): Promise<Reading> {
  return readOthers(await options.store.readSettings(options.server), options);
}

/** After the settings, not beside them: a change that comes between has other settings at the next look. */
async function readOthers(
  settings: PolicyAttributes | undefined,
  { store, server }: PolicyWatchOptions,
): Promise<Reading> {
  const others = await store.readOthers(server);
  return { settings, items: settings === undefined ? others : [settings, ...others] };
}

/** Whether the item says itself what is wrong, if in fewer words; of one that is gone, its deletion told. */
function isSaid({ item: key, problem }: PolicyProblem, items: readonly PolicyAttributes[]): boolean {
  const item = items.find((each) => each.item === key);
  if (item === undefined) return true;
  return typeof item.problem === 'string' && problem.startsWith(item.problem.replace(/…$/, ''));
}
