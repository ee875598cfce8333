/**
 * A client's login at an SMTP hop: AUTH, line by line, on a connection that then serves the client's session alone.
 *
 * Stages: `new`, `opening`, `asking` (a line of AUTH is with the hop), `challenged` (the client's turn), `taken`, `over`.
 * What is said is passed on and forgotten; nothing of it is logged.
 */
import type { SmtpNextHop } from '../../../policy/next-hop.ts';
import { REPLIES } from '../../../policy/reply.ts';
import { authDeferred, type RelayedLoginReply, relayedLoginReply } from '../../../protocol/hop/relayed-login-reply.ts';
import type { ServerReply } from '../../../protocol/hop/reply-parser.ts';
import type { Faults } from '../../faults.ts';
import type { HopTransaction, HopTransactionOptions, RelayedLogin, RelayedLoginOptions } from '../next-hop.ts';
import { HopConnection, type HopFault, type HopListener, IDLE_LISTENER } from './connection/hop-connection.ts';
import type { HopStatus } from './connection/hop-status.ts';
import { openHop } from './connection/open-hop.ts';
import { type Introduction, type Passing, XclientExchange } from './connection/xclient-exchange.ts';
import type { LoginPlaces } from './pool/login-places.ts';
import { ReservedConnection } from './pool/reserved-connection.ts';
import { SmtpTransaction } from './transaction/smtp-transaction.ts';

type Stage = 'new' | 'opening' | 'asking' | 'challenged' | 'taken' | 'over';

export interface SmtpRelayedLoginOptions extends RelayedLoginOptions {
  readonly ehloName: string;
  readonly faults?: Faults | undefined;
  /** What is remembered of the hop. */
  readonly status?: HopStatus | undefined;
  readonly places: LoginPlaces;
  readonly passing: Passing | undefined;
  /** Its EHLO has been heard. */
  readonly onOpened: (connection: HopConnection) => void;
}

export class SmtpRelayedLogin implements RelayedLogin, HopListener {
  readonly #hop: SmtpNextHop;
  readonly #options: SmtpRelayedLoginOptions;
  readonly #replyMs: number;
  #stage: Stage = 'new';
  #hasPlace = false;
  #connection: HopConnection | undefined;
  #reserved: ReservedConnection | undefined;
  #settle: ((answer: RelayedLoginReply) => void) | undefined;
  #fault = 'the login is over';

  constructor(hop: SmtpNextHop, options: SmtpRelayedLoginOptions) {
    this.#hop = hop;
    this.#options = options;
    this.#replyMs = options.timeouts.replySeconds * 1000;
  }

  async start(mechanism: string, initial?: string): Promise<RelayedLoginReply> {
    if (this.#stage !== 'new') throw new TypeError('A login starts once');
    const problem = await this.#open();
    if (problem !== undefined) return this.#fail(problem);
    if (!this.#connection?.capabilities.authMechanisms.includes(mechanism)) {
      this.close();
      return { kind: 'refused', reply: REPLIES.mechanismUnknown, detail: 'the hop offers the mechanism no longer' };
    }
    return await this.#ask(`AUTH ${mechanism}${initial === undefined ? '' : ` ${initial}`}\r\n`);
  }

  respond(response: string): Promise<RelayedLoginReply> {
    return this.#ask(`${response}\r\n`);
  }

  begin(options: HopTransactionOptions): HopTransaction {
    if (this.#reserved === undefined) throw new TypeError('The hop has not taken the login');
    // XCLIENT was said before AUTH; after it the hop would have forgotten who logged in.
    return new SmtpTransaction(this.#reserved, options);
  }

  close(): void {
    const stage = this.#stage;
    const connection = this.#connection;
    this.#end();
    if (connection === undefined) return;
    connection.listener = IDLE_LISTENER;
    if (stage === 'challenged') this.#cancel(connection);
    else connection.quit();
  }

  onReply(reply: ServerReply): void {
    const answer = relayedLoginReply(reply);
    switch (answer.kind) {
      case 'challenge':
        this.#stage = 'challenged';
        break;
      case 'taken':
        this.#stage = 'taken';
        if (this.#connection !== undefined) this.#reserved = new ReservedConnection(this.#connection);
        break;
      default:
        this.close();
    }
    this.#answer(answer);
  }

  onBroken({ detail }: HopFault): void {
    this.#fault = `${detail} (login)`;
    this.#answer(this.#fail(this.#fault));
  }

  onDrain(): void {
    // A response is short enough not to be held up.
  }

  /** Why there is no connection ready for AUTH. */
  async #open(): Promise<string | undefined> {
    const { places, client, ehloName, faults, status, timeouts, onOpened } = this.#options;
    this.#stage = 'opening';
    this.#hasPlace = places.take(client);
    if (!this.#hasPlace) return 'too many logins stand at the hop';
    const connectMs = timeouts.connectSeconds * 1000;
    const opened = await openHop(this.#hop, { ehloName, connectMs, mustTls: true, status, faults });
    if (!(opened instanceof HopConnection)) return opened.detail ?? opened.reply.text;
    if (this.#isOver) {
      opened.quit();
      return this.#fault;
    }
    onOpened(opened);
    opened.onOver = () => this.#onOver();
    this.#connection = opened;
    return await this.#introduce(opened);
  }

  async #introduce(connection: HopConnection): Promise<string | undefined> {
    const { passing } = this.#options;
    let problem: string | undefined;
    if (passing !== undefined) {
      const introduction = await new Promise<Introduction>((onDone) => {
        new XclientExchange(connection, { passing, replyMs: this.#replyMs, onDone }).start();
      });
      if (!introduction.isReady) problem = introduction.answer.detail ?? introduction.answer.reply.text;
    }
    connection.listener = this;
    // Whoever ended it, the hop's own words tell more than that it is over.
    return problem ?? (this.#isOver ? this.#fault : undefined);
  }

  #ask(line: string): Promise<RelayedLoginReply> {
    return new Promise((resolve) => {
      if (this.#isOver || this.#connection?.isReusable !== true) {
        resolve(this.#fail(this.#fault));
        return;
      }
      this.#stage = 'asking';
      this.#settle = resolve;
      this.#connection.ask(line, 1, this.#replyMs);
    });
  }

  /** RFC 4954 section 4: `*` ends the exchange; the hop's 501 is waited for, and then it is left. */
  #cancel(connection: HopConnection): void {
    connection.listener = { ...IDLE_LISTENER, onReply: () => connection.quit() };
    connection.ask('*\r\n', 1, this.#replyMs);
  }

  #answer(answer: RelayedLoginReply): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(answer);
  }

  #fail(detail: string): RelayedLoginReply {
    this.close();
    return authDeferred(detail);
  }

  get #isOver(): boolean {
    return this.#stage === 'over';
  }

  /** The connection is gone, whoever ended it. */
  #onOver(): void {
    const isLost = this.#stage === 'taken';
    this.#end();
    this.#reserved?.end();
    if (isLost) this.#options.onLost();
  }

  #end(): void {
    this.#stage = 'over';
    this.#connection = undefined;
    if (this.#hasPlace) this.#options.places.giveBack(this.#options.client);
    this.#hasPlace = false;
  }
}
