/**
 * What the handlers of the verbs share: who the client is, the state, and the ways to answer, record and move on.
 */
import { clientRule } from '../../policy/client-network.ts';
import type { CommandRecord, SessionEvent, SessionOutcome } from '../../policy/event.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';
import type { Policy } from '../../policy/snapshot.ts';
import type { Effect } from './effect.ts';
import {
  type CurrentCommand,
  type HeldAfter,
  type State,
  type StateEvent,
  type StateKind,
  stateAfter,
} from './session-state.ts';
import {
  answerText,
  MAX_RECORDED_COMMANDS,
  replyLine,
  type Transaction,
  transactionEvent,
  verdictOf,
} from './transaction.ts';

export interface Hello {
  readonly verb: 'HELO' | 'EHLO';
  readonly name: string;
  /** The name as the Received field tells it: cut to what cannot break the field's grammar. */
  readonly traceName: string;
  /** What may be used of the mechanisms of the hop that authenticates; absent when it does not, or could not be asked. */
  readonly hopMechanisms?: readonly string[];
}

export interface Identity {
  readonly name: string;
  /** Canonical sender patterns. */
  readonly senders: readonly string[];
  /** Whether MAIL may name the null reverse-path. */
  readonly mayBounce: boolean;
  /** Sending limits by name. */
  readonly limits: Readonly<Record<string, number>>;
}

/** A refusal by policy, as its event tells it. */
export interface Refusal {
  readonly rule: string;
  /** The command's own when absent. */
  readonly verb?: string;
  /** Octets; absent where the rule has no limit. */
  readonly limit?: number;
  /** Octets seen; the command's own when absent. */
  readonly octets?: number;
  /** Whom a refused RCPT named. */
  readonly recipient?: string;
}

/** How a login came out, whoever judged it. No credential has a field in it. */
export interface LoginOutcome {
  readonly mechanism: string;
  readonly username: string;
  readonly verdict: 'permit' | 'reject' | 'defer';
  readonly reply: Reply;
}

/**
 * Transactions that a client may give up, since the last message taken, before each more is an error of its own; so many
 * commands without mail Postfix's `smtpd_junk_command_limit` allows. Who verifies addresses gives up a few.
 */
const FREE_GIVEN_UP = 100;
/** Characters of a login's name that its event keeps. */
const MAX_EVENT_USERNAME = 256;

export interface SessionIdentity {
  /** Unique; the transactions' ids start with it. */
  readonly id: string;
  /** IP address, IPv4-mapped ones as IPv4. */
  readonly clientAddress: string;
}

const NO_COMMAND: CurrentCommand = { verb: '', octets: 0, line: '' };

export class SessionContext {
  readonly session: SessionIdentity;
  /** Those from `#taken` up to `#asked` wait for the shell; the places are used again. */
  readonly #effects: (Effect | undefined)[] = [];
  #asked = 0;
  #taken = 0;
  readonly startedAtMs: number;
  policy: Policy;
  nowMs: number;
  /** Milliseconds since 1970. */
  calendarMs = 0;
  /** When the client must have done the next thing; `undefined` while it waits for us. */
  deadlineMs: number | undefined;
  state: State = { kind: 'connected' };
  hello: Hello | undefined;
  isTls = false;
  identity: Identity | undefined;
  loginFailures = 0;
  transactions = 0;
  /** Recipients that next hops refused since the last message taken. */
  unknownRecipients = 0;
  command: CurrentCommand = NO_COMMAND;
  readonly #commands: CommandRecord[] = [];
  readonly #outcome: SessionOutcome = {};
  #errors = 0;
  /** Transactions that the client gave up since the last message taken. */
  #givenUp = 0;
  /** The command being answered gave up one transaction too many. */
  #isOneTooMany = false;
  #access: { readonly policy: Policy; readonly isRelay: boolean } | undefined;

  constructor(session: SessionIdentity, policy: Policy, nowMs: number) {
    this.session = session;
    this.policy = policy;
    this.nowMs = nowMs;
    this.startedAtMs = nowMs;
  }

  /** The open transaction, whatever is being done about it. */
  get transaction(): Transaction | undefined {
    return 'transaction' in this.state ? this.state.transaction : undefined;
  }

