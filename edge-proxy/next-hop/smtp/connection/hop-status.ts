/** How one hop has been lately: which of its hosts to try first, and what the log is told of them. */
import type { HopTrouble } from '../../../../policy/event.ts';
import type { Spells } from '../../spells.ts';
import { HopHealth } from './hop-health.ts';

export class HopStatus {
  readonly health = new HopHealth();
  readonly #nextHop: string;
  readonly #spells: Spells | undefined;

  /** @param spells where troubles are told. @default no one reads */
  constructor(nextHop: string, spells?: Spells) {
    this.#nextHop = nextHop;
    this.#spells = spells;
  }

  /** `host` is its name with its port; undefined where the trouble is the hop's. */
  begin(trouble: HopTrouble, problem: string, host?: string): void {
    this.#spells?.begin(trouble, this.#whom(host), problem);
  }

  end(trouble: HopTrouble, host?: string): void {
    this.#spells?.end(trouble, this.#whom(host));
  }

  #whom(host: string | undefined): { nextHop: string; host?: string } {
    return host === undefined ? { nextHop: this.#nextHop } : { nextHop: this.#nextHop, host };
  }
}
