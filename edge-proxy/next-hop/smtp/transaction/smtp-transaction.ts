/**
 * One mail transaction at an SMTP next hop.
 *
 * Recipients that are offered together are asked for in one write where the hop has PIPELINING, else one by one. DATA goes
 * out with the last where the client sent both at once (RFC 2920 section 3.1 allows it as a group's last command): a round
 * trip less. Its reply is kept until it is asked for. Should nothing come of it, the connection is used again only when
 * the hop refused DATA too.
 *
 * What a connection that served others before is told at the start, 4xx to MAIL, to the first RCPT or to DATA, concerns that
 * connection perhaps and not this mail: it is asked once more on a new one (`Loan`), the recipients taken told again.
 *
 * Once there is a verdict (MAIL was refused, the hop broke, the message is judged) it answers whatever is asked further. One
 * group or promise at most is open, since each call is answered before the next.
 */
import {
  type ContentExtension,
  type HopAnswer,
  lackedExtensions,
  lacking,
} from '../../../../protocol/hop/hop-answer.ts';
import { answerTo, hopDropped } from '../../../../protocol/hop/hop-reply.ts';
import type { ServerReply } from '../../../../protocol/hop/reply-parser.ts';
import type { HopTransaction, HopTransactionOptions, TakeAnswers } from '../../next-hop.ts';
import type { HopConnection, HopFault, HopListener } from '../connection/hop-connection.ts';
import type { Passing } from '../connection/xclient-exchange.ts';
import type { Lender } from '../pool/lender.ts';
import { AskedGroup } from './asked-group.ts';
import { answerToFault, withTls } from './hop-answers.ts';
import { commandGroup, mailLine, recipientLine, unsayable } from './hop-commands.ts';
import { Loan } from './loan.ts';
import { sayAgain } from './recipient-replay.ts';
import type { Stage } from './stage.ts';

export class SmtpTransaction implements HopTransaction, HopListener {
  readonly #lender: Lender;
  readonly #options: HopTransactionOptions;
  readonly #replyMs: number;
  readonly #loan: Loan;
  #stage: Stage = 'new';
  #connection: HopConnection | undefined;
  /** The recipients being asked for. */
  #group: AskedGroup | undefined;
  /** Recipients that the hop took. */
  readonly #taken: string[] = [];
  #hasAskedRecipient = false;
  #settle: ((answer: HopAnswer) => void) | undefined;
  #verdict: HopAnswer | undefined;
  /** What MAIL named and the connection at hand lacks. */
  #lacks: readonly ContentExtension[] = [];
  #isHeldUp = false;
  #isLast = false;
  /** The reply to a DATA that went out with the recipient: `due` until it comes. */
  #earlyData: ServerReply | 'due' | undefined;
  /** What DATA heard, while a new connection is asked for the same. */
  #putOff: HopAnswer | undefined;

