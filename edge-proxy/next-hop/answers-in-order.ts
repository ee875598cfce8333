/** The answers of several hops to one group of recipients, told in the order of the group. */
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import type { TakeAnswers } from './next-hop.ts';

export class AnswersInOrder {
  readonly #take: TakeAnswers;
  /** By their places in the group. */
  readonly #answers: (HopAnswer | undefined)[];
  #told = 0;

  constructor(size: number, take: TakeAnswers) {
    this.#answers = new Array(size);
    this.#take = take;
  }

  set(place: number, answer: HopAnswer): void {
    this.#answers[place] = answer;
  }

  /** Tells those that no earlier one is missing before. */
  tell(): void {
    const first = this.#told;
    while (this.#answers[this.#told] !== undefined) this.#told += 1;
    if (this.#told > first) this.#take(this.#answers.slice(first, this.#told) as HopAnswer[]);
  }
}
