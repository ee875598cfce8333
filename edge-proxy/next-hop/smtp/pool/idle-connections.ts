/** The connections to a hop that no transaction uses: lent from the end, so that the surplus of a burst grows old. */
import { type HopConnection, IDLE_LISTENER } from '../connection/hop-connection.ts';

export interface IdleLimits {
  /** Idle connections that outlast `surplusIdleMs`. */
  readonly keptIdle: number;
  readonly surplusIdleMs: number;
  readonly maxIdleMs: number;
}

interface IdleConnection {
  readonly connection: HopConnection;
  readonly sinceMs: number;
  /** When it is too old for another transaction. */
  readonly retireMs: number;
}

export class IdleConnections {
  readonly #limits: IdleLimits;
  /** The one that came first stands first. */
  readonly #idle: IdleConnection[] = [];
  #sweep: NodeJS.Timeout | undefined;

  constructor(limits: IdleLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#idle.length;
  }

  /** Keeps a connection until it is taken, speaks, leaves or grows old; `retireMs` is of `performance.now`. */
  add(connection: HopConnection, retireMs: number): void {
    connection.listener = IDLE_LISTENER;
    this.#idle.push({ connection, sinceMs: performance.now(), retireMs });
    this.#sweep ??= setTimeout(this.#onSweep, this.#limits.surplusIdleMs).unref();
  }

  /** The one that came back last, of those that fit and are not too old; the caller's from now on. */
  take(fits: (connection: HopConnection) => boolean): HopConnection | undefined {
    if (this.#idle.length === 0) return undefined;
    const nowMs = performance.now();
    const index = this.#idle.findLastIndex(({ connection, retireMs }) => nowMs < retireMs && fits(connection));
    return index === -1 ? undefined : this.#idle.splice(index, 1)[0]?.connection;
  }

  /** Leaves the one that has been idle longest; it is forgotten by its `onOver`. */
  quitOldest(): void {
    this.#idle[0]?.connection.quit();
  }

  forget(connection: HopConnection): void {
    const index = this.#idle.findIndex((idle) => idle.connection === connection);
    if (index !== -1) this.#idle.splice(index, 1);
  }

  quitAll(): void {
    clearTimeout(this.#sweep);
    this.#sweep = undefined;
    for (const { connection } of [...this.#idle]) connection.quit();
  }

  readonly #onSweep = (): void => {
    this.#sweep = undefined;
    const { keptIdle, surplusIdleMs, maxIdleMs } = this.#limits;
    const nowMs = performance.now();
    for (const { connection, sinceMs, retireMs } of [...this.#idle]) {
      const idleMs = nowMs - sinceMs;
      const isSurplus = idleMs >= surplusIdleMs && this.#idle.length > keptIdle;
      if (idleMs >= maxIdleMs || isSurplus || nowMs >= retireMs) connection.quit();
    }
    if (this.#idle.length > 0) this.#sweep = setTimeout(this.#onSweep, surplusIdleMs).unref();
  };
}
