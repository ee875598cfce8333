/** What the shell needs of a next hop, whatever stands behind it. */
import type { NextHop } from '../../policy/next-hop.ts';
import type { HopAnswer, MailCommand } from '../../protocol/hop-answer.ts';

/**
 * One mail transaction at one next hop.
 *
 * Order of calls: `offerRecipient` (once or more, each awaited), `startContent` (awaited), `write` …, then
 * `finish` once; or `abandon` once at any moment. No promise ever rejects: what went wrong is the answer.
 */
export interface HopTransaction {
  /** Asks for one recipient, MAIL before the first. `forwardPath` is without its angle brackets. */
  offerRecipient(forwardPath: string): Promise<HopAnswer>;
  /** Sends DATA; taken means 354. */
  startContent(): Promise<HopAnswer>;
  /**
   * Passes on dot-stuffed content as it is. Returns false when the caller must wait for `onDrain`, so that a slow hop
   * does not grow memory. After the hop broke, content is dropped and true returned: `finish` tells.
   */
  write(content: Uint8Array): boolean;
  /** Sends the terminator, held back until now; taken means that the message is the hop's. */
  finish(): Promise<HopAnswer>;
  /** Nothing is handed on: RSET before content, a dropped connection after it. */
  abandon(): void;
}

/** Seconds; from the server's settings at the start of the transaction. */
export interface HopTimeouts {
  readonly connectSeconds: number;
  readonly replySeconds: number;
  readonly finalSeconds: number;
}

export interface HopTransactionOptions {
  readonly mail: MailCommand;
  readonly timeouts: HopTimeouts;
  /** Address of the client whose transaction it is; a hop's connections are shared out among clients. */
  readonly client?: string;
  /** Called when `write` may go on after it returned false. */
  readonly onDrain: () => void;
}

export interface NextHops {
  begin(hop: NextHop, options: HopTransactionOptions): HopTransaction;
  /** Closes idle connections now and busy ones when their transaction ends. */
  close(): void;
}