  get commands(): readonly CommandRecord[] {
    return [...this.#commands, ...(this.transaction?.commands ?? [])];
  }

  /** Takes an event in, which leads to the next state by the table; `held` is what that state holds, and becomes it. */
  enter<E extends StateEvent>(event: E, ...held: object extends HeldAfter<E> ? [] : [held: HeldAfter<E>]): void;
  enter(event: StateEvent, held: { kind?: StateKind } = {}): void {
    held.kind = stateAfter(this.state.kind, event);
    this.state = held as State;
  }

  /** Asks the shell for it, after what it was asked before. */
  do(effect: Effect): void {
    this.#effects[this.#asked] = effect;
    this.#asked += 1;
  }

  /** What the shell was asked for and has not taken. */
  get waitingEffects(): number {
    return this.#asked - this.#taken;
  }

  takeEffect(): Effect | undefined {
    if (this.#taken === this.#asked) {
      this.#taken = 0;
      this.#asked = 0;
      return undefined;
    }
    const effect = this.#effects[this.#taken];
    this.#effects[this.#taken] = undefined;
    this.#taken += 1;
    return effect;
  }

  /**
   * Answers the current command and starts the time for the next one.
   *
   * The `maxErrors`th reply of class 5 since the last message taken is 421 instead. Replies of class 4 do not count: they
   * tell of our state, and a client that keeps to them is in the right. What counts too is a transaction given up beyond
   * `FREE_GIVEN_UP`, for each is an event that somebody pays for.
   *
   * @param rule what decided, where that is no refusal by policy
   */
  reply(reply: Reply, refusal?: Refusal, rule = refusal?.rule): void {
    if (this.state.kind === 'closed') return;
    if (refusal !== undefined) this.recordRefusal(reply, refusal);
    if (reply.code >= 500 || this.#isOneTooMany) {
      this.#isOneTooMany = false;
      this.#errors += 1;
      if (this.#errors >= this.policy.settings.maxErrors) {
        this.recordLimit('settings#maxErrors', this.#errors, REPLIES.tooManyErrors);
        this.closeWith(REPLIES.tooManyErrors, 'settings#maxErrors');
        return;
      }
    }
    this.#send(reply, rule);
  }

  /** `reply`, for a handler that ends with it: `return context.refuse(…)`. */
  refuse(...answer: Parameters<SessionContext['reply']>): undefined {
    this.reply(...answer);
  }

  /** Answers with what a next hop said: each recipient is judged by itself (RFC 5321 section 3.3), and is no error of the client's. */
  passOn(reply: Reply, rule?: string): void {
    if (this.state.kind !== 'closed') this.#send(reply, rule);
  }

  /** A message was taken, which pays for the errors before it, as in Postfix: sessions of large senders have no end. */
  forgiveErrors(): void {
    this.#errors = 0;
    this.#givenUp = 0;
    this.unknownRecipients = 0;
  }

  /** Neither logged in nor of a `relay` network: one that may be guessing addresses. */
  get isStranger(): boolean {
    const { policy, identity, session } = this;
    if (identity !== undefined) return false;
    // Looked up once a policy: with 10,000 `client#` items it takes most of a millisecond.
    if (this.#access?.policy !== policy) {
      this.#access = { policy, isRelay: clientRule(policy.clients, session.clientAddress)?.access === 'relay' };
    }
    return !this.#access.isRelay;
  }

  /** Replies of class 5 up to the one that ends the session, itself included: at least one. */
  get errorsLeft(): number {
    return Math.max(1, this.policy.settings.maxErrors - this.#errors);
  }

  /**
   * Whether a refusal by policy takes place. Where the server is `reportOnly` it does not: it is recorded as one that
   * was let pass. Never ask this for relay, for AUTH, or for a limit that protects the task.
   */
  isRefused(reply: Reply, refusal: Refusal): boolean {
    if (!this.policy.settings.reportOnly) return true;
    const { verb, octets } = this.command;
    this.record({ type: 'refusal', verb, octets, ...refusal, reply: replyLine(reply), reportOnly: true });
    return false;
  }

  /** Says why, closes, and ends what was open. `rule` names the reason in the session's event. */
  closeWith(reply: Reply, rule: string, hasQuit = false): void {
    this.#send(reply, reply.code < 400 ? undefined : rule);
    this.do(hasQuit ? { kind: 'close', hasQuit } : { kind: 'close' });
    this.end(rule);
  }

  /** The third failed login of a session is its last (`maxLoginFailures`). */
  refuseLogin(reply: Reply, rule?: string): void {
    this.loginFailures += 1;
    if (this.loginFailures < this.policy.settings.maxLoginFailures) {
      this.reply(reply, undefined, rule);
      return;
    }
    this.recordLimit('settings#maxLoginFailures', this.loginFailures, REPLIES.tooManyLoginFailures);
    this.closeWith(REPLIES.tooManyLoginFailures, 'settings#maxLoginFailures');
  }

  /** Ends the session for whatever reason: records what was open. Nothing more is taken or answered. */
  end(rule: string): void {
    if (this.state.kind === 'closed') return;
    this.dropTransaction(rule);
    this.enter('end');
    this.deadlineMs = undefined;
    this.record({
      type: 'session',
      ending: rule,
      transactions: this.transactions,
      outcome: this.#outcome,
      durationMs: Math.max(0, Math.round(this.nowMs - this.startedAtMs)),
      commands: this.#commands,
    });
  }

  /** Gives up an open transaction, at the next hop too; without one does nothing. */
  dropTransaction(ending: string): void {
    const { transaction } = this;
    if (transaction === undefined) return;
    if (transaction.outcome === undefined) this.abandon(transaction);
    this.recordTransaction(transaction, ending);
  }

  /** Ends an open transaction as the client asked, by RSET or by a new EHLO; without one does nothing. */
  giveUpTransaction(verb: string): void {
    if (this.transaction === undefined) return;
    this.dropTransaction(verb);
    this.#givenUp += 1;
    this.#isOneTooMany = this.#givenUp > FREE_GIVEN_UP;
  }

  /** Hands nothing on; once, whatever else goes wrong later. */
  abandon(transaction: Transaction): void {
    if (transaction.isAbandoned) return;
    transaction.isAbandoned = true;
    this.do({ kind: 'abandon' });
  }

  recordTransaction(transaction: Transaction, ending = ''): void {
    this.record(transactionEvent(transaction, ending, this.nowMs));
  }

  /** Takes `event` over, and says in it who has logged in. */
  record(event: SessionEvent): void {
    const counted = countedAs(event);
    if (counted !== undefined) this.#outcome[counted] = (this.#outcome[counted] ?? 0) + 1;
    if (this.identity !== undefined) event.identity = this.identity.name;
    this.do({ kind: 'record', event });
  }

  /** Starts the time in which the client must send its next command. */
  awaitCommand(): void {
    this.deadlineMs = this.nowMs + this.policy.settings.commandTimeoutSeconds * 1000;
  }

  #send(reply: Reply, rule?: string): void {
    this.do(rule === undefined ? { kind: 'reply', reply } : { kind: 'reply', reply, rule });
    this.awaitCommand();
    const { command, transaction } = this;
    if (command === NO_COMMAND) return;
    const commands = transaction?.commands ?? this.#commands;
    if (transaction !== undefined && command.verb === 'RCPT' && reply.code >= 400) {
      transaction.hasRefusedRecipient = true;
    }
    if (commands.length < MAX_RECORDED_COMMANDS) commands.push(this.#recordOf(command, reply, rule));
    this.command = NO_COMMAND;
  }

  #recordOf({ verb, octets, line }: CurrentCommand, reply: Reply, rule: string | undefined): CommandRecord {
    const atMs = Math.max(0, Math.round(this.nowMs - this.startedAtMs));
    const record: CommandRecord = { verb, octets, reply: reply.code, answer: answerText(reply), atMs };
    if (line !== '') record.line = line;
    if (rule !== undefined) record.rule = rule;
    return record;
  }

  recordRefusal(reply: Reply, refusal: Refusal): void {
    const { verb, octets } = this.command;
    this.record({ type: 'refusal', verb, octets, ...refusal, reply: replyLine(reply) });
    const { transaction } = this;
    if (transaction === undefined || verb !== 'RCPT') return;
    transaction.lastRefusal = { verdict: verdictOf(reply), rule: refusal.rule, reply: replyLine(reply) };
  }

  recordLogin({ mechanism, username, verdict, reply }: LoginOutcome): void {
    const kept = username.slice(0, MAX_EVENT_USERNAME);
    this.record({ type: 'login', mechanism, username: kept, verdict, reply: replyLine(reply) });
  }

  recordLimit(rule: string, limit: number, reply: Reply): void {
    this.record({ type: 'limit', rule, limit, reply: replyLine(reply) });
  }
}

/** What an event adds to the outcome of its session; `undefined` for what tells nothing of it. */
function countedAs(event: SessionEvent): keyof SessionOutcome | undefined {
  if (event.type === 'transaction') return event.verdict;
  if (event.type === 'login') return event.verdict === 'reject' ? 'failedLogins' : undefined;
  return event.type === 'refusal' && event.reportOnly !== true ? 'refusals' : undefined;
}
