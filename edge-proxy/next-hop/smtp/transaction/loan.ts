/**
 * A transaction's connection: lent, told of the client, and at most once exchanged for a new one.
 *
 * A connection that served others before may have gone stale unnoticed, or be one of which the hop has had enough
 * (some answer 451 or 452 to each message after the tenth of a connection): what it is told then concerns the connection
 * and not the message, and is asked once more on a new one.
 */
import type { HopAnswer } from '../../../../protocol/hop/hop-answer.ts';
import type { HopConnection } from '../connection/hop-connection.ts';
import { canServe, type Introduction, type Passing, XclientExchange } from '../connection/xclient-exchange.ts';
import type { Borrower, Lender } from '../pool/lender.ts';

export interface LoanOptions {
  readonly lender: Lender;
  readonly connectMs: number;
  readonly replyMs: number;
  readonly client: string | undefined;
  /** The client whom hops that offer XCLIENT are told of; no client when undefined. */
  readonly passing: Passing | undefined;
  /** Called with each connection, perhaps before `start` or `exchange` returns; its listener is still to be set. */
  readonly onReady: (connection: HopConnection) => void;
  readonly onFailed: (answer: HopAnswer) => void;
}

export class Loan implements Borrower {
  readonly #options: LoanOptions;
  #stage: 'new' | 'lending' | 'introducing' | 'ready' | 'over' = 'new';
  #connection: HopConnection | undefined;
  #isReused = false;
  #hasExchanged = false;
  /** What is answered when there is no other connection. */
  #fallback: HopAnswer | undefined;

  constructor(options: LoanOptions) {
    this.#options = options;
  }

  start(): void {
    this.#borrow(false);
  }

  /**
   * Whether it takes a new connection in place of the one it has, which is left.
   *
   * @param fallback what is answered when no new one can be had. @default why there is none
   * @param mayBeInContent no command can be said on the one it has
   */
  exchange(fallback?: HopAnswer, mayBeInContent = false): boolean {
    if (!this.#isReused || this.#hasExchanged) return false;
    this.#hasExchanged = true;
    this.#fallback = fallback;
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection?.isSpent && !mayBeInContent) connection.quit();
    else connection?.destroy();
    this.#borrow(true);
    return true;
  }

  /** Ends it before the connection is ready; after that the connection is the transaction's to give back. */
  abandon(): void {
    if (this.#stage === 'lending') this.#options.lender.withdraw(this);
    if (this.#stage === 'introducing') this.#connection?.destroy();
    this.#stage = 'over';
    this.#connection = undefined;
  }

  onLent(connection: HopConnection, isReused: boolean): void {
    this.#connection = connection;
    this.#isReused = isReused;
    const { passing, replyMs } = this.#options;
    if (passing === undefined) {
      this.#ready(connection);
      return;
    }
    this.#stage = 'introducing';
    const onDone = (introduction: Introduction): void => this.#onIntroduced(connection, introduction);
    new XclientExchange(connection, { passing, replyMs, onDone }).start();
  }

  onNoneLent(answer: HopAnswer): void {
    this.#fail(answer);
  }

  #onIntroduced(connection: HopConnection, introduction: Introduction): void {
    // Given up meanwhile.
    if (this.#stage !== 'introducing') return;
    if (introduction.isReady) this.#ready(connection);
    else if (!introduction.isStale || !this.exchange()) this.#fail(introduction.answer);
  }

  #ready(connection: HopConnection): void {
    this.#stage = 'ready';
    this.#options.onReady(connection);
  }

  #fail(answer: HopAnswer): void {
    this.#stage = 'over';
    this.#options.onFailed(this.#fallback ?? answer);
  }

  #borrow(mustBeNew: boolean): void {
    this.#stage = 'lending';
    const { lender, client, connectMs, passing } = this.#options;
    const fits = passing && ((connection: HopConnection) => canServe(connection, passing));
    lender.lend(this, { connectMs, mustBeNew, client, fits });
  }
}
