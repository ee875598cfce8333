/**
 * Plays a recorded session under one policy. What the client said comes from the records, and so do the verdicts of
 * logins, of sending limits and of next hops; what policy decides is decided anew.
 */
import type { AuthenticateDecision, CheckLimitsDecision } from '../../../policy/decision.ts';
import { REPLIES } from '../../../policy/reply.ts';
import type { ScreenRule } from '../../../policy/screen/screen-rule.ts';
import { type Decider, DryRun, type Said, type Turn } from '../dry-run.ts';
import { relayDecider, UNCOUNTED } from '../dry-run-decider.ts';
import type { PolicyOnTrial } from '../dry-run-policy.ts';
import { RecordedHops, replyOf } from './recorded-hops.ts';
import { type RecordedMessage, RecordedScreening } from './recorded-screening.ts';
import { replayContent } from './replay-content.ts';
import { replayLine } from './replay-line.ts';
import type { RecordedCommand, RecordedSession } from './replay-recorded.ts';

export type Outcome =
  | { readonly kind: 'said'; readonly said: Said; readonly nextHop?: string }
  /** It would have been let through, and what is behind was never recorded. */
  | { readonly kind: 'unknown'; readonly why: string };

/** What the recorded identity may do, as far as it is known. */
export interface ReplayIdentity {
  readonly name: string;
  readonly senders: readonly string[];
  readonly mayBounce: boolean;
}

export interface ReplayOptions {
  readonly server: string;
  readonly trial: PolicyOnTrial;
  readonly recorded: RecordedSession;
  readonly identity: ReplayIdentity;
  /** Screening rules in force: those of them that the policy on trial has too held where the records say so. */
  readonly screensInForce: readonly ScreenRule[];
}

