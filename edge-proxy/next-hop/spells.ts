/** Tells of a trouble that lasts once, when it begins, and once when it is over: a line for each message would bury it. */
import type { HopTrouble } from '../../policy/event.ts';
import type { Log } from '../log.ts';

export interface Troubled {
  readonly nextHop: string;
  readonly host?: string;
}

/** A trouble that began, with what is wrong, or is over. */
export interface Spell extends Troubled {
  readonly trouble: HopTrouble;
  readonly problem?: string;
}

export class Spells {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #onSpell: (spell: Spell) => void;
  /** Since when, by trouble and whom it concerns; as many as policy ever named hosts. */
  readonly #standing = new Map<string, number>();

  /**
   * @param onSpell told of what the log is told of
   * @param now milliseconds of a clock that never jumps
   */
  constructor(log: Log = () => {}, onSpell: (spell: Spell) => void = () => {}, now = () => performance.now()) {
    this.#log = log;
    this.#onSpell = onSpell;
    this.#now = now;
  }

  begin(trouble: HopTrouble, whom: Troubled, problem: string): void {
    const key = keyOf(trouble, whom);
    if (this.#standing.has(key)) return;
    this.#standing.set(key, this.#now());
    this.#log({ event: trouble, ...whom, problem });
    this.#onSpell({ trouble, ...whom, problem });
  }

  end(trouble: HopTrouble, whom: Troubled): void {
    const key = keyOf(trouble, whom);
    const sinceMs = this.#standing.get(key);
    if (sinceMs === undefined) return;
    this.#standing.delete(key);
    const seconds = Math.round((this.#now() - sinceMs) / 1000);
    this.#log({ event: 'next-hop-recovered', ...whom, from: trouble, seconds });
    this.#onSpell({ trouble, ...whom });
  }
}

function keyOf(trouble: HopTrouble, { nextHop, host = '' }: Troubled): string {
  return `${trouble} ${nextHop} ${host}`;
}