  /** @param passing the client whom hops that offer XCLIENT are told of; no client when undefined */
  constructor(lender: Lender, options: HopTransactionOptions, passing?: Passing) {
    this.#lender = lender;
    this.#options = options;
    this.#replyMs = options.timeouts.replySeconds * 1000;
    this.#loan = new Loan({
      lender,
      connectMs: options.timeouts.connectSeconds * 1000,
      replyMs: this.#replyMs,
      client: options.client,
      passing,
      onReady: (connection) => this.#onReady(connection),
      onFailed: (answer) => this.#conclude(answer),
    });
  }

  offerRecipients(forwardPaths: readonly string[], take: TakeAnswers, isLast = false): void {
    const group = new AskedGroup(forwardPaths, take);
    if (this.#verdict === undefined) {
      this.#mustBe('new', 'ready');
      const known = this.#connection?.capabilities ?? this.#lender.knownCapabilities;
      group.judge((path) => unsayable(this.#options.mail.path, path, known));
    } else {
      group.answerRest(this.#verdict);
    }
    if (group.isAnswered) return;
    this.#group = group;
    this.#isLast = isLast && this.#lender.isSole !== true;
    if (this.#stage === 'new') {
      this.#stage = 'lending';
      this.#loan.start();
    } else if (this.#earlyData === undefined) this.#askRecipients();
    else if (this.#earlyData !== 'due') this.#askBehindData(this.#earlyData);
  }

  startContent(): HopAnswer | Promise<HopAnswer> {
    if (this.#verdict !== undefined) return this.#verdict;
    this.#mustBe('ready');
    const early = this.#earlyData;
    this.#earlyData = undefined;
    this.#stage = 'data';
    if (early !== undefined && early !== 'due') {
      // Whether a new connection can be had may be known at once, too.
      const answer = this.#judgeData(early) ?? this.#verdict;
      if (answer !== undefined) return answer;
    }
    return new Promise((resolve) => {
      this.#settle = resolve;
      if (early === undefined) this.#connection?.ask('DATA\r\n', 1, this.#replyMs);
    });
  }

  write(content: Uint8Array): boolean {
    // Outside of content the octets would be read as commands: they go nowhere, and `finish` tells.
    if (this.#stage !== 'content' || this.#connection === undefined) return true;
    const hasRoom = this.#connection.write(content);
    this.#isHeldUp = !hasRoom;
    return hasRoom;
  }

  get isSent(): boolean | undefined {
    return this.#stage === 'content' || this.#stage === 'final' ? this.#connection?.isSent : undefined;
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
    this.#loan.abandon();
    if (connection === undefined) return;
    const isAtCommands = stage === 'mail' || stage === 'recipient' || stage === 'ready';
    if (isAtCommands && !this.#mayBeInContent()) this.#lender.reset(connection, this.#replyMs);
    // In content no command can be said, and the end of the connection is the only way to end the message.
    else connection.destroy();
  }

  #onReady(connection: HopConnection): void {
    this.#connection = connection;
    if (this.#putOff === undefined) this.#sayMail(connection);
    else this.#replay(connection, this.#putOff);
  }

  #sayMail(connection: HopConnection): void {
    const { mail } = this.#options;
    this.#group?.judge((path) => unsayable(mail.path, path, connection.capabilities));
    if (this.#group?.isAnswered !== false) {
      // Refused, perhaps for these recipients alone: MAIL is said with the next ones.
      this.#giveBack();
      this.#stage = 'new';
      this.#group = undefined;
      return;
    }
    this.#lacks = lackedExtensions(mail, connection.capabilities);
    connection.listener = this;
    connection.transactions += 1;
    this.#stage = 'mail';
    const command = mailLine(mail, connection.capabilities);
    // RFC 2920 section 3.1: MAIL and RCPT may be sent without waiting in between.
    if (connection.capabilities.hasPipelining) this.#askGroup(connection, command);
    else connection.ask(command, 1, this.#replyMs);
  }

  /** Asks for all recipients of the group after MAIL, if it is to be said, and for DATA too where it is known to follow. */
  #askGroup(connection: HopConnection, mail?: string): void {
    const { text, count } = commandGroup(mail, this.#group?.askable ?? [], this.#isLast);
    this.#earlyData = this.#isLast ? 'due' : undefined;
    connection.ask(text, count, this.#replyMs);
  }

  onReply(reply: ServerReply): void {
    switch (this.#stage) {
      case 'mail':
        this.#onMailReply(answerTo('mail', reply), reply.code);
        break;
      case 'recipient':
        this.#onRecipientReply(answerTo('recipient', reply), reply.code);
        break;
      case 'ready':
        this.#onEarlyData(reply);
        break;
      case 'data': {
        const answer = this.#judgeData(reply);
        if (answer !== undefined) this.#answer(answer);
        break;
      }
      case 'content':
        // The hop refuses the message before its end; in content no command can be said to it.
        this.#leave(answerTo('final', reply));
        if (this.#isHeldUp) this.onDrain();
        break;
      case 'final':
        this.#onFinalReply(answerTo('final', reply), reply.code);
        break;
      default:
        throw new TypeError(`Reply heard in stage ${this.#stage}`);
    }
  }

  get mayBeRefused(): boolean {
    return this.#stage === 'content';
  }

  /** The answer that `finish` will give, where it is known to be a refusal. */
  get refusal(): HopAnswer | undefined {
    return this.#verdict;
  }

  onBroken(fault: HopFault): void {
    if (fault.kind === 'closed' && this.#stage === 'mail' && this.#exchange()) return;
    this.#connection = undefined;
    // A refused MAIL came first, and is what is known.
    this.#conclude(this.#verdict ?? answerToFault(fault, this.#stage));
    if (this.#isHeldUp) this.onDrain();
  }

  onDrain(): void {
    if (!this.#isHeldUp) return;
    this.#isHeldUp = false;
    this.#options.onDrain();
  }

  #onMailReply(answer: HopAnswer, code: number): void {
    if (this.#notePutOff(code) && this.#exchange(answer)) return;
    this.#stage = 'recipient';
    if (this.#endsSession(answer, code)) return;
    if (!answer.isTaken) this.#verdict = answer;
    if (this.#connection?.dueReplies !== 0) return;
    if (answer.isTaken) this.#askRecipients();
    else this.#endGroup(answer);
  }

  #onRecipientReply(answer: HopAnswer, code: number): void {
    if (this.#verdict !== undefined) {
      this.#answerRecipient(this.#verdict);
      return;
    }
    const isFirst = !this.#hasAskedRecipient;
    this.#hasAskedRecipient = true;
    if (isFirst && this.#notePutOff(code) && this.#exchange(answer)) return;
    if (this.#endsSession(answer, code)) return;
    if (answer.isTaken && this.#group !== undefined) this.#taken.push(this.#group.next);
    this.#answerRecipient(lacking(withTls(answer, this.#connection), this.#lacks));
  }

  #answerRecipient(answer: HopAnswer): void {
    const group = this.#group;
    group?.answer(answer);
    if (group?.isAnswered !== false) this.#endGroup(answer);
    else if (this.#connection?.dueReplies === 0) this.#askRecipients();
  }

  /** @param rest answers those that are not answered yet */
  #endGroup(rest: HopAnswer): void {
    this.#group?.answerRest(rest);
    this.#group = undefined;
    if (this.#stage === 'recipient') this.#stage = 'ready';
  }

  /** The reply to DATA, before anybody asked for it or while another recipient is. */
  #onEarlyData(reply: ServerReply): void {
    this.#earlyData = reply;
    if (this.#group !== undefined) this.#askBehindData(reply);
  }

  /** Other recipients after all: DATA was refused on our side. A hop that took it waits for content, and is left. */
  #askBehindData(reply: ServerReply): void {
    const answer = answerTo('data', reply);
    if (this.#endsSession(answer, reply.code)) return;
    if (answer.isTaken) this.#leave(hopDropped('DATA had gone out before this recipient'));
    else this.#askRecipients();
  }

  /** Whether the hop may have taken a DATA of which nothing came. */
  #mayBeInContent(): boolean {
    const early = this.#earlyData;
    return early === 'due' || (early !== undefined && early.code < 400);
  }

  /** What the reply to DATA means; nothing yet when a new connection is asked. */
  #judgeData(reply: ServerReply): HopAnswer | undefined {
    const answer = answerTo('data', reply);
    if (this.#notePutOff(reply.code)) {
      this.#putOff = answer;
      if (this.#exchange(answer)) return undefined;
    }
    if (this.#endsSession(answer, reply.code)) return answer;
    if (answer.isTaken) {
      this.#stage = 'content';
      return withTls(answer, this.#connection);
    }
    this.#giveBack(true);
    this.#conclude(answer);
    return answer;
  }

  /** A new connection in place of the one on which DATA was put off; the client has heard which recipients are taken. */
  #replay(connection: HopConnection, putOff: HopAnswer): void {
    this.#stage = 'replaying';
    const onDone = (isTaken: boolean): void => {
      if (this.#stage !== 'replaying') return;
      if (isTaken) {
        this.#stage = 'data';
        connection.listener = this;
        connection.ask('DATA\r\n', 1, this.#replyMs);
        return;
      }
      connection.quit();
      this.#connection = undefined;
      this.#conclude(putOff);
    };
    const told = { mail: this.#options.mail, recipients: this.#taken, lacks: this.#lacks };
    if (sayAgain(connection, told, { replyMs: this.#replyMs, onDone })) return;
    this.#giveBack();
    this.#conclude(putOff);
  }

  #onFinalReply(answer: HopAnswer, code: number): void {
    if (this.#endsSession(answer, code)) return;
    this.#giveBack(!answer.isTaken);
    this.#conclude(answer);
  }

  /** 421, or what no server says: nothing more is asked on this connection. */
  #endsSession(answer: HopAnswer, code: number): boolean {
    const isOver = code === 421 || answer.rule === 'next-hop-insane';
    if (isOver) this.#leave(answer);
    return isOver;
  }

  /** Ends the transaction with its connection. */
  #leave(answer: HopAnswer): void {
    this.#connection?.destroy();
    this.#connection = undefined;
    this.#conclude(answer);
  }

  /** Whether a reply says "not now", of the connection perhaps, which then serves no transaction after this one. */
  #notePutOff(code: number): boolean {
    const isPutOff = code >= 400 && code < 500;
    if (isPutOff && this.#connection !== undefined) this.#connection.isSpent = true;
    return isPutOff;
  }

  /** Whether a new connection is asked for the same; see `Loan`. */
  #exchange(fallback?: HopAnswer): boolean {
    const stage = this.#stage;
    this.#stage = 'lending';
    // Others of a group may be taken, and DATA with them: in content QUIT is no command.
    if (!this.#loan.exchange(fallback, this.#earlyData === 'due')) {
      this.#stage = stage;
      return false;
    }
    return true;
  }

  /** A hop without PIPELINING is asked for the next alone. */
  #askRecipients(): void {
    this.#stage = 'recipient';
    const connection = this.#connection;
    if (connection === undefined || this.#group === undefined) return;
    this.#earlyData = undefined;
    if (connection.capabilities.hasPipelining) this.#askGroup(connection);
    else connection.ask(recipientLine(this.#group.next), 1, this.#replyMs);
  }

  #giveBack(mustReset = false): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (!mustReset && connection !== undefined) this.#lender.release(connection);
    else if (connection?.isReusable) this.#lender.reset(connection, this.#replyMs);
    else connection?.destroy();
  }

  #answer(answer: HopAnswer): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(answer);
  }

  /** Nothing more is asked of the hop. */
  #conclude(verdict: HopAnswer): void {
    this.#stage = 'over';
    this.#verdict = verdict;
    this.#endGroup(verdict);
    this.#answer(verdict);
  }

  #mustBe(...stages: readonly Stage[]): void {
    if (!stages.includes(this.#stage)) throw new TypeError(`Called in stage ${this.#stage} of a hop's transaction`);
  }
}
