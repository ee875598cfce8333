/**
 * One SMTP session, sans-IO: octets, decisions and time in; effects and a deadline out.
 *
 * The shell calls, in this order and again:
 *   1. a `receive…` or `handle…` method for what happened;
 *   2. `nextEffect` until it is empty, and does each effect in turn;
 *   3. `deadline`, and `handleTimeout` when that moment has come.
 *
 * While `isWaiting`, the machine waits for the shell's answer and takes no client octet: the shell holds what it has
 * read and stops reading. `receiveClient` therefore says how many octets it used.
 */

import type { AuthenticateDecision, CheckLimitsDecision, CheckRelayDecision } from '../../policy/decision.ts';
import type { CommandRecord } from '../../policy/event.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';
import type { Policy } from '../../policy/snapshot.ts';
import { verbNamed } from '../../policy/verb.ts';
import { coherentAnswer, type HopAnswer } from '../hop/hop-answer.ts';
import type { RelayedLoginReply } from '../hop/relayed-login-reply.ts';
import { receiveResponse } from '../verbs/auth.ts';
import {
  awaitContent,
  receiveContent,
  receiveContentAnswer,
  receiveFinalAnswer,
  receiveLimitsDecision,
} from '../verbs/data.ts';
import { receiveAuthentication } from '../verbs/directory-login.ts';
import { awaitHandshake, hasAuthentication, needsTlsToAuthenticate, receiveMechanisms } from '../verbs/hello.ts';
import { greeting } from '../verbs/hello-replies.ts';
import { askForGroup, joinGroup, receiveRecipientAnswer, receiveRelayDecisions } from '../verbs/rcpt.ts';
import { receiveRelayedLoginReply } from '../verbs/relayed-login.ts';
import { adoptPolicy, recordSessionRefusal, reportDenial, type SessionRefusal } from './admission.ts';
import { carryOut } from './carry-out.ts';
import type { Effect } from './effect.ts';
import { ForeignProtocolGuard, refuseForeign } from './foreign-protocol.ts';
import { LineReader, mayBeNamed, type ScreenedLine } from './line-reader.ts';
import { argumentOf, keptOctets, recordedLine, screen } from './screen.ts';
import { type Hello, type Identity, SessionContext, type SessionIdentity } from './session-context.ts';
import { isIdleState, isWaitingState, type StateKind } from './session-state.ts';

export interface SessionOptions extends SessionIdentity {
  readonly policy: Policy;
  /** Implicit TLS: the handshake comes before the greeting (RFC 8314 section 3). */
  readonly isImplicitTls: boolean;
  readonly nowMs: number;
  /** Said instead of a greeting: the client is denied, or there are too many. */
  readonly refusal?: SessionRefusal;
}

/**
 * Effects that wait for the shell, above which no further octet is taken. A chunk may hold thousands of commands of
 * eight octets with replies of hundreds: the shell must be able to stop between them.
 */
const MAX_WAITING_EFFECTS = 100;

/** Milliseconds in which a client that is refused may come through its handshake to hear so: what others have to read a last reply. */
const REFUSED_HANDSHAKE_MS = 5000;

const TIMEOUT_RULES: Partial<Record<StateKind, string>> = {
  content: 'settings#dataTimeoutSeconds',
  handshake: 'settings#tlsHandshakeTimeoutSeconds',
};

export class SmtpSession {
  readonly #context: SessionContext;
  readonly #reader = new LineReader();
  readonly #guard = new ForeignProtocolGuard();
  readonly #refusal: SessionRefusal | undefined;
  #mustGreet = true;
  #offeredPolicy: Policy | undefined;
  #isClientGone = false;
  #isShuttingDown = false;
  #isLoginLost = false;

