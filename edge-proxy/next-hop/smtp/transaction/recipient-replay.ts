/** Tells a new connection what an old one had taken: MAIL, and each recipient that the client was told of. */
import { answerTo } from '../../../../protocol/hop/hop-reply.ts';
import type { ServerReply } from '../../../../protocol/hop/reply-parser.ts';
import type { HopConnection, HopListener } from '../connection/hop-connection.ts';
import { canSayAgain, mailLine, recipientLine, type Told } from './hop-commands.ts';

export interface ReplayOptions {
  readonly replyMs: number;
  /** Called once: whether the hop took all of them. The connection is not left when it did not. */
  readonly onDone: (isTaken: boolean) => void;
}

/** Whether the new connection can be told all of it, and is. */
export function sayAgain(connection: HopConnection, told: Told, options: ReplayOptions): boolean {
  const { capabilities } = connection;
  if (!canSayAgain(told, capabilities)) return false;
  connection.transactions += 1;
  const lines = [mailLine(told.mail, capabilities), ...told.recipients.map(recipientLine)];
  new RecipientReplay(connection, lines, options).start();
  return true;
}

class RecipientReplay implements HopListener {
  readonly #connection: HopConnection;
  /** That of MAIL, then one of RCPT for each recipient, CR LF included. */
  readonly #lines: readonly string[];
  readonly #options: ReplayOptions;
  #heard = 0;
  #isOver = false;

  constructor(connection: HopConnection, lines: readonly string[], options: ReplayOptions) {
    this.#connection = connection;
    this.#lines = lines;
    this.#options = options;
  }

  start(): void {
    const connection = this.#connection;
    connection.listener = this;
    const lines = this.#lines;
    if (connection.capabilities.hasPipelining) connection.ask(lines.join(''), lines.length, this.#options.replyMs);
    else this.#askNext();
  }

  onReply(reply: ServerReply): void {
    if (this.#isOver) return;
    const { isTaken } = answerTo(this.#heard === 0 ? 'mail' : 'recipient', reply);
    this.#heard += 1;
    if (!isTaken) this.#end(false);
    else if (this.#heard === this.#lines.length) this.#end(true);
    else if (this.#connection.dueReplies === 0) this.#askNext();
  }

  onBroken(): void {
    if (!this.#isOver) this.#end(false);
  }

  onDrain(): void {
    // Commands are told as they are taken, and no content is under way.
  }

  #askNext(): void {
    this.#connection.ask(this.#lines[this.#heard] ?? '', 1, this.#options.replyMs);
  }

  #end(isTaken: boolean): void {
    this.#isOver = true;
    this.#options.onDone(isTaken);
  }
}
