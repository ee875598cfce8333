/** Tells of a trouble that lasts once, when it begins, and once when it is over: a line for each message would bury it. */
import type { Log } from '../log.ts';

export type Trouble =
  /** A host of a hop, or an address of it, cannot be reached or will not have us. */
  | 'next-hop-host-failed'
  /** Its TLS is broken, and mail goes to it in the clear. */
  | 'next-hop-tls-failed'
  /** Its certificate, which is verified, ends within three weeks. */
  | 'next-hop-certificate-expiring'
  /** It offers XCLIENT and will not have it from us. */
  | 'xclient-refused';

export interface Troubled {
  readonly nextHop: string;
  readonly host?: string;
}

export class Spells {
  readonly #log: Log;
  readonly #now: () => number;
  /** Since when, by trouble and whom it concerns; as many as policy ever named hosts. */
  readonly #standing = new Map<string, number>();

  /** @param now milliseconds of a clock that never jumps. @default performance.now */
  constructor(log: Log = () => {}, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  begin(trouble: Trouble, whom: Troubled, problem: string): void {
    const key = keyOf(trouble, whom);
    if (this.#standing.has(key)) return;
    this.#standing.set(key, this.#now());
    this.#log({ event: trouble, ...whom, problem });
  }

  end(trouble: Trouble, whom: Troubled): void {
    const key = keyOf(trouble, whom);
    const sinceMs = this.#standing.get(key);
    if (sinceMs === undefined) return;
    this.#standing.delete(key);
    const seconds = Math.round((this.#now() - sinceMs) / 1000);
    this.#log({ event: 'next-hop-recovered', ...whom, from: trouble, seconds });
  }
}

function keyOf(trouble: Trouble, { nextHop, host = '' }: Troubled): string {
  return `${trouble} ${nextHop} ${host}`;
}