  constructor(options: SessionOptions) {
    const { id, clientAddress, policy, isImplicitTls, nowMs, refusal } = options;
    this.#context = new SessionContext({ id, clientAddress }, policy, nowMs);
    this.#refusal = refusal;
    if (refusal !== undefined) recordSessionRefusal(this.#context, refusal);
    if (isImplicitTls) {
      this.#context.enter('tls-first');
      awaitHandshake(this.#context, refusal === undefined ? undefined : REFUSED_HANDSHAKE_MS);
    } else {
      this.#greet();
    }
  }

  /** Whether the next move is the shell's: no client octet is taken. */
  get isWaiting(): boolean {
    return isWaitingState(this.#context.state.kind);
  }

  get isClosed(): boolean {
    return this.#context.state.kind === 'closed';
  }

  get state(): StateKind {
    return this.#context.state.kind;
  }

  /** The name of EHLO or HELO, for requests and events. */
  get helloName(): string | undefined {
    return this.#context.hello?.name;
  }

  get hello(): Hello | undefined {
    return this.#context.hello;
  }

  get isTls(): boolean {
    return this.#context.isTls;
  }

  get identityName(): string | undefined {
    return this.#context.identity?.name;
  }

  /** Id of the open transaction, which a good reply names; absent without one. */
  get transactionId(): string | undefined {
    return this.#context.transaction?.id;
  }

  /** Transactions that have begun. */
  get transactions(): number {
    return this.#context.transactions;
  }

  /** Commands so far as they are recorded: those outside transactions, and those of the one that is open. */
  get commands(): readonly CommandRecord[] {
    return this.#context.commands;
  }

  get policy(): Policy {
    return this.#context.policy;
  }

  /**
   * Takes the client as logged in, for who tries a session out and has none of its credentials. Returns false, and
   * changes nothing, where AUTH could not come now: this server has none, it needs TLS first, or it is out of its order.
   */
  assumeIdentity(identity: Identity): boolean {
    const context = this.#context;
    const isInOrder = context.state.kind === 'ready' && context.identity === undefined;
    if (!isInOrder || !hasAuthentication(context) || needsTlsToAuthenticate(context)) return false;
    context.identity = identity;
    return true;
  }

  /** Octets of client input that are kept: at most one line's limit, or the two that content may hold back. */
  get heldOctets(): number {
    const { state } = this.#context;
    return state.kind === 'content' ? state.scanner.heldOctets : this.#reader.heldOctets;
  }

  nextEffect(): Effect | undefined {
    return this.#context.takeEffect();
  }

  /** Milliseconds on the clock of `nowMs`; `undefined` while the shell is to move. */
  deadline(): number | undefined {
    return this.#context.deadlineMs;
  }

  /** A newer snapshot; in force from the next command outside a transaction. */
  offerPolicy(policy: Policy): void {
    this.#offeredPolicy = policy;
  }

  /** Takes client octets from `start`, and returns the offset after the last one used. */
  receiveClient(chunk: Buffer, start: number, nowMs: number): number {
    const context = this.#context;
    context.nowMs = nowMs;
    let at = start;
    const foreign = this.isWaiting || this.isClosed ? undefined : this.#guard.judgeStart(chunk, at);
    if (foreign !== undefined) refuseForeign(context, foreign, chunk.length - at);
    while (at < chunk.length && !this.isWaiting && !this.isClosed && context.waitingEffects < MAX_WAITING_EFFECTS) {
      if (context.state.kind === 'content') {
        at = receiveContent(context, chunk, at);
        this.#settle();
        continue;
      }
      this.#adoptPolicy();
      if (this.isClosed) break;
      at = this.#reader.read(chunk, at, context.state.kind === 'exchange' ? this.#exchangeLimit : this.#commandLimit);
      const line = this.#reader.takeLine();
      if (line === undefined) continue;
      this.#receiveLine(line);
      if (context.state.kind === 'gathering') at = this.#gather(chunk, at);
      this.#settle();
    }
    return at;
  }

  /**
   * The client closed its side; called once all octets before are used and no answer is awaited. What was received
   * whole has been handed on by then; an unfinished line or content is dropped.
   */
  receiveEnd(nowMs: number): void {
    this.#context.nowMs = nowMs;
    if (this.isClosed) return;
    this.#context.do({ kind: 'close' });
    this.#context.end('client-closed');
  }

  /** The connection is gone, at any moment. A message whose terminator the next hop has is still waited for. */
  receiveReset(nowMs: number): void {
    this.#context.nowMs = nowMs;
    if (this.#context.state.kind === 'committing') this.#isClientGone = true;
    else this.#context.end('reset');
  }

  /** The handshake is done; the session starts over and knows nothing from before (RFC 3207 section 4.2). */
  receiveTls(nowMs: number): void {
    const context = this.#context;
    context.nowMs = nowMs;
    if (context.state.kind !== 'handshake') return;
    context.isTls = true;
    context.hello = undefined;
    context.identity = undefined;
    this.#isLoginLost = false;
    this.#guard.reset();
    this.#reader.reset();
    context.enter('secured');
    if (this.#mustGreet) this.#greet();
    else context.awaitCommand();
    this.#settle();
  }

  receiveAuthentication(decision: AuthenticateDecision, nowMs: number): void {
    this.#context.nowMs = nowMs;
    receiveAuthentication(this.#context, decision);
    this.#settle();
  }

  /** What mechanisms the hop offers under TLS; `undefined` when it could not be asked. */
  receiveMechanisms(offered: readonly string[] | undefined, nowMs: number): void {
    this.#context.nowMs = nowMs;
    receiveMechanisms(this.#context, offered);
    this.#settle();
  }

  receiveRelayedLoginReply(answer: RelayedLoginReply, nowMs: number): void {
    this.#context.nowMs = nowMs;
    receiveRelayedLoginReply(this.#context, answer);
    this.#settle();
  }

  /** The connection of the login at the hop is gone: the session ends outside of transactions, for the client to log in anew. */
  receiveHopLost(nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#isLoginLost = true;
    this.#settle();
  }

  /** One for each recipient that was asked for, in their order. */
  receiveRelayDecisions(decisions: readonly CheckRelayDecision[], nowMs: number): void {
    this.#context.nowMs = nowMs;
    receiveRelayDecisions(this.#context, decisions);
  }

  /**
   * The next hop's answer to whatever effect asked it last.
   *
   * @param calendarMs milliseconds since 1970, for the Received field: `nowMs` may be of a clock that only deadlines know
   */
  receiveHopAnswer(answer: HopAnswer, nowMs: number, calendarMs = nowMs): void {
    const context = this.#context;
    context.nowMs = nowMs;
    context.calendarMs = calendarMs;
    const coherent = coherentAnswer(answer);
    // In any other state the session ended while the hop was asked.
    if (context.state.kind === 'offering') receiveRecipientAnswer(context, coherent);
    else if (context.state.kind === 'opening') receiveContentAnswer(context, coherent);
    else if (context.state.kind === 'committing') receiveFinalAnswer(context, coherent);
    if (this.#isClientGone) context.end('reset');
    this.#settle();
  }

  receiveLimitsDecision(decision: CheckLimitsDecision, nowMs: number): void {
    this.#context.nowMs = nowMs;
    receiveLimitsDecision(this.#context, decision);
    this.#settle();
  }

  /** The shell reads the client again after a time in which it did not: the client's time starts anew. */
  receiveDrain(nowMs: number): void {
    this.#context.nowMs = nowMs;
    if (this.#context.state.kind === 'content') awaitContent(this.#context);
  }

  /** Closes an idle session now, and a busy one when its transaction is done (RFC 5321 section 3.8). */
  shutDown(nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#isShuttingDown = true;
    this.#settle();
  }

  /** Closes whatever is under way: the time to leave is over. */
  giveUp(nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#close(REPLIES.shuttingDown, 'shutdown');
  }

  /** Somebody who runs the service wants it ended. */
  endByOperator(nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#close(REPLIES.endedByOperator, 'operator');
  }

  /** The shell cannot serve this session any more, by a fault of ours: says so, closes, and records what was open. */
  receiveFault(nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#close(REPLIES.internalFault, 'fault');
  }

  handleTimeout(nowMs: number): void {
    const { deadlineMs, state } = this.#context;
    if (deadlineMs === undefined || nowMs < deadlineMs) return;
    this.#context.nowMs = nowMs;
    this.#close(REPLIES.clientTooSlow, TIMEOUT_RULES[state.kind] ?? 'settings#commandTimeoutSeconds');
  }

  readonly #commandLimit = (name: string): number => keptOctets(this.#context.policy, verbNamed(name));

  readonly #exchangeLimit = (): number => this.#context.policy.commands.AUTH.maxOctets;

  #greet(): void {
    const context = this.#context;
    this.#mustGreet = false;
    if (this.#refusal !== undefined) {
      context.closeWith(this.#refusal.reply, this.#refusal.rule);
      return;
    }
    reportDenial(context);
    context.reply(greeting(context.policy));
  }

  /** Says 421 where the client can hear it: not inside a handshake. */
  #close(reply: Reply, rule: string): void {
    const context = this.#context;
    if (context.state.kind !== 'handshake') {
      if (!this.isClosed) context.closeWith(reply, rule);
      return;
    }
    context.do({ kind: 'close' });
    context.end(this.#refusal?.rule ?? rule);
  }

  #settle(): void {
    if (!isIdleState(this.#context.state.kind)) return;
    if (this.#isShuttingDown) this.#close(REPLIES.shuttingDown, 'shutdown');
    else if (this.#isLoginLost) this.#close(REPLIES.hopLoginLost, 'next-hop-dropped');
  }

  /** Takes the newest snapshot between transactions. */
  #adoptPolicy(): void {
    const policy = this.#offeredPolicy;
    if (policy === undefined || !isIdleState(this.#context.state.kind) || this.#reader.heldOctets > 0) return;
    this.#offeredPolicy = undefined;
    adoptPolicy(this.#context, policy);
  }

  /** Takes the recipients that lie whole after the first of a group, as far as nothing is against them; returns the offset after the last. */
  #gather(chunk: Buffer, start: number): number {
    let at = start;
    while (mayBeNamed('RCPT', chunk, at)) {
      const end = this.#reader.readWhole(chunk, at, this.#commandLimit);
      const line = this.#reader.takeLine();
      if (line === undefined || !joinGroup(this.#context, line)) break;
      at = end;
    }
    askForGroup(this.#context);
    return at;
  }

  #receiveLine(line: ScreenedLine): void {
    const context = this.#context;
    const verb = verbNamed(line.name);
    if (context.state.kind === 'exchange') {
      context.command = { verb: 'AUTH', octets: line.octets, line: '' };
      receiveResponse(context, line);
      return;
    }
    const foreign = this.#guard.judge(line, verb);
    if (foreign !== undefined) {
      refuseForeign(context, foreign, line.octets);
      return;
    }
    context.command = { verb: verb ?? 'unknown', octets: line.octets, line: recordedLine(line, verb) };
    const refused = screen(context, line, verb);
    if (refused !== undefined) {
      context.reply(refused.reply, refused.refusal);
      return;
    }
    if (verb !== undefined) carryOut(context, verb, argumentOf(line));
  }
}
