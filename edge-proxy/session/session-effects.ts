/** Does what the machine asks for: at the next hops, of the functions, at the connection to the client. */
import { encodeReply, REPLIES } from '../../policy/reply.ts';
import { assertNever } from '../../policy/result.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import type { Effect } from '../../protocol/session/effect.ts';
import type { SmtpSession } from '../../protocol/session/session.ts';
import type { ScreenedContent } from '../kept/screened-content.ts';
import { Handover } from '../next-hop/handover.ts';
import { hopTimeouts } from '../next-hop/next-hop.ts';
import { keepContent } from './keep-content.ts';
import { RelayedLogins } from './relayed-logins.ts';
import { type QuestionOrigin, SessionQuestions } from './session-questions.ts';
import type { SessionServices } from './session-services.ts';
import { KEPT_TURN_OCTETS, TURN_OCTETS } from './turn-queue.ts';

/** What is asked on behalf of who logs in, or has. */
type IdentityEffect = Extract<
  Effect,
  { kind: 'authenticate' | 'check-limits' | 'learn-mechanisms' | `hop-auth${string}` }
>;

/** The connection to the client, as far as effects concern it. */
export interface ClientSide {
  /** Sends a reply, with those before and after it. */
  reply(encoded: string): void;
  startTls(): void;
  /** Says what is left to say, and ends the connection. */
  close(hasQuit?: boolean): void;
  /** Whether the client has sent DATA already, after the command being answered. */
  isDataNext(): boolean;
  /** Takes in what happened, and moves on; `place` is where a fault in it would be told to be. */
  pump(happened: () => void, place: string): void;
  /** Ends the session: a fault of ours. */
  fail(error: unknown, place: string): void;
}

export class SessionEffects {
  readonly #origin: QuestionOrigin;
  readonly #services: SessionServices;
  readonly #session: SmtpSession;
  readonly #client: ClientSide;
  readonly #handover: Handover;
  readonly #questions: SessionQuestions;
  #signedIn: RelayedLogins | undefined;
  /** The content under way, on a server with screening rules: it goes to no hop before it is judged. */
  #kept: ScreenedContent | undefined;
  readonly #onDrain: () => void;

