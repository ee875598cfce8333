/** What lends connections to transactions, and to whom: the pool of a hop, or a connection reserved for one session. */
import type { HopAnswer } from '../../../../protocol/hop/hop-answer.ts';
import type { HopCapabilities } from '../../../../protocol/hop/hop-reply.ts';
import type { HopConnection } from '../connection/hop-connection.ts';

/** Who wants a connection; exactly one of the two is called for each `lend`, perhaps before it returns. */
export interface Borrower {
  /** `isReused`: an earlier transaction used it, so that the hop may have closed it unnoticed, or had enough of it. */
  onLent(connection: HopConnection, isReused: boolean): void;
  onNoneLent(answer: HopAnswer): void;
}

export interface LoanTerms {
  /** For waiting and opening together. */
  readonly connectMs: number;
  /** No idle connection will do: one has just been found stale or spent. */
  readonly mustBeNew: boolean;
  /** The client from whose share of the connections it comes; no share is used when undefined. */
  readonly client: string | undefined;
  /** Whether an idle connection will do. @default any does */
  readonly fits?: ((connection: HopConnection) => boolean) | undefined;
}

/** What a transaction needs of whoever lends. */
export interface Lender {
  /** It has one connection and no other: nothing may be asked on it ahead of time that only its end could undo. */
  readonly isSole?: boolean;
  /** What the hop offered lately, where that is known before a connection is lent. */
  readonly knownCapabilities?: HopCapabilities | undefined;
  lend(borrower: Borrower, terms: LoanTerms): void;
  /** Ends a `lend` that has not been answered; the borrower is not called any more. */
  withdraw(borrower: Borrower): void;
  /** Takes a connection back that has no transaction open; one that spoke unasked is dropped. */
  release(connection: HopConnection): void;
  /** Takes a connection back in the middle of a transaction, before content: RSET first, each reply within `replyMs`. */
  reset(connection: HopConnection, replyMs: number): void;
}
