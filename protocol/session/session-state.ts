/**
 * The states of a session, what leads from one to the next, and which verb may come in which: data, not code.
 *
 * Two rules stand above the tables. A verb that is out of order is answered by `OUT_OF_ORDER` and changes nothing.
 * Every change of state is an event of `TRANSITIONS`, which says where it leads; any other is a fault of ours and throws.
 *
 * The states in the second group wait for the shell: while one is in force no client octet is taken, so replies come
 * in command order and nothing is held but what one line may be, or the recipients of one group.
 */
import type { CheckRelayDecision } from '../../policy/decision.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';
import type { Verb } from '../../policy/verb.ts';
import type { ContentStart } from '../content/content-start.ts';
import type { DataScanner } from '../content/data-scanner.ts';
import type { HeaderFromCheck } from '../content/header-from-check.ts';
import type { MessageIdReader } from '../content/message-id.ts';
import type { RelayedLoginWitness } from '../sasl/relayed-login-witness.ts';
import type { SaslExchange, SaslMechanism } from '../sasl/sasl.ts';
import type { Transaction } from './transaction.ts';

export type State =
  /** Greeted, no EHLO yet; again after STARTTLS (RFC 3207 section 4.2). */
  | { readonly kind: 'connected' }
  | { readonly kind: 'ready' }
  /** The next line is a response in an AUTH exchange. */
  | { readonly kind: 'exchange'; readonly exchange: LoginExchange }
  /** MAIL was taken, no recipient yet. */
  | { readonly kind: 'mail'; readonly transaction: Transaction }
  | { readonly kind: 'rcpt'; readonly transaction: Transaction }
  /** RCPT was taken, and those that lie whole after it join its group; over when the call is that took its line. */
  | { readonly kind: 'gathering'; readonly transaction: Transaction; readonly group: NamedRecipient[] }
  | {
      readonly kind: 'content';
      readonly transaction: Transaction;
      readonly scanner: DataScanner;
      readonly contentStart: ContentStart;
      /** `undefined` where no one asks who the message says it is from. */
      readonly headerFrom: HeaderFromCheck | undefined;
      readonly messageId: MessageIdReader;
    }
  | { readonly kind: 'closed' }
  // Waiting for the shell.
  | { readonly kind: 'handshake' }
  | { readonly kind: 'authenticating'; readonly mechanism: SaslMechanism; readonly username: string }
  /** EHLO's reply waits for the mechanisms of the next hop that authenticates. */
  | { readonly kind: 'learning' }
  /** A line of AUTH is with the next hop. */
  | { readonly kind: 'hop-login'; readonly login: RelayedLogin }
  | { readonly kind: 'relaying'; readonly transaction: Transaction; readonly group: readonly NamedRecipient[] }
  | { readonly kind: 'offering'; readonly transaction: Transaction; readonly group: DecidedGroup }
  | { readonly kind: 'opening'; readonly transaction: Transaction }
  /** The content is in, and the identity's limits are asked before any next hop is told its end. */
  | { readonly kind: 'counting'; readonly transaction: Transaction }
  | { readonly kind: 'committing'; readonly transaction: Transaction };

/** Who waits for the client's next response. */
export type LoginExchange =
  | { readonly by: 'directory'; readonly sasl: SaslExchange }
  | ({ readonly by: 'next-hop' } & RelayedLogin)
  /** No one: an OAuth client has been told what is wrong with its token, and any line of it is answered so (RFC 7628 section 3.2.3). */
  | { readonly by: 'refusal'; readonly reply: Reply; readonly rule: string | undefined };

/** A login that the next hop judges. */
export interface RelayedLogin {
  readonly witness: RelayedLoginWitness;
  /** Challenges that the hop has given. */
  readonly challenges: number;
}

/** A recipient, and the command that named it. */
export interface NamedRecipient {
  readonly recipient: string;
  readonly command: CurrentCommand;
}

export interface DecidedRecipient extends NamedRecipient {
  readonly decision: CheckRelayDecision;
}

/** The recipients of a group in the order of their commands; those before `next` are answered. */
export interface DecidedGroup {
  readonly members: readonly DecidedRecipient[];
  next: number;
}

/** The command being answered. */
export interface CurrentCommand {
  readonly verb: string;
  readonly octets: number;
  /** What the records may show of it; empty when nothing. */
  readonly line: string;
}

export type StateKind = State['kind'];

