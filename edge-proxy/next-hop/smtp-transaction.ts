/**
 * One mail transaction at an SMTP next hop.
 *
 * Stages: `new`, `lending` (waits for a connection), `mail`, `recipient`, `ready` (between recipients), `data`,
 * `content`, `final`, `over`. Once there is a verdict (MAIL was refused, the hop broke, the message is judged) it
 * answers whatever is asked further. One promise at most is open, since each call is awaited before the next.
 */
import { REPLIES } from '../../policy/reply.ts';
import type { HopAnswer } from '../../protocol/hop-answer.ts';
import { answerTo, hopDropped, hopInsane, lackingFor } from '../../protocol/hop-reply.ts';
import type { ServerReply } from '../../protocol/reply-parser.ts';
import { isSafePath, mailLine, recipientLine } from './hop-commands.ts';
import type { HopConnection, HopFault, HopListener } from './hop-connection.ts';
import type { Borrower, Lender } from './hop-pool.ts';
import type { HopTransaction, HopTransactionOptions } from './next-hop.ts';

type Stage = 'new' | 'lending' | 'mail' | 'recipient' | 'ready' | 'data' | 'content' | 'final' | 'over';

export class SmtpTransaction implements HopTransaction, HopListener, Borrower {
  readonly #pool: Lender;
  readonly #options: HopTransactionOptions;
  readonly #replyMs: number;
  #stage: Stage = 'new';
  #connection: HopConnection | undefined;
  /** The recipient being asked for. */
  #forwardPath = '';
  #settle: ((answer: HopAnswer) => void) | undefined;
  #verdict: HopAnswer | undefined;
  #isReused = false;
  #hasReplaced = false;
  #isHeldUp = false;

  constructor(pool: Lender, options: HopTransactionOptions) {
    this.#pool = pool;
    this.#options = options;
    this.#replyMs = options.timeouts.replySeconds * 1000;
  }

