/** The connections to one next hop: lent to one transaction at a time, kept for a while in between. */
import type { SmtpNextHop } from '../../../policy/next-hop.ts';
import type { HopAnswer } from '../../../protocol/hop/hop-answer.ts';
import { hopDown } from '../../../protocol/hop/hop-reply.ts';
import { Faults } from '../../faults.ts';
import { ClientShares } from './client-shares.ts';
import { HopConnection, IDLE_LISTENER } from './hop-connection.ts';
import { openHop } from './open-hop.ts';
import { ResetListener } from './reset-listener.ts';

export interface HopPoolLimits {
  /** Connections to one hop, idle ones and those being opened included. */
  readonly maxConnections: number;
  /** Of them, those that one client's transactions may have. */
  readonly maxPerClient: number;
  /** Idle connections that outlast `surplusIdleMs`. */
  readonly keptIdle: number;
  readonly surplusIdleMs: number;
  readonly maxIdleMs: number;
}

export const HOP_POOL_LIMITS: HopPoolLimits = {
  // What common mail servers allow one client: Postfix's smtpd_client_connection_count_limit is 50.
  maxConnections: 50,
  // Half: one client that holds its transactions open leaves the other half to everybody else.
  maxPerClient: 25,
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
  /** Whose share of the connections it comes from; nobody's when undefined. */
  readonly client: string | undefined;
  /** Whether an idle connection will do. @default any does */
  readonly fits?: ((connection: HopConnection) => boolean) | undefined;
}

/** What a transaction needs of the pool. */
export interface Lender {
  /** It has one connection and no other: nothing may be asked on it ahead of time that only its end could undo. */
  readonly isSole?: boolean;
  lend(borrower: Borrower, terms: LoanTerms): void;
  withdraw(borrower: Borrower): void;
  release(connection: HopConnection): void;
  reset(connection: HopConnection, replyMs: number): void;
}

interface Waiter {
  readonly borrower: Borrower;
  readonly client: string | undefined;
  readonly fits: (connection: HopConnection) => boolean;
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
  /** Where faults of ours are told. @default nobody reads */
  readonly faults?: Faults | undefined;
  /** A connection's EHLO has been heard. */
  readonly onOpened?: (connection: HopConnection) => void;
}

