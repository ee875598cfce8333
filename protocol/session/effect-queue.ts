/**
 * Effects that wait for the shell, first in, first out.
 *
 * To shift an array is a call into V8's C++, and an array that was emptied takes memory anew; places are used again here.
 */
import type { Effect } from './effect.ts';

export class EffectQueue {
  readonly #places: (Effect | undefined)[] = [];
  #first = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#first;
  }

  push(effect: Effect): void {
    this.#places[this.#end] = effect;
    this.#end += 1;
  }

  shift(): Effect | undefined {
    if (this.#first === this.#end) return undefined;
    const effect = this.#places[this.#first];
    this.#places[this.#first] = undefined;
    this.#first += 1;
    if (this.#first === this.#end) {
      this.#first = 0;
      this.#end = 0;
    }
    return effect;
  }
}
