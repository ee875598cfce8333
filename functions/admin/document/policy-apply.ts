/** Takes the steps of a plan, each a write on the condition that its item is still as it was read. */

import { inParallel } from '../../in-parallel.ts';
import { logProblem, problemOfError } from '../../log.ts';
import type { Signature } from '../../tables/send-conditional-write.ts';
import { compared } from '../change.ts';
import { Problem } from '../http/problem.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import type { StoredItem } from '../stores/policy-store.ts';
import type { PolicyPlan, PolicyStep } from './policy-plan.ts';

export interface ApplyFacts {
  readonly server: string;
  readonly who: string;
  /** When no further step is begun; milliseconds since 1970. */
  readonly untilMs: number;
}

export interface Applied {
  /** Keys of items that were written, in the order of the plan. */
  readonly put: readonly string[];
  readonly deleted: readonly string[];
  /** What each item is that was written; `undefined` for one that was deleted. */
  readonly now: ReadonlyMap<string, StoredItem | undefined>;
  /** Steps that were not taken. */
  readonly left: number;
  /** Why it stopped; absent when it is done or its time was up. */
  readonly stopped?: Stopped;
}

export interface Stopped {
  /** `changed`: somebody changed the item meanwhile. `failed`: DynamoDB did not take the write, as far as is known. */
  readonly kind: 'changed' | 'failed';
  readonly item: string;
}

/** Writes under way at the same time. */
const AT_ONCE = 24;

export async function applyPlan(plan: PolicyPlan, facts: ApplyFacts, stores: AdminStores): Promise<Applied> {
  const run = new Run(facts, stores);
  for (const phase of plan.phases) await inParallel(phase, AT_ONCE, (step) => run.take(step));
  return run.end(plan.phases.flat());
}

class Run {
  readonly #facts: ApplyFacts;
  readonly #stores: AdminStores;
  /** One for all steps, by which the history takes them for one change. */
  readonly #by: Signature;
  readonly #now = new Map<string, StoredItem | undefined>();
  #stopped: Stopped | undefined;
  #hasBegun = false;

  constructor(facts: ApplyFacts, stores: AdminStores) {
    this.#facts = facts;
    this.#stores = stores;
    this.#by = { who: facts.who, at: new Date(stores.nowMs()).toISOString() };
  }

  /**
   * Takes a step, unless the time is up or another one has failed; never rejects. The first is always taken: a request
   * that went nowhere would be repeated for ever.
   */
  async take({ item, before, after }: PolicyStep): Promise<void> {
    const { server, untilMs } = this.#facts;
    const nowMs = this.#stores.nowMs();
    if (this.#stopped !== undefined || (this.#hasBegun && nowMs >= untilMs)) return;
    this.#hasBegun = true;
    const by = this.#by;
    try {
      const written = await compared(item, () => this.#stores.policy.write({ server, item, before, after, by }));
      if (written === 'changed') this.#stopped ??= { kind: 'changed', item };
      else this.#now.set(item, written === 'deleted' ? undefined : written);
    } catch (error) {
      logProblem({ function: 'admin', server, item, problem: problemOfError(error) });
      this.#stopped ??= { kind: error instanceof Problem ? 'changed' : 'failed', item };
    }
  }

  end(steps: readonly PolicyStep[]): Applied {
    const taken = steps.filter(({ item }) => this.#now.has(item));
    const keysOf = (of: readonly PolicyStep[]): string[] => of.map(({ item }) => item);
    const applied = {
      put: keysOf(taken.filter(({ after }) => after !== undefined)),
      deleted: keysOf(taken.filter(({ after }) => after === undefined)),
      now: this.#now,
      left: steps.length - taken.length,
    };
    return this.#stopped === undefined ? applied : { ...applied, stopped: this.#stopped };
  }
}
