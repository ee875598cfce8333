/**
 * The connections to one next hop: lent to one transaction at a time, kept for a while in between.
 *
 * Whoever wants a connection waits, if only for the length of a call, and `#serve` works off those who wait: one loop,
 * never entered twice. A borrower may give its connection back within the call that lends it; lent on from there, as
 * many calls would stand in one another as borrowers wait.
 */
import type { SmtpNextHop } from '../../../../policy/next-hop.ts';
import type { HopAnswer } from '../../../../protocol/hop/hop-answer.ts';
import { type HopCapabilities, hopDown } from '../../../../protocol/hop/hop-reply.ts';
import { Faults } from '../../../faults.ts';
import { HopConnection } from '../connection/hop-connection.ts';
import type { HopStatus } from '../connection/hop-status.ts';
import { openHop } from '../connection/open-hop.ts';
import type { OwnLogin } from '../connection/own-login.ts';
import { ResetListener } from '../connection/reset-listener.ts';
import { ClientShares } from './client-shares.ts';
import { IdleConnections, type IdleLimits } from './idle-connections.ts';
import type { Borrower, Lender, LoanTerms } from './lender.ts';

export interface HopPoolLimits extends IdleLimits {
  /** Connections to one hop, idle ones and those being opened included. */
  readonly maxConnections: number;
  /** Connections that one client's transactions may have. */
  readonly maxPerClient: number;
  /** Transactions that a connection serves. */
  readonly maxTransactions: number;
  /** How long after its opening a connection is lent. */
  readonly maxAgeMs: number;
}

export const HOP_POOL_LIMITS: HopPoolLimits = {
  // What common mail servers allow one client: Postfix's smtpd_client_connection_count_limit is 50.
  maxConnections: 50,
  // Half: one client that holds its transactions open leaves the other half to everybody else.
  maxPerClient: 25,
  // Servers end or refuse a connection that has served so many (Postfix's smtp_connection_reuse_count_limit, from the
  // other side) or stood so long: 10 minutes with Stalwart, 20 with Office 365. To leave first is to meet neither.
  maxTransactions: 100,
  maxAgeMs: 300_000,
  // A burst leaves as many connections as it was wide; four bridge the pauses of steady traffic.
  keptIdle: 4,
  surplusIdleMs: 5000,
  // Well below the 300 s after which a server may leave (RFC 5321 section 4.5.3.2.7), so that few are found stale.
  maxIdleMs: 60_000,
};

/** Milliseconds; as long as what EHLO offered is taken to hold for a connection that is not yet there. */
const CAPABILITIES_KNOWN_MS = 60_000;

interface Waiter {
  readonly borrower: Borrower;
  readonly terms: LoanTerms;
  readonly byMs: number;
  isInLine: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** A connection's life in the pool. */
interface Life {
  readonly retireMs: number;
  wasLent: boolean;
}

export interface HopPoolOptions {
  readonly ehloName: () => string;
  /** Asked each time: policy may change them. */
  readonly limits: () => HopPoolLimits;
  /** The login that the hop's `auth` names. */
  readonly ownLogin?: OwnLogin | undefined;
  /** What is remembered of the hop. @default nothing */
  readonly status?: HopStatus | undefined;
  /** Where faults of ours are told. @default no one reads */
  readonly faults?: Faults | undefined;
  /** A connection's EHLO has been heard. */
  readonly onOpened?: (connection: HopConnection) => void;
}

export class HopPool implements Lender {
  readonly #hop: SmtpNextHop;
  readonly #options: HopPoolOptions;
  readonly #lives = new Map<HopConnection, Life>();
  readonly #idle: IdleConnections;
  readonly #waiters: Waiter[] = [];
  /** Borrowers for whom a connection is being opened, and their clients. */
  readonly #openings = new Map<Borrower, string | undefined>();
  /** Connections that are out, and the clients whose share they come from. */
  readonly #lent = new Map<HopConnection, string | undefined>();
  readonly #shares: ClientShares;
  readonly #faults: Faults;
  #openingCount = 0;
  #isServing = false;
  #heard: { readonly capabilities: HopCapabilities; readonly untilMs: number } | undefined;
  #isClosed = false;

  constructor(hop: SmtpNextHop, options: HopPoolOptions) {
    this.#hop = hop;
    this.#options = options;
    this.#idle = new IdleConnections(options.limits());
    this.#shares = new ClientShares(() => options.limits().maxPerClient);
    this.#faults = options.faults ?? new Faults();
  }

  /** Connections of any kind, those being opened included. */
  get size(): number {
    return this.#lives.size + this.#openingCount;
  }

  get idleCount(): number {
    return this.#idle.count;
  }

  get knownCapabilities(): HopCapabilities | undefined {
    const heard = this.#heard;
    return heard !== undefined && performance.now() < heard.untilMs ? heard.capabilities : undefined;
  }