/** Whether the next move is the shell's. */
export function isWaitingState(kind: StateKind): boolean {
  switch (kind) {
    case 'handshake':
    case 'authenticating':
    case 'learning':
    case 'hop-login':
    case 'relaying':
    case 'offering':
    case 'opening':
    case 'counting':
    case 'committing':
      return true;
    default:
      return false;
  }
}

/** Outside a transaction, with nothing asked of the shell: a newer policy may be taken, and the session may be closed. */
export function isIdleState(kind: StateKind): boolean {
  return kind === 'ready' || kind === 'connected' || kind === 'exchange';
}

/**
 * Which event leads from a state to which other. A verb stands for its command, once nothing is against it; other events
 * are named in small letters. `docs/flow.md` has the same as a picture.
 */
export const TRANSITIONS = {
  connected: {
    HELO: 'ready',
    EHLO: 'ready',
    STARTTLS: 'handshake',
    RSET: 'connected',
    'tls-first': 'handshake',
    end: 'closed',
  },
  ready: {
    HELO: 'ready',
    EHLO: 'ready',
    'mechanisms-asked': 'learning',
    STARTTLS: 'handshake',
    challenge: 'exchange',
    credentials: 'authenticating',
    'auth-line': 'hop-login',
    MAIL: 'mail',
    RSET: 'ready',
    end: 'closed',
  },
  exchange: {
    challenge: 'exchange',
    credentials: 'authenticating',
    'auth-line': 'hop-login',
    'login-over': 'ready',
    end: 'closed',
  },
  authenticating: { 'login-over': 'ready', end: 'closed' },
  learning: { 'mechanisms-known': 'ready', end: 'closed' },
  'hop-login': { challenge: 'exchange', 'login-over': 'ready', end: 'closed' },
  handshake: { secured: 'connected', end: 'closed' },
  mail: { RCPT: 'gathering', HELO: 'ready', EHLO: 'ready', RSET: 'ready', end: 'closed' },
  rcpt: { RCPT: 'gathering', DATA: 'opening', HELO: 'ready', EHLO: 'ready', RSET: 'ready', end: 'closed' },
  gathering: { 'group-whole': 'relaying', end: 'closed' },
  relaying: { decided: 'offering', end: 'closed' },
  offering: { 'none-taken': 'mail', 'some-taken': 'rcpt', end: 'closed' },
  opening: { opened: 'content', concluded: 'ready', end: 'closed' },
  content: { 'limits-asked': 'counting', whole: 'committing', concluded: 'ready', end: 'closed' },
  counting: { whole: 'committing', concluded: 'ready', end: 'closed' },
  committing: { concluded: 'ready', end: 'closed' },
  closed: {},
} as const satisfies Record<StateKind, Partial<Record<string, StateKind>>>;

type Transitions = typeof TRANSITIONS;
/** What changes the state of a session. */
export type StateEvent = { [K in StateKind]: keyof Transitions[K] }[StateKind];
type TargetOf<E extends StateEvent> = {
  [K in StateKind]: E extends keyof Transitions[K] ? Transitions[K][E] : never;
}[StateKind];
/** What the state holds to which an event leads. */
export type HeldAfter<E extends StateEvent> = Omit<Extract<State, { readonly kind: TargetOf<E> }>, 'kind'>;

/** What a verb is answered where it may not come; what is absent may come. RFC 5321 section 4.1.4. */
export const OUT_OF_ORDER: Partial<Record<StateKind, Partial<Record<Verb, Reply>>>> = {
  connected: {
    MAIL: REPLIES.helloFirst,
    RCPT: REPLIES.helloFirst,
    DATA: REPLIES.helloFirst,
    AUTH: REPLIES.helloFirst,
  },
  ready: { RCPT: REPLIES.mailFirst, DATA: REPLIES.mailFirst },
  mail: {
    MAIL: REPLIES.nestedMail,
    AUTH: REPLIES.notInTransaction,
    STARTTLS: REPLIES.notInTransaction,
  },
  rcpt: {
    MAIL: REPLIES.nestedMail,
    AUTH: REPLIES.notInTransaction,
    STARTTLS: REPLIES.notInTransaction,
  },
};

/** Where an event leads from a state; one that may not come there is a fault of the machine, never of a peer, and throws. */
export function stateAfter(state: StateKind, event: StateEvent): StateKind {
  const events: Partial<Record<StateEvent, StateKind>> = TRANSITIONS[state];
  const next = events[event];
  if (next === undefined) throw new TypeError(`Session is ${state}, where ${event} cannot come`);
  return next;
}