/** Rules of `check-limits`, by which a message was refused or deferred. */
const LIMIT_RULE = /^(?:user#limits|check-limits)/;
/** What makes the machine ask for sending limits at all. */
const SOME_LIMIT = { messagesPerDay: 1 };

/** In place of the words of a challenge, which are not recorded. */
const SOME_CHALLENGE = '{}';

export interface Replayed {
  readonly greeting: Outcome;
  /** One for each recorded command; `undefined` for those that could not come any more. */
  readonly outcomes: readonly (Outcome | undefined)[];
}

export async function replaySession(options: ReplayOptions): Promise<Replayed> {
  const replay = new SessionReplay(options);
  const greeting = outcomeOf(await replay.run.open()) ?? { kind: 'unknown', why: 'nothing is said' };
  const outcomes: (Outcome | undefined)[] = [];
  for (const command of options.recorded.commands) outcomes.push(await replay.play(command));
  return { greeting, outcomes };
}

class SessionReplay {
  readonly run: DryRun;
  readonly #options: ReplayOptions;
  readonly #hops: RecordedHops;
  #command: RecordedCommand | undefined;
  #screening: RecordedScreening | undefined;
  /** Set for good once what the client would have met next was never recorded. */
  #isLost = false;

  constructor(options: ReplayOptions) {
    const { server, trial, recorded } = options;
    this.#options = options;
    this.#hops = new RecordedHops(recorded.commands);
    const decider: Decider = {
      authenticate: async () => this.#login(),
      checkRelay: relayDecider(trial.relay),
      checkLimits: () => this.#limits(),
    };
    this.run = new DryRun({
      server,
      policy: trial.policy,
      client: recorded.client,
      isImplicitTls: recorded.isImplicitTls,
      decider,
      hops: this.#hops,
      calendarMs: Date.parse(recorded.at),
      screen: (policy, envelope) => {
        const message = (): RecordedMessage => this.#message();
        this.#screening = new RecordedScreening(policy, envelope, message, options.screensInForce);
        return this.#screening;
      },
    });
  }

  async play(command: RecordedCommand): Promise<Outcome | undefined> {
    const { session } = this.run;
    if (this.#isLost || session.isClosed) return undefined;
    this.#command = command;
    this.#hops.at(command, this.#transactionOf(command));
    if (command.kind === 'content') return session.state === 'content' ? this.#playContent(command) : undefined;
    if (command.kind === 'response') return session.state === 'exchange' ? this.#playLine(command) : undefined;
    await this.#leaveWhatNeverWas();
    return this.#playLine(command);
  }

  async #playLine(command: RecordedCommand): Promise<Outcome | undefined> {
    const { octets, isFiller } = replayLine(command);
    const outcome = outcomeOf(await this.run.send(octets));
    if (this.#isLost) return { kind: 'unknown', why: 'the login was never judged' };
    if (!isFiller || outcome?.kind !== 'said' || outcome.said.rule === command.rule) return outcome;
    this.#isLost = true;
    return { kind: 'unknown', why: 'the line was not read, and is not recorded' };
  }

  async #playContent(command: RecordedCommand): Promise<Outcome | undefined> {
    const { maxMessageOctets, checkHeaderFrom } = this.run.session.policy.settings;
    const author = checkHeaderFrom ? this.#authorOf(command) : '';
    let turn: Turn | undefined;
    for (const piece of replayContent(command, author, maxMessageOctets)) turn = await this.run.send(piece);
    const why = this.#screening?.unknown;
    if (why !== undefined) return { kind: 'unknown', why };
    return turn === undefined ? undefined : outcomeOf(turn);
  }

  /** Who the message may say it is from: its sender, or, of one without, any address that its user has. */
  #authorOf(command: RecordedCommand): string {
    const sender = this.#transactionOf(command)?.sender ?? '';
    return sender === '' ? anAddressOf(this.#options.identity.senders) : sender;
  }

  /** A message or an exchange that this policy began and the recorded session did not have. */
  async #leaveWhatNeverWas(): Promise<void> {
    const { session } = this.run;
    if (session.state === 'content') await this.run.send(Buffer.from('.\r\n'));
    if (session.state === 'exchange') await this.run.send(Buffer.from('*\r\n'));
  }

  #message(): RecordedMessage {
    const command = this.#command;
    if (command === undefined) return { screen: undefined, octets: 0 };
    return { screen: this.#transactionOf(command)?.screen, octets: command.octets };
  }

  #transactionOf({ transaction }: RecordedCommand) {
    return transaction === undefined ? undefined : this.#options.recorded.transactions.get(transaction);
  }

  #login(): AuthenticateDecision {
    const { loginReply, reply } = this.#command ?? {};
    const { identity, recorded } = this.#options;
    if (loginReply === 235) {
      const isLimited = recorded.commands.some(({ rule }) => LIMIT_RULE.test(rule ?? ''));
      const { name, senders, mayBounce } = identity;
      const limits = isLimited ? SOME_LIMIT : {};
      return { kind: 'permit', identity: name, senders: [...senders], mayBounce, limits, cacheSeconds: 0 };
    }
    if (loginReply === 535 || loginReply === 421) {
      const rejection = { kind: 'reject', reply: REPLIES.credentialsInvalid } as const;
      // A client of OAuth was told first what is wrong with its token.
      return reply === 334 ? { ...rejection, challenge: SOME_CHALLENGE } : rejection;
    }
    if (loginReply === 454) return this.#deferredLogin();
    this.#isLost = true;
    return { kind: 'defer', reply: REPLIES.authenticationDeferred };
  }

  /** A lockout is a rejection that comes later, and counts as one. */
  #deferredLogin(): AuthenticateDecision {
    const { rule } = this.#command ?? {};
    return rule === undefined
      ? { kind: 'defer', reply: REPLIES.authenticationDeferred }
      : { kind: 'reject', reply: REPLIES.lockedOut, rule };
  }

  #limits(): CheckLimitsDecision {
    const command = this.#command;
    const { rule = '' } = command ?? {};
    if (command === undefined || !LIMIT_RULE.test(rule)) return UNCOUNTED;
    const { code, enhanced = '4.7.1', text } = replyOf(command);
    return { kind: 'reject', reply: { code, enhanced, text }, rule, limit: 0 };
  }
}

function outcomeOf({ said, nextHop }: Turn): Outcome | undefined {
  const last = said.at(-1);
  if (last === undefined) return undefined;
  return { kind: 'said', said: last, ...(nextHop === undefined ? {} : { nextHop }) };
}

/** One that an identity may write as; empty when it has none. */
function anAddressOf(senders: readonly string[]): string {
  return senders.find((sender) => sender.includes('@'))?.replace(/^\*@/, 'author@') ?? '';
}