  constructor(origin: QuestionOrigin, services: SessionServices, session: SmtpSession, client: ClientSide) {
    this.#origin = origin;
    this.#services = services;
    this.#session = session;
    this.#client = client;
    const { nextHops, served, now } = services;
    const onDrain = (): void => {
      if (this.#kept?.drained() === true) return;
      client.pump(() => session.receiveDrain(now()), 'next-hop-drain');
    };
    this.#onDrain = onDrain;
    this.#handover = new Handover({ nextHops, served, client: origin.address, onDrain });
    this.#questions = new SessionQuestions(origin, services, session);
  }

  /** Whether a next hop is behind: the client must not be read. */
  get isBlocked(): boolean {
    return this.#kept?.isBlocked ?? this.#handover.isBlocked;
  }

  /** Octets that the client may send before others have their turn. */
  get turnOctets(): number {
    return this.#kept === undefined ? TURN_OCTETS : KEPT_TURN_OCTETS;
  }

  /** Whether all content that was written to the next hop has left this process; undefined where no one can tell. */
  get isSent(): boolean | undefined {
    // Kept content has its memory for itself.
    return this.#kept === undefined ? this.#handover.isSent : true;
  }

  /** Gives up what is open at next hops. */
  abandon(): void {
    if (this.#kept === undefined) this.#handover.abandon();
    else this.#kept.abandon();
    this.#kept = undefined;
  }

  /** Ends a login at a next hop; the session goes on without it, or is over. */
  signOut(): void {
    this.#signedIn?.close();
  }

  run(effect: Effect): void {
    switch (effect.kind) {
      case 'reply':
        this.#client.reply(encodeReply(effect.reply));
        return;
      case 'content':
        this.#write(effect);
        return;
      case 'check-relay':
        this.#checkRelay(effect.recipients);
        return;
      case 'offer-recipients':
        this.#offerRecipients(effect);
        return;
      case 'start-content':
        this.#awaitHop(this.#startContent());
        return;
      case 'finish':
        this.#awaitHop(this.#kept === undefined ? this.#handover.finish() : this.#finishKept(this.#kept));
        return;
      case 'abandon':
        this.abandon();
        return;
      case 'record':
        this.#services.record(effect.event, this.#questions.eventOrigin());
        return;
      case 'start-tls':
        this.signOut();
        this.#client.startTls();
        return;
      case 'close':
        this.#client.close(effect.hasQuit);
        return;
      default:
        this.#runForIdentity(effect);
    }
  }

  #runForIdentity(effect: IdentityEffect): void {
    const session = this.#session;
    const { now } = this.#services;
    switch (effect.kind) {
      case 'authenticate':
        this.#whenKnown(this.#questions.authenticate(effect), (decision) =>
          session.receiveAuthentication(decision, now()),
        );
        return;
      case 'check-limits':
        this.#whenKnown(this.#questions.checkLimits(effect), (decision) =>
          session.receiveLimitsDecision(decision, now()),
        );
        return;
      case 'learn-mechanisms':
        this.#whenKnown(this.#signIn().learn(effect), (mechanisms) => session.receiveMechanisms(mechanisms, now()));
        return;
      case 'hop-auth':
      case 'hop-auth-response':
        this.#whenKnown(this.#signIn().ask(effect), (answer) => session.receiveRelayedLoginReply(answer, now()));
        return;
      case 'hop-auth-cancel':
        this.signOut();
        return;
      default:
        assertNever(effect);
    }
  }

  #signIn(): RelayedLogins {
    const { id, address } = this.#origin;
    const { nextHops, log, now } = this.#services;
    const session = this.#session;
    this.#signedIn ??= new RelayedLogins({
      id,
      nextHops,
      handover: this.#handover,
      session,
      client: address,
      xclientIdentity: () => this.#questions.xclientIdentity(),
      onLost: () => this.#client.pump(() => session.receiveHopLost(now()), 'next-hop-lost'),
      log,
    });
    return this.#signedIn;
  }

  #checkRelay(recipients: readonly string[]): void {
    const decisions = this.#questions.checkRelay(recipients);
    const { now } = this.#services;
    if (decisions instanceof Promise) {
      this.#whenKnown(decisions, (late) => this.#session.receiveRelayDecisions(late, now()));
    } else {
      this.#session.receiveRelayDecisions(decisions, now());
    }
  }

  #offerRecipients({ mail, offers }: Extract<Effect, { kind: 'offer-recipients' }>): void {
    const group = {
      offers,
      mail,
      // A server that keeps content says DATA to a hop only once the content was judged.
      isLast: this.#session.policy.screens.length === 0 && this.#client.isDataNext(),
      identity: this.#session.identityName,
      transaction: this.#session.transactionId,
      timeouts: hopTimeouts(this.#session.policy.settings),
      xclientIdentity: this.#questions.xclientIdentity(),
    };
    this.#handover.offerRecipients(group, this.#takeRecipientAnswers);
  }

  #write({ octets, isTrace }: Extract<Effect, { kind: 'content' }>): void {
    const target = this.#kept ?? this.#handover;
    if (isTrace) target.writeTrace(octets);
    else target.write(octets);
  }

  /** Where rules are to judge it, the content is kept: the client may send it at once. */
  #startContent(): HopAnswer | Promise<HopAnswer> {
    const { policy } = this.#session;
    if (policy.screens.length === 0) return this.#handover.startContent();
    this.#kept = keepContent({
      services: this.#services,
      questions: this.#questions,
      session: this.#session,
      origin: this.#origin,
      handover: this.#handover,
      onDrain: this.#onDrain,
    });
    return { reply: REPLIES.startMail, isTaken: true, rule: 'next-hop' };
  }

  async #finishKept(kept: ScreenedContent): Promise<HopAnswer> {
    const answer = await kept.finish();
    if (this.#kept === kept) this.#kept = undefined;
    return answer;
  }

  #awaitHop(asked: HopAnswer | Promise<HopAnswer>): void {
    if (asked instanceof Promise) this.#whenKnown(asked, this.#takeHopAnswer);
    else this.#takeHopAnswer(asked);
  }

  readonly #takeHopAnswer = (answer: HopAnswer): void => {
    const { now, calendar } = this.#services;
    this.#session.receiveHopAnswer(answer, now(), calendar());
  };

  readonly #takeRecipientAnswers = (answers: readonly HopAnswer[]): void =>
    this.#client.pump(() => answers.forEach(this.#takeHopAnswer), 'answer');

  #whenKnown<T>(asked: Promise<T>, take: (answer: T) => void): void {
    void asked.then(
      (answer) => this.#client.pump(() => take(answer), 'answer'),
      (error: unknown) => this.#client.fail(error, 'answer'),
    );
  }
}
