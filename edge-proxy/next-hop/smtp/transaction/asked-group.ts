/** The recipients of a group at one hop: which of them it is asked for, and whose answer comes next. */
import type { HopAnswer } from '../../../../protocol/hop/hop-answer.ts';
import type { TakeAnswers } from '../../next-hop.ts';

const SETTLED = Promise.resolve();

/** Why a hop is not asked for a recipient; nothing where it may be. */
export type RefusalOf = (forwardPath: string) => HopAnswer | undefined;

export class AskedGroup {
  readonly #take: TakeAnswers;
  /** Those that are not answered; the first is next. */
  #open: readonly string[];
  #refusals: readonly (HopAnswer | undefined)[] = [];
  /** How many of `#open` are answered. */
  #answered = 0;
  /** Not yet told: answers that come in one segment are told together. */
  #fresh: HopAnswer[] | undefined;

  constructor(forwardPaths: readonly string[], take: TakeAnswers) {
    this.#open = forwardPaths;
    this.#take = take;
  }

  /** Sets those aside that the hop is not to be asked for; they are answered in their turn all the same. */
  judge(refusalOf: RefusalOf): void {
    if (this.#answered > 0) this.#open = this.#open.slice(this.#answered);
    this.#answered = 0;
    this.#refusals = this.#open.map(refusalOf);
    this.#answerRefused();
  }

  get isAnswered(): boolean {
    return this.#answered === this.#open.length;
  }

  /** Those that the hop is to be asked for. */
  get askable(): readonly string[] {
    return this.#open.filter((_path, index) => index >= this.#answered && this.#refusals[index] === undefined);
  }

  /** The recipient whose answer comes next. */
  get next(): string {
    return this.#open[this.#answered] ?? '';
  }

  /** The hop's answer to the next of them. */
  answer(answer: HopAnswer): void {
    this.#give(answer);
    this.#answerRefused();
  }

  /** One answer to all that have none. */
  answerRest(answer: HopAnswer): void {
    while (!this.isAnswered) this.#give(answer);
  }

  #answerRefused(): void {
    for (let refusal = this.#refusal; refusal !== undefined; refusal = this.#refusal) this.#give(refusal);
  }

  get #refusal(): HopAnswer | undefined {
    return this.isAnswered ? undefined : this.#refusals[this.#answered];
  }

  #give(answer: HopAnswer): void {
    this.#answered += 1;
    if (this.#fresh !== undefined) {
      this.#fresh.push(answer);
      return;
    }
    this.#fresh = [answer];
    // Node's own `queueMicrotask` makes a resource of it that async hooks can follow, which costs more than the call.
    void SETTLED.then(this.#tell);
  }

  readonly #tell = (): void => {
    const fresh = this.#fresh ?? [];
    this.#fresh = undefined;
    this.#take(fresh);
  };
}
