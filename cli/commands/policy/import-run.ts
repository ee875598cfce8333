/** Sends a document again and again until all of it is applied. */
import {
  appliedAnswer,
  type PolicyDocument,
  policyAnswer,
} from '../../../functions/admin/contract/answers/policy-document.ts';
import { Unanswered } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { path, withQuery } from '../../api/path.ts';
import { CliError, Interrupted } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { counted } from '../../output/counted.ts';
import type { ImportBasis } from './import-basis.ts';

/** Attempts in a row that brought nothing; with their waits they outlast a call that was broken off and still runs. */
const MOST_FAILURES = 6;
const FIRST_WAIT_MS = 1000;
/** Seconds of one call, so that there is something to tell meanwhile. */
const CALL_SECONDS = 3;
const PRECONDITION_FAILED = 412;

/** A proxy's or the function's own trouble, or another's write: a repetition may succeed. */
const PASSING: readonly number[] = [409, 429, 500, 502, 503, 504];

interface RunFacts {
  readonly server: string;
  readonly document: PolicyDocument;
  readonly basis: ImportBasis;
  /** Items that differ, for the progress alone: the API finds out for itself what there is to do. */
  readonly toApply: number;
}

export class ImportRun {
  readonly #facts: RunFacts;
  readonly #context: Context;
  #applied = 0;
  #failures = 0;

  constructor(facts: RunFacts, context: Context) {
    this.#facts = facts;
    this.#context = context;
  }

  async run(): Promise<number> {
    const { output } = this.#context;
    const { server, basis, toApply } = this.#facts;
    output.status(`${server}: 0 of ${counted(toApply, 'item')}`);
    for (;;) {
      const left = await this.#attempt();
      if (left === 0) break;
      if (left !== undefined) output.progress(`${server}: ${counted(this.#applied, 'item')} applied, ${left} left`);
    }
    basis.end();
    if (output.isJson) output.json({ done: true, applied: this.#applied, left: 0 });
    else {
      const applied = `${counted(this.#applied, 'item')} applied by this run`;
      output.line(`${server}: the policy is what the document says; ${applied}`);
    }
    return 0;
  }

  /** Items that are left; `undefined` when that is not known. */
  async #attempt(): Promise<number | undefined> {
    const { server, document, basis } = this.#facts;
    const { server: _server, policyVersion: _policy, itemsVersion: _items, problems: _problems, ...policy } = document;
    const query = { seconds: CALL_SECONDS, force: basis.isForced ? 'true' : undefined };
    try {
      const { value } = await this.#context.api.call({
        method: 'PUT',
        path: withQuery(path`/servers/${server}/policy`, query),
        doing: `import into ${server}`,
        answer: appliedAnswer,
        body: { ...policy, ...basis.versions },
      });
      this.#count(value);
      basis.proceed(value);
      // One that goes nowhere would be repeated for ever.
      if (!value.done && changesOf(value) === 0) return await this.#failed('nothing goes on');
      return value.left;
    } catch (error) {
      if (error instanceof Interrupted) throw new Interrupted(this.#stand('interrupted'));
      return await this.#afterFailure(error);
    }
  }

  async #afterFailure(error: unknown): Promise<number | undefined> {
    const isUnanswered = error instanceof Unanswered;
    const status = error instanceof ApiError ? error.status : 0;
    if (status === PRECONDITION_FAILED) await this.#resume();
    else if (!isUnanswered && !PASSING.includes(status)) throw error;
    const stand = error instanceof ApiError ? appliedAnswer.safeParse(error.members) : undefined;
    if (stand?.success === true) {
      this.#count(stand.data);
      this.#facts.basis.proceed(stand.data);
    }
    return this.#failed((error as Error).message, error);
  }

  /** Another call of this import, whose answer was lost, may have gone on meanwhile; or somebody else has. */
  async #resume(): Promise<void> {
    const { server, basis } = this.#facts;
    const call = { path: path`/servers/${server}/policy`, doing: `read ${server}`, answer: policyAnswer };
    basis.resume((await this.#context.api.call(call)).value);
  }

  async #failed(message: string, cause?: unknown): Promise<undefined> {
    this.#failures += 1;
    if (this.#failures > MOST_FAILURES) throw new CliError(this.#stand(message), { cause });
    this.#context.output.progress(`${message}; again`);
    await this.#context.sleep(FIRST_WAIT_MS * 2 ** (this.#failures - 1));
    if (this.#context.signal.aborted) throw new Interrupted(this.#stand('interrupted'));
    return undefined;
  }

  #count(applied: Changes): void {
    const changed = changesOf(applied);
    if (changed > 0) this.#failures = 0;
    this.#applied += changed;
  }

  #stand(why: string): string {
    const applied = `${counted(this.#applied, 'item')} known to be applied`;
    return `${why}\n${this.#facts.server}: ${applied}; repeat the command, it goes on where it stopped`;
  }
}

interface Changes {
  readonly applied: { readonly put: readonly string[]; readonly deleted: readonly string[] };
}

function changesOf({ applied: { put, deleted } }: Changes): number {
  return put.length + deleted.length;
}