  /** Lends a connection: an idle one, else a new one, else (at the cap, or the client's) the first that comes free. */
  lend(borrower: Borrower, terms: LoanTerms): void {
    const { connectMs } = terms;
    const waiter: Waiter = { borrower, terms, byMs: performance.now() + connectMs, isInLine: true, timer: undefined };
    this.#waiters.push(waiter);
    this.#serve();
    if (waiter.isInLine) waiter.timer = setTimeout(() => this.#onWaitOver(waiter), connectMs);
  }

  withdraw(borrower: Borrower): void {
    if (this.#openings.has(borrower)) this.#shares.giveBack(this.#openings.get(borrower));
    this.#openings.delete(borrower);
    const index = this.#waiters.findIndex((waiter) => waiter.borrower === borrower);
    if (index !== -1) this.#dequeue(index);
  }

  release(connection: HopConnection): void {
    this.#takeBack(connection);
    const life = this.#lives.get(connection);
    if (life === undefined || !connection.isReusable) {
      connection.destroy();
    } else if (this.#isOverWith(connection, life)) {
      connection.quit();
    } else {
      this.#idle.add(connection, life.retireMs);
      this.#serve();
    }
  }

  reset(connection: HopConnection, replyMs: number): void {
    if (connection.isSpent) connection.quit();
    else new ResetListener(connection, { replyMs, onReset: () => this.release(connection) }).start();
  }

  /** Idle connections go now, busy ones when they come back. */
  close(): void {
    this.#isClosed = true;
    this.#idle.quitAll();
  }

  /** Works off those who wait, as far as there are connections or places for them. */
  #serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      while (this.#serveNext());
      if (this.#isClosed) this.#idle.quitAll();
    } finally {
      this.#isServing = false;
    }
  }

  /** Whether anything was done, so that there may be more to do. */
  #serveNext(): boolean {
    if (this.#waiters.length === 0) return false;
    if (this.#idle.count > 0 && this.#lendIdle()) return true;
    const hasPlace = this.size < this.#options.limits().maxConnections;
    if (!hasPlace && this.#idle.count === 0) return false;
    const index = this.#waiters.findIndex(({ terms }) => this.#shares.hasRoom(terms.client));
    if (index === -1) return false;
    // An idle one that fits no waiter makes room for one that does.
    if (hasPlace) this.#open(this.#dequeue(index));
    else this.#idle.quitOldest();
    return true;
  }

  /** Lends an idle connection to the first whom one fits, and whose client has not its whole share. */
  #lendIdle(): boolean {
    for (const [index, { borrower, terms }] of this.#waiters.entries()) {
      const { client, mustBeNew, fits = fitsAny } = terms;
      if (mustBeNew || !this.#shares.hasRoom(client)) continue;
      const connection = this.#idle.take(fits);
      if (connection === undefined) continue;
      this.#dequeue(index);
      this.#shares.take(client);
      const end = (): void => connection.destroy();
      this.#faults.guard('next-hop-lent', () => this.#lend(connection, borrower, client), end);
      return true;
    }
    return false;
  }

  /** The share has been taken. */
  #lend(connection: HopConnection, borrower: Borrower, client: string | undefined): void {
    const life = this.#lives.get(connection);
    if (life === undefined) throw new TypeError('A connection is lent that is not of this pool');
    const { wasLent } = life;
    life.wasLent = true;
    this.#lent.set(connection, client);
    borrower.onLent(connection, wasLent);
  }

  #takeBack(connection: HopConnection): void {
    if (this.#lent.has(connection)) this.#shares.giveBack(this.#lent.get(connection));
    this.#lent.delete(connection);
  }

  #isOverWith({ isSpent, transactions }: HopConnection, { retireMs }: Life): boolean {
    return isSpent || transactions >= this.#options.limits().maxTransactions || performance.now() >= retireMs;
  }

  #open({ borrower, terms: { client }, byMs }: Waiter): void {
    this.#openingCount += 1;
    this.#openings.set(borrower, client);
    this.#shares.take(client);
    const connectMs = byMs - performance.now();
    // It never rejects.
    const { ehloName, ownLogin, status } = this.#options;
    void openHop(this.#hop, { ehloName: ehloName(), connectMs, ownLogin, status, faults: this.#faults }).then(
      (opened) => {
        this.#openingCount -= 1;
        const end = (): void => (opened instanceof HopConnection ? opened.destroy() : undefined);
        this.#faults.guard('next-hop-opened', () => this.#onOpened(borrower, opened), end);
        this.#serve();
      },
    );
  }

  #onOpened(borrower: Borrower, opened: HopConnection | HopAnswer): void {
    const client = this.#openings.get(borrower);
    const isWanted = this.#openings.delete(borrower);
    if (!(opened instanceof HopConnection)) {
      if (!isWanted) return;
      this.#shares.giveBack(client);
      borrower.onNoneLent(opened);
      return;
    }
    const nowMs = performance.now();
    this.#heard = { capabilities: opened.capabilities, untilMs: nowMs + CAPABILITIES_KNOWN_MS };
    this.#options.onOpened?.(opened);
    this.#lives.set(opened, { retireMs: nowMs + this.#options.limits().maxAgeMs, wasLent: false });
    opened.onOver = () => this.#forget(opened);
    if (isWanted) this.#lend(opened, borrower, client);
    else this.release(opened);
  }

  #onWaitOver(waiter: Waiter): void {
    const { borrower, terms } = waiter;
    const { maxConnections, maxPerClient } = this.#options.limits();
    const busy = this.#shares.hasRoom(terms.client) ? `all ${maxConnections}` : `the client's ${maxPerClient}`;
    this.#dequeue(this.#waiters.indexOf(waiter));
    const answer = hopDown(`${busy} connections busy`);
    this.#faults.guard('next-hop-wait', () => borrower.onNoneLent(answer));
  }

  /** Takes a waiter out of the line. */
  #dequeue(index: number): Waiter {
    const waiter = index === 0 ? this.#waiters.shift() : this.#waiters.splice(index, 1)[0];
    if (waiter === undefined) throw new RangeError(`No waiter ${index}`);
    waiter.isInLine = false;
    clearTimeout(waiter.timer);
    return waiter;
  }

  #forget(connection: HopConnection): void {
    this.#takeBack(connection);
    this.#lives.delete(connection);
    this.#idle.forget(connection);
    this.#serve();
  }
}

function fitsAny(): boolean {
  return true;
}