export class HopPool implements Lender {
  readonly #hop: SmtpNextHop;
  readonly #options: HopPoolOptions;
  readonly #connections = new Set<HopConnection>();
  /** Oldest first; lent from the end, so that the surplus of a burst grows old. */
  readonly #idle: IdleConnection[] = [];
  readonly #waiters: Waiter[] = [];
  /** Borrowers for whom a connection is being opened, and their clients. */
  readonly #openings = new Map<Borrower, string | undefined>();
  /** Connections that are out, and the clients whose share they come from. */
  readonly #lent = new Map<HopConnection, string | undefined>();
  readonly #shares: ClientShares;
  readonly #faults: Faults;
  #openingCount = 0;
  #sweep: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(hop: SmtpNextHop, options: HopPoolOptions) {
    this.#hop = hop;
    this.#options = options;
    this.#shares = new ClientShares(options.limits.maxPerClient);
    this.#faults = options.faults ?? new Faults();
  }

  /** Connections of any kind, those being opened included. */
  get size(): number {
    return this.#connections.size + this.#openingCount;
  }

  get idleCount(): number {
    return this.#idle.length;
  }

  /** Lends a connection: an idle one, else a new one, else (at the cap, or the client's) the first that comes free. */
  lend(borrower: Borrower, terms: LoanTerms): void {
    const { connectMs, mustBeNew, client } = terms;
    const hasRoom = this.#shares.hasRoom(client);
    const idle = hasRoom && !mustBeNew ? this.#takeIdle(terms) : undefined;
    // One that fits nobody here makes room for one that does.
    if (hasRoom && idle === undefined && this.size >= this.#options.limits.maxConnections) {
      this.#idle[0]?.connection.quit();
    }
    if (idle !== undefined) this.#lend(idle.connection, borrower, client);
    else if (hasRoom && this.size < this.#options.limits.maxConnections) this.#open(borrower, client, connectMs);
    else this.#wait(borrower, terms);
  }

  /** Ends a `lend` that has not been answered; the borrower is not called any more. */
  withdraw(borrower: Borrower): void {
    if (this.#openings.has(borrower)) this.#shares.giveBack(this.#openings.get(borrower));
    this.#openings.delete(borrower);
    const index = this.#waiters.findIndex((waiter) => waiter.borrower === borrower);
    if (index === -1) return;
    clearTimeout(this.#waiters[index]?.timer);
    this.#waiters.splice(index, 1);
  }

  /** Takes a connection back that has no transaction open; one that spoke unasked is dropped. */
  release(connection: HopConnection): void {
    this.#takeBack(connection);
    if (!connection.isReusable) {
      connection.destroy();
      return;
    }
    if (this.#isClosed && this.#waiters.length === 0) {
      connection.quit();
      return;
    }
    const waiter = this.#nextWaiter(({ fits }) => fits(connection));
    if (waiter !== undefined) {
      this.#lend(connection, waiter.borrower, waiter.client);
      return;
    }
    if (this.#isWaitedFor) {
      // In its place one is opened that fits.
      connection.quit();
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

  /** The one that came back last, of those that fit. */
  #takeIdle({ fits = () => true }: LoanTerms): IdleConnection | undefined {
    const index = this.#idle.findLastIndex(({ connection }) => fits(connection));
    return index === -1 ? undefined : this.#idle.splice(index, 1)[0];
  }

  #lend(connection: HopConnection, borrower: Borrower, client: string | undefined): void {
    this.#shares.take(client);
    this.#lent.set(connection, client);
    borrower.onLent(connection, true);
  }

  #takeBack(connection: HopConnection): void {
    if (this.#lent.has(connection)) this.#shares.giveBack(this.#lent.get(connection));
    this.#lent.delete(connection);
  }

  #open(borrower: Borrower, client: string | undefined, connectMs: number): void {
    this.#openingCount += 1;
    this.#openings.set(borrower, client);
    this.#shares.take(client);
    // It never rejects.
    const opening = openHop(this.#hop, { ehloName: this.#options.ehloName(), connectMs, faults: this.#faults });
    void opening.then((opened) => {
      this.#openingCount -= 1;
      const end = (): void => (opened instanceof HopConnection ? opened.destroy() : undefined);
      this.#faults.guard('next-hop-opened', () => this.#onOpened(borrower, opened), end);
    });
  }

  #onOpened(borrower: Borrower, opened: HopConnection | HopAnswer): void {
    const client = this.#openings.get(borrower);
    const isWanted = this.#openings.delete(borrower);
    if (!(opened instanceof HopConnection)) {
      if (isWanted) {
        this.#shares.giveBack(client);
        borrower.onNoneLent(opened);
      }
      this.#serveWaiter();
      return;
    }
    this.#options.onOpened?.(opened);
    this.#connections.add(opened);
    opened.onOver = () => this.#forget(opened);
    if (!isWanted) {
      this.release(opened);
      return;
    }
    this.#lent.set(opened, client);
    borrower.onLent(opened, false);
  }

  #wait(borrower: Borrower, { client, connectMs, fits = () => true }: LoanTerms): void {
    const timer = setTimeout(() => {
      const { maxConnections, maxPerClient } = this.#options.limits;
      const busy = this.#shares.hasRoom(client) ? `all ${maxConnections}` : `the client's ${maxPerClient}`;
      this.withdraw(borrower);
      const answer = hopDown(`${busy} connections busy`);
      this.#faults.guard('next-hop-wait', () => borrower.onNoneLent(answer));
    }, connectMs);
    this.#waiters.push({ borrower, client, fits, byMs: performance.now() + connectMs, timer });
  }

  /** Whether somebody waits whose client has not its whole share. */
  get #isWaitedFor(): boolean {
    return this.#waiters.some(({ client }) => this.#shares.hasRoom(client));
  }

  /** The first whose client has not its whole share, of those that `suits`; it waits no longer. */
  #nextWaiter(suits: (waiter: Waiter) => boolean = () => true): Waiter | undefined {
    const index = this.#waiters.findIndex((waiter) => this.#shares.hasRoom(waiter.client) && suits(waiter));
    if (index === -1) return undefined;
    const [waiter] = this.#waiters.splice(index, 1);
    clearTimeout(waiter?.timer);
    return waiter;
  }

  #forget(connection: HopConnection): void {
    this.#takeBack(connection);
    this.#connections.delete(connection);
    const index = this.#idle.findIndex((idle) => idle.connection === connection);
    if (index !== -1) this.#idle.splice(index, 1);
    this.#serveWaiter();
  }

  /** A place came free without a connection to fill it. */
  #serveWaiter(): void {
    if (this.size >= this.#options.limits.maxConnections) return;
    const waiter = this.#nextWaiter();
    if (waiter !== undefined) this.#open(waiter.borrower, waiter.client, waiter.byMs - performance.now());
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
