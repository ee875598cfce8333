/**
 * A session that never takes place: the machine of `protocol/` with a shell that has no socket, sends nothing, records
 * nothing and counts nothing. The relay rule is asked as in a live session; what only a client or a next hop could tell
 * is assumed, by whoever starts it.
 */
import { clientRule } from '../../policy/client-network.ts';
import type { AuthenticateDecision, CheckLimitsDecision, CheckRelayDecision } from '../../policy/decision.ts';
import type { SessionEvent } from '../../policy/event.ts';
import { type NextHop, nextHopName } from '../../policy/next-hop.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';
import type { AuthenticateRequest, CheckRelayRequest, Client } from '../../policy/request.ts';
import { assertNever } from '../../policy/result.ts';
import type { ScreenEnvelope, ScreenVerdict } from '../../policy/screen/screen-rule.ts';
import type { Policy } from '../../policy/snapshot.ts';
import { type Screened, Screening } from '../../protocol/content/screening.ts';
import type { HopAnswer, MailCommand } from '../../protocol/hop/hop-answer.ts';
import type { RelayedLoginReply } from '../../protocol/hop/relayed-login-reply.ts';
import { answerWithoutHop } from '../../protocol/hop/screened-answer.ts';
import { admissionRefusal } from '../../protocol/session/admission.ts';
import type { Effect } from '../../protocol/session/effect.ts';
import { SmtpSession } from '../../protocol/session/session.ts';

export interface Decider {
  authenticate(request: AuthenticateRequest): Promise<AuthenticateDecision>;
  checkRelay(request: CheckRelayRequest): Promise<CheckRelayDecision>;
  /** Must count nothing. */
  checkLimits(question: LimitsQuestion): CheckLimitsDecision;
}

export type LimitsQuestion = Extract<Effect, { kind: 'check-limits' }>;

/** The next hops of one session; at most one transaction at a time, as the machine leads it. */
export interface DryRunHops {
  offerRecipient(hop: NextHop, mail: MailCommand, forwardPath: string): HopAnswer;
  startContent(): HopAnswer;
  content(octets: Uint8Array, isTrace: boolean): void;
  finish(): HopAnswer;
  abandon(): void;
  /** SASL mechanisms that the hop offers under TLS; `undefined` when it cannot be asked. */
  mechanisms(hop: NextHop, policy: Policy): readonly string[] | undefined;
  /** The first line of a login, with the initial response if there is one. */
  authenticate(mechanism: string, initial?: string): RelayedLoginReply;
  respond(response: string): RelayedLoginReply;
}

export interface DryRunOptions {
  readonly server: string;
  readonly policy: Policy;
  readonly client: Pick<Client, 'address' | 'port'>;
  /** TLS before the greeting. */
  readonly isImplicitTls: boolean;
  readonly decider: Decider;
  readonly hops: DryRunHops;
  /** Milliseconds since 1970, for the Received field. */
  readonly calendarMs: number;
  /** Judges a message by screening rules; without it, by what is in it. */
  readonly screen?: MakeScreening;
}

/** A message on its way through screening rules; what it says is the answer of whoever keeps it. */
export interface DryScreening {
  receive(octets: Uint8Array): void;
  end(): Screened;
}

export type MakeScreening = (policy: Policy, envelope: ScreenEnvelope) => DryScreening;

export interface Said {
  readonly reply: Reply;
  readonly rule?: string;
}

/** What came of one thing that happened to the session. */
export interface Turn {
  readonly said: readonly Said[];
  /** What a live session would have recorded. */
  readonly events: readonly SessionEvent[];
  /** The next hop that was offered a recipient. */
  readonly nextHop?: string;
  /** What the shell was asked to do. */
  readonly asked: ReadonlySet<Effect['kind']>;
  /** What rules made of a message. */
  readonly screened?: Screened;
}

interface OpenTurn {
  readonly said: Said[];
  readonly events: SessionEvent[];
  nextHop?: string;
  readonly asked: Set<Effect['kind']>;
  screened?: Screened;
}

const SESSION_ID = 'dry-run';

