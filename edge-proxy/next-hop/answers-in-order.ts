/** The answers of several hops to one group of recipients, told in the order of the group. */
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import type { TakeAnswers } from './next-hop.ts';

export class AnswersInOrder {
  readonly #take: TakeAnswers;
  /** By their places in the group. */
  readonly #answers: (HopAnswer | undefined)[] = [];
  #told = 0;

  constructor(take: TakeAnswers) {
    this.#take = take;
  }

  set(place: number, answer: HopAnswer): void {
    this.#answers[place] = answer;
  }

  /** Tells those that no earlier one is missing before. */
  tell(): void {
    const ready: HopAnswer[] = [];
    for (let answer = this.#next; answer !== undefined; answer = this.#next) {
      ready.push(answer);
      this.#answers[this.#told] = undefined;
      this.#told += 1;
    }
    if (ready.length > 0) this.#take(ready);
  }

  get #next(): HopAnswer | undefined {
    return this.#answers[this.#told];
  }
}
