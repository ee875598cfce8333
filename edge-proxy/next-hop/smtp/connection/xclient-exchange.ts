/** Names a client to a hop by XCLIENT, after which the hop starts over and is greeted anew. */
import type { HopAnswer } from '../../../../protocol/hop/hop-answer.ts';
import { answerTo, hopDropped, hopInsane, parseCapabilities, wordsOf } from '../../../../protocol/hop/hop-reply.ts';
import type { ServerReply } from '../../../../protocol/hop/reply-parser.ts';
import type { XclientIdentity } from '../../next-hop.ts';
import type { HopConnection, HopFault, HopListener } from './hop-connection.ts';
import { type XclientCommand, xclientCommand } from './xclient.ts';

/** What naming a client needs, whoever does it. */
export interface Passing {
  readonly client: XclientIdentity;
  /** Our own name, for EHLO where the client's cannot stand. */
  readonly ehloName: string;
  /** The hop offers XCLIENT and will not have it from us; the mail goes on in our own name. */
  readonly onRefused: (detail: string) => void;
  readonly onTaken: () => void;
}

export type Introduction =
  /** The connection is ready; the hop knows of the client what it takes. */
  | { readonly isReady: true }
  /** The connection is gone. `isStale`: before the hop said anything of use, so that another may do. */
  | { readonly isReady: false; readonly answer: HopAnswer; readonly isStale: boolean };

export interface XclientExchangeOptions {
  readonly passing: Passing;
  readonly replyMs: number;
  /** Called once, perhaps before `start` returns. */
  readonly onDone: (introduction: Introduction) => void;
}

const READY: Introduction = { isReady: true };
/** The hop turns the client away, as it would at its greeting (RFC 5321 section 3.1), and not the command. */
const CLIENT_REFUSED = 554;
/** The command is unknown, or not for us: that goes for every client on this connection. */
const NEVER_OURS: ReadonlySet<number> = new Set([500, 502, 550]);

/** What the hop offered when it was told, or offers now. */
function attributesOf({ toldClient, capabilities }: HopConnection): readonly string[] {
  return toldClient?.attributes ?? capabilities.xclientAttributes;
}

function commandFor(connection: HopConnection, { client, ehloName }: Passing): XclientCommand | undefined {
  const hadLogin = connection.toldClient?.hasLogin ?? false;
  return xclientCommand(client, { attributes: attributesOf(connection), ehloName, hadLogin });
}

/**
 * Whether a connection can be that of this client. Postfix trusts no one any more who has said that he is another: it
 * offers XCLIENT once, and what was told then stays.
 */
export function canServe(connection: HopConnection, passing: Passing): boolean {
  const { toldClient, capabilities } = connection;
  if (toldClient === undefined || capabilities.xclientAttributes.length > 0) return true;
  return toldClient.key === commandFor(connection, passing)?.key;
}

export class XclientExchange implements HopListener {
  readonly #connection: HopConnection;
  readonly #options: XclientExchangeOptions;
  #command: XclientCommand = { line: '', ehloName: '', key: '' };
  #isTold = false;

  constructor(connection: HopConnection, options: XclientExchangeOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Says XCLIENT unless the connection was told of this very client last. */
  start(): void {
    const { passing, replyMs, onDone } = this.#options;
    const command = commandFor(this.#connection, passing);
    if (command === undefined || this.#connection.toldClient?.key === command.key) {
      onDone(READY);
      return;
    }
    if (!canServe(this.#connection, passing)) {
      this.#connection.quit();
      onDone({ isReady: false, answer: hopDropped('the connection is of another client'), isStale: true });
      return;
    }
    this.#command = command;
    this.#connection.listener = this;
    // It answers with 220, as a greeting does, and nothing may be sent before that.
    this.#connection.ask(command.line, 1, replyMs);
  }

  onReply(reply: ServerReply): void {
    if (this.#isTold) this.#onHello(reply);
    else this.#onXclient(reply);
  }

  onBroken({ kind, detail }: HopFault): void {
    const text = `${detail} (xclient)`;
    const answer = kind === 'insane' ? hopInsane(text) : hopDropped(text);
    this.#options.onDone({ isReady: false, answer, isStale: kind === 'closed' && !this.#isTold });
  }

  onDrain(): void {
    // Commands are too short to be held up.
  }

  #onXclient(reply: ServerReply): void {
    const { code } = reply;
    const { passing, replyMs, onDone } = this.#options;
    if (code === 220) {
      this.#isTold = true;
      passing.onTaken();
      const hasLogin = passing.client.login !== undefined;
      const attributes = attributesOf(this.#connection);
      this.#connection.toldClient = { key: this.#command.key, attributes, hasLogin };
      this.#connection.ask(`EHLO ${this.#command.ehloName}\r\n`, 1, replyMs);
      return;
    }
    const isRefusal = code >= 500 && code !== CLIENT_REFUSED;
    if (!isRefusal) {
      this.#fail(reply, code === 421);
      return;
    }
    passing.onRefused(wordsOf(reply));
    // It would take this client's mail for that of the one named before.
    if (this.#connection.toldClient !== undefined) {
      this.#fail(reply, true);
      return;
    }
    const { capabilities } = this.#connection;
    if (NEVER_OURS.has(code)) this.#connection.capabilities = { ...capabilities, xclientAttributes: [] };
    onDone(READY);
  }

  #onHello(reply: ServerReply): void {
    if (reply.code !== 250) {
      this.#fail(reply, false);
      return;
    }
    this.#connection.capabilities = parseCapabilities(reply.lines);
    this.#options.onDone(READY);
  }

  /** A refusal is about the client: it is the client's, as one at RCPT is. */
  #fail(reply: ServerReply, isStale: boolean): void {
    const answer = answerTo('mail', reply);
    this.#connection.quit();
    this.#options.onDone({
      isReady: false,
      answer: answer.isTaken ? hopInsane(`unexpected reply to XCLIENT: ${reply.code}`) : answer,
      isStale,
    });
  }
}