export class DryRun {
  readonly session: SmtpSession;
  readonly #options: DryRunOptions;
  #turn: OpenTurn = newTurn();
  #nowMs = 0;
  #envelope: { transaction: string | undefined; sender: string; recipients: string[] } = NO_ENVELOPE();
  #screening: DryScreening | undefined;

  constructor(options: DryRunOptions) {
    const { policy, client, isImplicitTls } = options;
    this.#options = options;
    const refusal = admissionRefusal(policy, client.address);
    this.session = new SmtpSession({
      id: SESSION_ID,
      clientAddress: client.address,
      policy,
      isImplicitTls,
      nowMs: this.#nowMs,
      ...(refusal === undefined ? {} : { refusal }),
    });
  }

  /** The greeting, or what is said in its place. */
  open(): Promise<Turn> {
    return this.happen(() => {
      if (this.#options.isImplicitTls) this.session.receiveTls(this.#nowMs);
    });
  }

  /** Octets of the client; those that come in the clear after STARTTLS, or after a close, are dropped. */
  send(octets: Buffer): Promise<Turn> {
    return this.happen(async () => {
      let at = 0;
      while (at < octets.length && !this.session.isClosed && !this.#turn.asked.has('start-tls')) {
        at = this.session.receiveClient(octets, at, this.#nowMs);
        await this.#settle();
      }
    });
  }

  /** Time passes; deadlines on the way are met. */
  wait(seconds: number): Promise<Turn> {
    const untilMs = this.#nowMs + seconds * 1000;
    return this.happen(async () => {
      for (let at = this.session.deadline(); at !== undefined && at <= untilMs; at = this.session.deadline()) {
        this.#nowMs = at;
        this.session.handleTimeout(at);
        await this.#settle();
      }
      this.#nowMs = untilMs;
    });
  }

  /** Whatever else the machine can be told. */
  async happen(tell: (session: SmtpSession, nowMs: number) => void | Promise<void>): Promise<Turn> {
    const turn = newTurn();
    this.#turn = turn;
    await tell(this.session, this.#nowMs);
    await this.#settle();
    return turn;
  }

  async #settle(): Promise<void> {
    for (let effect = this.session.nextEffect(); effect !== undefined; effect = this.session.nextEffect()) {
      await this.#perform(effect);
    }
  }

  async #perform(effect: Effect): Promise<void> {
    const { session } = this;
    const { decider, hops } = this.#options;
    this.#turn.asked.add(effect.kind);
    switch (effect.kind) {
      case 'reply':
        this.#turn.said.push({ reply: effect.reply, ...(effect.rule === undefined ? {} : { rule: effect.rule }) });
        return;
      case 'start-tls':
        session.receiveTls(this.#nowMs);
        return;
      case 'authenticate': {
        const { kind: _, ...credentials } = effect;
        const decision = await decider.authenticate({ ...this.#question(), ...credentials });
        session.receiveAuthentication(decision, this.#nowMs);
        return;
      }
      case 'check-relay': {
        const decisions: CheckRelayDecision[] = [];
        for (const recipient of effect.recipients) {
          decisions.push(await decider.checkRelay(this.#relayQuestion(recipient)));
        }
        session.receiveRelayDecisions(decisions, this.#nowMs);
        return;
      }
      case 'learn-mechanisms':
        session.receiveMechanisms(hops.mechanisms(effect.nextHop, session.policy), this.#nowMs);
        return;
      case 'hop-auth':
        session.receiveRelayedLoginReply(hops.authenticate(effect.mechanism, effect.initial), this.#nowMs);
        return;
      case 'hop-auth-response':
        session.receiveRelayedLoginReply(hops.respond(effect.response), this.#nowMs);
        return;
      case 'check-limits':
        session.receiveLimitsDecision(decider.checkLimits(effect), this.#nowMs);
        return;
      case 'record':
        this.#turn.events.push(effect.event);
        return;
      case 'hop-auth-cancel':
      case 'close':
        return;
      default:
        await this.#performAtHop(effect);
    }
  }

  async #performAtHop(
    effect: Extract<Effect, { kind: 'offer-recipients' | 'start-content' | 'content' | 'finish' | 'abandon' }>,
  ): Promise<void> {
    const { hops } = this.#options;
    switch (effect.kind) {
      case 'offer-recipients':
        this.#offerRecipients(effect);
        return;
      case 'start-content':
        this.#answerForHop(this.#startContent());
        return;
      case 'content':
        if (this.#screening === undefined) hops.content(effect.octets, effect.isTrace === true);
        else if (effect.isTrace !== true) this.#screening.receive(effect.octets);
        return;
      case 'finish':
        this.#answerForHop(this.#screening === undefined ? hops.finish() : await this.#judge(this.#screening));
        return;
      case 'abandon':
        this.#screening = undefined;
        hops.abandon();
        return;
      default:
        assertNever(effect);
    }
  }

  #offerRecipients({ mail, offers }: Extract<Effect, { kind: 'offer-recipients' }>): void {
    const { transactionId: transaction } = this.session;
    if (this.#envelope.transaction !== transaction) this.#envelope = { ...NO_ENVELOPE(), transaction };
    this.#envelope.sender = mail.path;
    for (const { nextHop, forwardPath } of offers) {
      this.#turn.nextHop = nextHopName(nextHop);
      const answer = this.#options.hops.offerRecipient(nextHop, mail, forwardPath);
      if (answer.isTaken) this.#envelope.recipients.push(forwardPath);
      this.#answerForHop(answer);
    }
  }

  /** As a live session does: where rules are to judge it, the content is kept, and no hop is asked. */
  #startContent(): HopAnswer {
    const { policy } = this.session;
    const { hops, screen = screenContent } = this.#options;
    if (policy.screens.length === 0) return hops.startContent();
    this.#screening = screen(policy, this.#envelope);
    return { reply: REPLIES.startMail, isTaken: true, rule: 'next-hop' };
  }

  async #judge(screening: DryScreening): Promise<HopAnswer> {
    this.#screening = undefined;
    const screened = screening.end();
    this.#turn.screened = screened;
    return { ...(await this.#carriedOut(screened.verdict)), screen: screened.record };
  }

  async #carriedOut(verdict: ScreenVerdict): Promise<HopAnswer> {
    const { hops, decider } = this.#options;
    const answer = answerWithoutHop(verdict);
    if (answer !== undefined) {
      hops.abandon();
      return answer;
    }
    if (verdict.action === 'forward') {
      const decision = await decider.checkRelay({
        ...this.#question(),
        recipient: verdict.forwardTo ?? '',
        trusted: false,
      });
      if (decision.kind !== 'permit') return { reply: REPLIES.contentNotKept, isTaken: false, rule: 'forward' };
      this.#turn.nextHop = nextHopName(decision.nextHop);
    }
    const started = hops.startContent();
    return started.isTaken ? hops.finish() : started;
  }

  #answerForHop(answer: HopAnswer): void {
    this.session.receiveHopAnswer(answer, this.#nowMs, this.#options.calendarMs);
  }

  #question() {
    const { server, client } = this.#options;
    const helo = this.session.helloName;
    const who: Client = { address: client.address, port: client.port, tls: this.session.isTls };
    return { server, session: SESSION_ID, client: helo === undefined ? who : { ...who, helo } };
  }

  #relayQuestion(recipient: string): CheckRelayRequest {
    const { identityName: identity, policy } = this.session;
    return {
      ...this.#question(),
      ...(identity === undefined ? {} : { identity }),
      recipient,
      trusted: clientRule(policy.clients, this.#options.client.address)?.access === 'relay',
    };
  }
}

/** What a message itself tells. */
function screenContent(policy: Policy, envelope: ScreenEnvelope): DryScreening {
  return new Screening(policy, envelope);
}

const NO_ENVELOPE = () => ({ transaction: undefined as string | undefined, sender: '', recipients: [] as string[] });

function newTurn(): OpenTurn {
  return { said: [], events: [], asked: new Set() };
}
