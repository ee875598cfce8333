/** Sends a document again and again until all of it is applied. */

import { appliedAnswer, type PolicyDocument } from '../api/answers.ts';
import { Unanswered } from '../api/api.ts';
import { ApiError } from '../api/api-error.ts';
import { path } from '../api/path.ts';
import { CliError, Interrupted } from '../cli-error.ts';
import type { Context } from '../context.ts';
import type { Difference } from '../differences.ts';
import { counted } from '../output/counted.ts';

/** Attempts in a row that brought nothing; with their waits they outlast a call that was broken off and still runs. */
const MOST_FAILURES = 6;
const FIRST_WAIT_MS = 1000;

/** A proxy's or the function's own trouble, or another's write: a repetition may succeed. */
const PASSING: readonly number[] = [409, 429, 500, 502, 503, 504];

export class ImportRun {
  readonly #server: string;
  readonly #document: PolicyDocument;
  readonly #context: Context;
  #applied = 0;
  #failures = 0;

  constructor(server: string, document: PolicyDocument, context: Context) {
    this.#server = server;
    this.#document = document;
    this.#context = context;
  }

  /** @param differences for the progress alone; the API finds out for itself what there is to do */
  async run(differences: readonly Difference[]): Promise<number> {
    const { output } = this.#context;
    const removed = differences.filter(({ kind }) => kind === 'remove').length;
    output.note(`${this.#server}: ${counted(differences.length - removed, 'item')} to write, ${removed} to remove`);
    for (;;) {
      const left = await this.#attempt();
      if (left === 0) break;
      if (left !== undefined)
        output.progress(`${this.#server}: ${counted(this.#applied, 'item')} applied, ${left} left`);
    }
    if (output.isJson) output.json({ done: true, applied: this.#applied, left: 0 });
    else
      output.line(
        `${this.#server}: the policy is what the document says; ${counted(this.#applied, 'item')} applied by this run`,
      );
    return 0;
  }

  /** Items that are left; `undefined` when that is not known. */
  async #attempt(): Promise<number | undefined> {
    try {
      const { value } = await this.#context.api.call({
        method: 'PUT',
        path: path`/servers/${this.#server}/policy`,
        doing: `import into ${this.#server}`,
        answer: appliedAnswer,
        body: this.#document,
      });
      this.#count(value);
      return value.left;
    } catch (error) {
      if (error instanceof Interrupted) throw new Interrupted(this.#stand('interrupted'));
      return this.#afterFailure(error);
    }
  }

  async #afterFailure(error: unknown): Promise<number | undefined> {
    const isPassing = error instanceof Unanswered || (error instanceof ApiError && PASSING.includes(error.status));
    if (!isPassing) throw error;
    const stand = error instanceof ApiError ? appliedAnswer.safeParse(error.members) : undefined;
    if (stand?.success === true) this.#count(stand.data);
    this.#failures += 1;
    if (this.#failures > MOST_FAILURES) throw new CliError(this.#stand(error.message), { cause: error });
    this.#context.output.progress(`${error.message}; again`);
    await this.#context.sleep(FIRST_WAIT_MS * 2 ** (this.#failures - 1));
    if (this.#context.signal.aborted) throw new Interrupted(this.#stand('interrupted'));
    return undefined;
  }

  #count({ applied: { put, deleted } }: { applied: { put: readonly string[]; deleted: readonly string[] } }): void {
    const changed = put.length + deleted.length;
    if (changed > 0) this.#failures = 0;
    this.#applied += changed;
  }

  #stand(why: string): string {
    const applied = `${counted(this.#applied, 'item')} known to be applied`;
    return `${why}\n${this.#server}: ${applied}; repeat the command, it goes on where it stopped`;
  }
}
