/** Ends an abandoned transaction at the hop, so that its connection can serve another. */
import type { ServerReply } from '../../../../protocol/hop/reply-parser.ts';
import type { HopConnection, HopListener } from './hop-connection.ts';

export interface ResetOptions {
  readonly replyMs: number;
  /** The hop said 250 to RSET. */
  readonly onReset: () => void;
}

/** Waits for replies still due, which no one wants any more, then sends RSET. */
export class ResetListener implements HopListener {
  readonly #connection: HopConnection;
  readonly #options: ResetOptions;
  #isSent = false;

  constructor(connection: HopConnection, options: ResetOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  start(): void {
    this.#connection.listener = this;
    if (this.#connection.dueReplies === 0) this.#send();
  }

  onReply(reply: ServerReply): void {
    if (reply.code === 421) this.#connection.destroy();
    else if (this.#connection.dueReplies > 0) return;
    else if (!this.#isSent) this.#send();
    else if (reply.code === 250) this.#options.onReset();
    else this.#connection.destroy();
  }

  onBroken(): void {
    // The pool has heard of it, and no one else waits.
  }

  onDrain(): void {
    // No content is under way.
  }

  #send(): void {
    this.#isSent = true;
    this.#connection.ask('RSET\r\n', 1, this.#options.replyMs);
  }
}
