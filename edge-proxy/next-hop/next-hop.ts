/** What the shell needs of a next hop, whatever stands behind it. */
import type { NextHop, SmtpNextHop } from '../../policy/next-hop.ts';
import type { Settings } from '../../policy/settings.ts';
import type { HopAnswer, MailCommand } from '../../protocol/hop/hop-answer.ts';
import type { RelayedLoginReply } from '../../protocol/hop/relayed-login-reply.ts';

/**
 * Takes the answers to the recipients of a group, one each and in their order: those that came together at once, never
 * within the call that asked. Whoever gives it sees to its faults.
 */
export type TakeAnswers = (answers: readonly HopAnswer[]) => void;

/**
 * One mail transaction at one next hop.
 *
 * Order of calls: `offerRecipients` (once or more, each once the one before is answered), `startContent` (awaited),
 * `write` …, then `finish` once; or `abandon` once at any moment. No promise ever rejects: what went wrong is the answer.
 */
export interface HopTransaction {
  /**
   * Asks for recipients as a group, MAIL before the first of the transaction.
   *
   * @param forwardPaths at least one; without their angle brackets
   * @param isLast the client has sent DATA already, after this very group: a hop may be asked for both at once
   */
  offerRecipients(forwardPaths: readonly string[], take: TakeAnswers, isLast?: boolean): void;
  /**
   * Sends DATA, if it has not gone out with the last recipient; taken means 354. At once where the answer has come
   * already.
   */
  startContent(): HopAnswer | Promise<HopAnswer>;
  /**
   * Passes on dot-stuffed content as it is. Returns false when the caller must wait for `onDrain`, so that a slow hop
   * does not grow memory. After the hop broke, content is dropped and true returned: `finish` tells.
   */
  write(content: Uint8Array): boolean;
  /** Whether all content that was written has left this process; undefined where no one can tell. */
  readonly isSent?: boolean | undefined;
  /**
   * Sends the terminator, held back until now; taken means that the message is the hop's.
   *
   * @param isServed whether the hop has taken this very message for a recipient at an earlier try: one that is asked in
   *   several calls sends it to the others alone
   */
  finish(isServed?: (recipient: string) => boolean): Promise<HopAnswer>;
  /** Why nothing will come of it, where that is known before `finish`. */
  readonly refusal?: HopAnswer | undefined;
  /** Nothing is handed on: RSET before content, a dropped connection after it. */
  abandon(): void;
}

/** Seconds; from the server's settings at the start of the transaction. */
export interface HopTimeouts {
  readonly connectSeconds: number;
  readonly replySeconds: number;
  readonly finalSeconds: number;
  /** How long a message may wait for its turn at Amazon SES; absent: not at all. */
  readonly sesPaceSeconds?: number;
}

export function hopTimeouts(settings: Settings): HopTimeouts {
  return {
    connectSeconds: settings.nextHopConnectTimeoutSeconds,
    replySeconds: settings.nextHopTimeoutSeconds,
    finalSeconds: settings.nextHopFinalTimeoutSeconds,
    sesPaceSeconds: settings.sesPaceSeconds,
  };
}

/** Who a client is, as XCLIENT tells it to a hop. */
export interface XclientIdentity {
  /** IP address, IPv4-mapped ones as IPv4. */
  readonly address: string;
  /** What EHLO or HELO said; absent before. */
  readonly hello?: { readonly verb: 'HELO' | 'EHLO'; readonly name: string } | undefined;
  /** Who has logged in; absent when no one has. */
  readonly login?: string | undefined;
}

export interface HopTransactionOptions {
  readonly mail: MailCommand;
  readonly timeouts: HopTimeouts;
  /** Address of the client whose transaction it is; a hop's connections are shared out among clients. */
  readonly client?: string;
  /** Whom XCLIENT names to hops that offer it; no one when policy says `passClient: no`. */
  readonly xclientIdentity?: XclientIdentity | undefined;
  /** Id that the client hears with 250, by which Amazon SES names the message in its events; and who had logged in. */
  readonly transaction?: string | undefined;
  readonly identity?: string | undefined;
  /** Called when `write` may go on after it returned false. */
  readonly onDrain: () => void;
}

export interface RelayedLoginOptions {
  readonly timeouts: HopTimeouts;
  /** Address of the client; logins at a hop are shared out among clients. */
  readonly client: string;
  readonly xclientIdentity?: XclientIdentity | undefined;
  /** Called once when the connection is gone on which the hop took the login; not when `close` ended it. */
  readonly onLost: () => void;
}

/**
 * One login of a client at a hop, on a connection of its own under TLS.
 *
 * Order of calls: `start`, then `respond` after each challenge, each awaited; once the hop took the login, `begin` for
 * each transaction; `close` at any moment. No promise ever rejects.
 */
export interface RelayedLogin {
  /** Opens the connection and says AUTH; `initial` is the initial response as it goes over the wire. */
  start(mechanism: string, initial?: string): Promise<RelayedLoginReply>;
  /** Answers a challenge; base64. */
  respond(response: string): Promise<RelayedLoginReply>;
  /** A transaction on the connection that is logged in; it answers `next-hop-dropped` when that is gone. */
  begin(options: HopTransactionOptions): HopTransaction;
  /** Ends the login, and its connection, in whatever stage. */
  close(): void;
}

export interface NextHops {
  begin(hop: NextHop, options: HopTransactionOptions): HopTransaction;
  /** SASL mechanisms that the hop offers under TLS; `undefined` when it cannot be asked. Never rejects. */
  learnMechanisms(hop: NextHop, timeouts: HopTimeouts): Promise<readonly string[] | undefined>;
  login(hop: SmtpNextHop, options: RelayedLoginOptions): RelayedLogin;
  /** Closes idle connections now and busy ones when their transaction ends. */
  close(): void;
}

/** The answers to all recipients of a group. */
export function offerAll(
  transaction: Pick<HopTransaction, 'offerRecipients'>,
  forwardPaths: readonly string[],
  isLast = false,
): Promise<readonly HopAnswer[]> {
  return new Promise((resolve) => {
    const all: HopAnswer[] = [];
    const take = (answers: readonly HopAnswer[]): void => {
      all.push(...answers);
      if (all.length === forwardPaths.length) resolve(all);
    };
    transaction.offerRecipients(forwardPaths, take, isLast);
  });
}

/** Whether a path may stand in a command: the screen has refused others before, and this is the last door. */
export function isSafePath(path: string): boolean {
  return !/[\0-\x1F\x7F]/.test(path);
}