  offerRecipient(forwardPath: string): Promise<HopAnswer> {
    if (this.#verdict !== undefined) return Promise.resolve(this.#verdict);
    if (!isSafePath(forwardPath)) return Promise.resolve(UNSAFE_FORWARD_PATH);
    if (!isSafePath(this.#options.mail.path)) return Promise.resolve(UNSAFE_REVERSE_PATH);
    this.#mustBe('new', 'ready');
    this.#forwardPath = forwardPath;
    return new Promise((resolve) => {
      this.#settle = resolve;
      if (this.#stage === 'new') this.#borrow(false);
      else this.#askRecipient();
    });
  }

  startContent(): Promise<HopAnswer> {
    if (this.#verdict !== undefined) return Promise.resolve(this.#verdict);
    this.#mustBe('ready');
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#stage = 'data';
      this.#connection?.ask('DATA\r\n', 1, this.#replyMs);
    });
  }

  write(content: Uint8Array): boolean {
    // Outside of content the octets would be read as commands: they go nowhere, and `finish` tells.
    if (this.#stage !== 'content' || this.#connection === undefined) return true;
    const hasRoom = this.#connection.write(content);
    this.#isHeldUp = !hasRoom;
    return hasRoom;
  }

  finish(): Promise<HopAnswer> {
    if (this.#verdict !== undefined) return Promise.resolve(this.#verdict);
    this.#mustBe('content');
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#stage = 'final';
      this.#isHeldUp = false;
      this.#connection?.finish(this.#options.timeouts.finalSeconds * 1000);
    });
  }

  abandon(): void {
    const stage = this.#stage;
    const connection = this.#connection;
    this.#connection = undefined;
    this.#isHeldUp = false;
    this.#conclude(this.#verdict ?? hopDropped('transaction abandoned'));
    if (stage === 'lending') this.#pool.withdraw(this);
    if (connection === undefined) return;
    if (stage === 'mail' || stage === 'recipient' || stage === 'ready') this.#pool.reset(connection, this.#replyMs);
    // In content no command can be said, and the end of the connection is the only way to end the message.
    else connection.destroy();
  }

  onLent(connection: HopConnection, isReused: boolean): void {
    const lacking = lackingFor(this.#options.mail, connection.capabilities);
    if (lacking !== undefined) {
      this.#pool.release(connection);
      this.#conclude(lacking);
      return;
    }
    this.#connection = connection;
    this.#isReused = isReused;
    connection.listener = this;
    this.#stage = 'mail';
    const mail = mailLine(this.#options.mail, connection.capabilities);
    // RFC 2920 section 3.1: MAIL and RCPT may be sent without waiting in between.
    if (connection.capabilities.hasPipelining)
      connection.ask(mail + recipientLine(this.#forwardPath), 2, this.#replyMs);
    else connection.ask(mail, 1, this.#replyMs);
  }

  onNoneLent(answer: HopAnswer): void {
    this.#conclude(answer);
  }

  onReply(reply: ServerReply): void {
    const { code } = reply;
    if (code === 421 && this.#replaceStale()) return;
    switch (this.#stage) {
      case 'mail':
        this.#onMailReply(answerTo('mail', reply), code);
        break;
      case 'recipient':
        this.#onRecipientReply(answerTo('recipient', reply), code);
        break;
      case 'data':
        this.#onDataReply(answerTo('data', reply), code);
        break;
      case 'final':
        this.#onFinalReply(answerTo('final', reply), code);
        break;
      default:
        throw new TypeError(`Reply heard in stage ${this.#stage}`);
    }
  }

  onBroken(fault: HopFault): void {
    if (fault.kind === 'closed' && this.#replaceStale()) return;
    this.#connection = undefined;
    const where = this.#stage;
    // Between the terminator and its reply the hop may have taken the message: RFC 5321 section 4.2.5, and RFC 1047.
    const detail = where === 'final' ? `${fault.detail}; whether the message was taken is uncertain` : fault.detail;
    const answer = fault.kind === 'insane' ? hopInsane(`${detail} (${where})`) : hopDropped(`${detail} (${where})`);
    // A refused MAIL came first, and is what is known.
    this.#conclude(this.#verdict ?? answer);
    if (this.#isHeldUp) this.onDrain();
  }

  onDrain(): void {
    if (!this.#isHeldUp) return;
    this.#isHeldUp = false;
    this.#options.onDrain();
  }

  #onMailReply(answer: HopAnswer, code: number): void {
    this.#stage = 'recipient';
    if (this.#endsSession(answer, code)) return;
    if (!answer.isTaken) this.#verdict = answer;
    if (this.#connection?.dueReplies !== 0) return;
    if (answer.isTaken) this.#askRecipient();
    else this.#answer(answer);
  }

  #onRecipientReply(answer: HopAnswer, code: number): void {
    if (this.#verdict !== undefined) this.#answer(this.#verdict);
    else if (!this.#endsSession(answer, code)) this.#answer(answer);
  }

  #onDataReply(answer: HopAnswer, code: number): void {
    if (this.#endsSession(answer, code)) return;
    if (answer.isTaken) {
      this.#stage = 'content';
      this.#answer(answer);
    } else {
      this.#giveBackReset();
      this.#conclude(answer);
    }
  }

  #onFinalReply(answer: HopAnswer, code: number): void {
    if (this.#endsSession(answer, code)) return;
    if (answer.isTaken) this.#giveBack();
    else this.#giveBackReset();
    this.#conclude(answer);
  }

  /** 421, or what no server says: nothing more is asked on this connection. */
  #endsSession(answer: HopAnswer, code: number): boolean {
    if (code !== 421 && answer.rule !== 'next-hop-insane') return false;
    this.#connection?.destroy();
    this.#connection = undefined;
    this.#conclude(answer);
    return true;
  }

  /** Once, and before the hop's first reply, a connection that had gone stale in the pool is replaced by a new one. */
  #replaceStale(): boolean {
    if (this.#stage !== 'mail' || !this.#isReused || this.#hasReplaced) return false;
    this.#hasReplaced = true;
    this.#connection?.destroy();
    this.#connection = undefined;
    this.#borrow(true);
    return true;
  }

  #borrow(mustBeNew: boolean): void {
    this.#stage = 'lending';
    const { client, timeouts } = this.#options;
    this.#pool.lend(this, { connectMs: timeouts.connectSeconds * 1000, mustBeNew, client });
  }

  #askRecipient(): void {
    this.#stage = 'recipient';
    this.#connection?.ask(recipientLine(this.#forwardPath), 1, this.#replyMs);
  }

  #giveBack(): void {
    if (this.#connection !== undefined) this.#pool.release(this.#connection);
    this.#connection = undefined;
  }

  #giveBackReset(): void {
    if (this.#connection?.isReusable) this.#pool.reset(this.#connection, this.#replyMs);
    else this.#connection?.destroy();
    this.#connection = undefined;
  }

  #answer(answer: HopAnswer): void {
    if (this.#stage === 'recipient') this.#stage = 'ready';
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(answer);
  }

  /** Nothing more is asked of the hop. */
  #conclude(verdict: HopAnswer): void {
    this.#stage = 'over';
    this.#verdict = verdict;
    this.#answer(verdict);
  }

  #mustBe(...stages: readonly Stage[]): void {
    if (!stages.includes(this.#stage))
      throw new TypeError(`Called in stage ${this.#stage} of a next hop's transaction`);
  }
}

const UNSAFE_FORWARD_PATH: HopAnswer = { reply: REPLIES.badForwardPath, isTaken: false, rule: 'next-hop' };
const UNSAFE_REVERSE_PATH: HopAnswer = { reply: REPLIES.badReversePath, isTaken: false, rule: 'next-hop' };
