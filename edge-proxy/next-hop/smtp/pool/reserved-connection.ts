/** Lends one connection to the transactions of one session, in turn: the one on which its client has logged in. */
import { hopDropped } from '../../../../protocol/hop/hop-reply.ts';
import { type HopConnection, IDLE_LISTENER } from '../connection/hop-connection.ts';
import { ResetListener } from '../connection/reset-listener.ts';
import type { Borrower, Lender } from './lender.ts';

const LOST = hopDropped('the connection that was logged in is gone');

export class ReservedConnection implements Lender {
  readonly isSole = true;
  readonly #connection: HopConnection;
  #isOver = false;
  #isBusy = false;
  /** Came before the RSET of the transaction before was answered. */
  #waiting: Borrower | undefined;

  constructor(connection: HopConnection) {
    this.#connection = connection;
    connection.listener = IDLE_LISTENER;
  }

  /** No other will do: no one else knows the credentials. So it is never called reused, which would have it replaced. */
  lend(borrower: Borrower): void {
    if (this.#isOver) borrower.onNoneLent(LOST);
    else if (this.#isBusy) this.#waiting = borrower;
    else this.#lend(borrower);
  }

  withdraw(borrower: Borrower): void {
    if (this.#waiting === borrower) this.#waiting = undefined;
  }

  release(connection: HopConnection): void {
    if (!connection.isReusable) {
      connection.destroy();
      return;
    }
    this.#isBusy = false;
    connection.listener = IDLE_LISTENER;
    const borrower = this.#waiting;
    this.#waiting = undefined;
    if (borrower !== undefined) this.#lend(borrower);
  }

  reset(connection: HopConnection, replyMs: number): void {
    new ResetListener(connection, { replyMs, onReset: () => this.release(connection) }).start();
  }

  /** The connection is gone. */
  end(): void {
    this.#isOver = true;
    const borrower = this.#waiting;
    this.#waiting = undefined;
    borrower?.onNoneLent(LOST);
  }

  #lend(borrower: Borrower): void {
    this.#isBusy = true;
    borrower.onLent(this.#connection, false);
  }
}
