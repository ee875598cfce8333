/** The connections to one next hop: lent to one transaction at a time, kept for a while in between. */
import type { SmtpNextHop } from '../../policy/next-hop.ts';
import type { HopAnswer } from '../../protocol/hop-answer.ts';
import { hopDown } from '../../protocol/hop-reply.ts';
import { HopConnection, type HopListener } from './hop-connection.ts';
import { openHop } from './open-hop.ts';
import { ResetListener } from './reset-listener.ts';

export interface HopPoolLimits {
  /** Connections to one hop, idle ones and those being opened included. */
  readonly maxConnections: number;
  /** Idle connections that outlast `surplusIdleMs`. */
  readonly keptIdle: number;
  readonly surplusIdleMs: number;
  readonly maxIdleMs: number;
}

export const HOP_POOL_LIMITS: HopPoolLimits = {
  // What common mail servers allow one client: Postfix's smtpd_client_connection_count_limit is 50.
  maxConnections: 50,
  // A burst leaves as many connections as it was wide; four bridge the pauses of steady traffic.
  keptIdle: 4,
  surplusIdleMs: 5000,
  // Well below the 300 s after which a server may leave (RFC 5321 section 4.5.3.2.7), so that few are found stale.
  maxIdleMs: 60_000,
};

/** Who wants a connection; exactly one of the two is called for each `lend`, perhaps before it returns. */
export interface Borrower {
  /** `isReused`: an earlier transaction used it, so that the hop may have closed it unnoticed. */
  onLent(connection: HopConnection, isReused: boolean): void;
  onNoneLent(answer: HopAnswer): void;
}

export interface LoanTerms {
  /** For waiting and opening together. */
  readonly connectMs: number;
  /** No idle connection will do: one has just been found stale. */
  readonly mustBeNew: boolean;
}

/** What a transaction needs of the pool. */
export interface Lender {
  lend(borrower: Borrower, terms: LoanTerms): void;
  withdraw(borrower: Borrower): void;
  release(connection: HopConnection): void;
  reset(connection: HopConnection, replyMs: number): void;
}

interface Waiter {
  readonly borrower: Borrower;
  readonly byMs: number;
  readonly timer: NodeJS.Timeout;
}

interface IdleConnection {
  readonly connection: HopConnection;
  readonly sinceMs: number;
}

export interface HopPoolOptions {
  readonly ehloName: () => string;
  readonly limits: HopPoolLimits;
}

export class HopPool implements Lender {
  readonly #hop: SmtpNextHop;
  readonly #options: HopPoolOptions;
  readonly #connections = new Set<HopConnection>();
  /** Oldest first; lent from the end, so that the surplus of a burst grows old. */
  readonly #idle: IdleConnection[] = [];
  readonly #waiters: Waiter[] = [];
  /** Borrowers for whom a connection is being opened. */
  readonly #openings = new Set<Borrower>();
  #openingCount = 0;
  #sweep: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(hop: SmtpNextHop, options: HopPoolOptions) {
    this.#hop = hop;
    this.#options = options;
  }

  /** Connections of any kind, those being opened included. */
  get size(): number {
    return this.#connections.size + this.#openingCount;
  }

  get idleCount(): number {
    return this.#idle.length;
  }

  /** Lends a connection: an idle one, else a new one, else (at the cap) the first that comes free. */
  lend(borrower: Borrower, terms: LoanTerms): void {
    if (!terms.mustBeNew) {
      const idle = this.#idle.pop();
      if (idle !== undefined) {
        borrower.onLent(idle.connection, true);
        return;
      }
    }
    const { maxConnections } = this.#options.limits;
    if (this.size < maxConnections) this.#open(borrower, terms.connectMs);
    else this.#wait(borrower, terms.connectMs);
  }

  /** Ends a `lend` that has not been answered; the borrower is not called any more. */
  withdraw(borrower: Borrower): void {
    this.#openings.delete(borrower);
    const index = this.#waiters.findIndex((waiter) => waiter.borrower === borrower);
    if (index === -1) return;
    clearTimeout(this.#waiters[index]?.timer);
    this.#waiters.splice(index, 1);
  }

  /** Takes a connection back that has no transaction open; one that spoke unasked is dropped. */
  release(connection: HopConnection): void {
    if (!connection.isReusable) {
      connection.destroy();
      return;
    }
    if (this.#isClosed && this.#waiters.length === 0) {
      connection.quit();
      return;
    }
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      clearTimeout(waiter.timer);
      waiter.borrower.onLent(connection, true);
      return;
    }
    connection.listener = IDLE_LISTENER;
    this.#idle.push({ connection, sinceMs: performance.now() });
    this.#sweep ??= setTimeout(this.#onSweep, this.#options.limits.surplusIdleMs).unref();
  }

  /** Takes a connection back in the middle of a transaction, before content: RSET first, each reply within `replyMs`. */
  reset(connection: HopConnection, replyMs: number): void {
    new ResetListener(connection, { replyMs, onReset: () => this.release(connection) }).start();
  }

  /** Idle connections go now, busy ones when they come back. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#sweep);
    this.#sweep = undefined;
    for (const { connection } of [...this.#idle]) connection.quit();
  }

  #open(borrower: Borrower, connectMs: number): void {
    this.#openingCount += 1;
    this.#openings.add(borrower);
    // It never rejects.
    void openHop(this.#hop, { ehloName: this.#options.ehloName(), connectMs }).then((opened) => {
      this.#openingCount -= 1;
      this.#onOpened(borrower, opened);
    });
  }

  #onOpened(borrower: Borrower, opened: HopConnection | HopAnswer): void {
    const isWanted = this.#openings.delete(borrower);
    if (!(opened instanceof HopConnection)) {
      if (isWanted) borrower.onNoneLent(opened);
      this.#serveWaiter();
      return;
    }
    this.#connections.add(opened);
    opened.onOver = () => this.#forget(opened);
    if (isWanted) borrower.onLent(opened, false);
    else this.release(opened);
  }

  #wait(borrower: Borrower, connectMs: number): void {
    const timer = setTimeout(() => {
      this.withdraw(borrower);
      borrower.onNoneLent(hopDown(`all ${this.#options.limits.maxConnections} connections busy`));
    }, connectMs);
    this.#waiters.push({ borrower, byMs: performance.now() + connectMs, timer });
  }

  #forget(connection: HopConnection): void {
    this.#connections.delete(connection);
    const index = this.#idle.findIndex((idle) => idle.connection === connection);
    if (index !== -1) this.#idle.splice(index, 1);
    this.#serveWaiter();
  }

  /** A place came free without a connection to fill it. */
  #serveWaiter(): void {
    if (this.size >= this.#options.limits.maxConnections) return;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return;
    clearTimeout(waiter.timer);
    this.#open(waiter.borrower, waiter.byMs - performance.now());
  }

  readonly #onSweep = (): void => {
    this.#sweep = undefined;
    const { keptIdle, surplusIdleMs, maxIdleMs } = this.#options.limits;
    const nowMs = performance.now();
    for (const { connection, sinceMs } of [...this.#idle]) {
      const idleMs = nowMs - sinceMs;
      const isSurplus = idleMs >= surplusIdleMs && this.#idle.length > keptIdle;
      if (idleMs >= maxIdleMs || isSurplus) connection.quit();
    }
    if (this.#idle.length > 0) this.#sweep = setTimeout(this.#onSweep, surplusIdleMs).unref();
  };
}

/** An idle hop that speaks or leaves breaks its connection, and the pool hears of that by `onOver`. */
const IDLE_LISTENER: HopListener = {
  onReply() {},
  onBroken() {},
  onDrain() {},
};
