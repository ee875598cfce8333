/**
 * The machine with a shell that does each effect at once: no socket, no clock but the test's.
 *
 * After every call it checks what must hold at any moment: a deadline runs, or the shell is to move, or all is over.
 */

import { clientRule } from '../../policy/client-network.ts';
import type { SessionEvent } from '../../policy/event.ts';
import { encodeReply } from '../../policy/reply.ts';
import { assertNever } from '../../policy/result.ts';
import type { Policy } from '../../policy/snapshot.ts';
import { authDeferred } from '../../protocol/hop/relayed-login-reply.ts';
import { admissionRefusal, type SessionRefusal } from '../../protocol/session/admission.ts';
import type { Effect } from '../../protocol/session/effect.ts';
import { SmtpSession } from '../../protocol/session/session.ts';
import { type Answers, type AuthRequest, WILLING } from './answers.ts';
import { HopTranscript } from './hop-transcript.ts';
import { testPolicy } from './policy.ts';
import { type Segmentation, WHOLE } from './segmentation.ts';

const PERMIT = { kind: 'permit' } as const;

export interface DriverOptions {
  readonly policy?: Policy;
  readonly answers?: Partial<Answers>;
  readonly isImplicitTls?: boolean;
  readonly clientAddress?: string;
  readonly segmentation?: Segmentation;
  readonly refusal?: SessionRefusal;
}

export const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
export const CLIENT_ADDRESS = '127.0.0.1';

export class MachineDriver {
  readonly session: SmtpSession;
  readonly hop = new HopTranscript();
  /** Encoded, one entry a reply. */
  readonly replies: string[] = [];
  readonly events: SessionEvent[] = [];
  /** Effects in order, content merged; content that was given up is left out, since its amount depends on the chunks. */
  readonly trace: string[] = [];
  /** Recipients whose relay was asked about last. */
  asked: readonly string[] = [];
  /** Whether the shell was told to close. */
  isToClose = false;
  nowMs = START_MS;
  readonly #answers: Answers;
  readonly #segmentation: Segmentation;
  readonly #clientAddress: string;
  #pending: { readonly chunk: Buffer; at: number }[] = [];

  constructor(options: DriverOptions = {}) {
    const { policy = testPolicy(), clientAddress = CLIENT_ADDRESS, segmentation = WHOLE } = options;
    this.#answers = { ...WILLING, ...options.answers };
    this.#segmentation = segmentation;
    this.#clientAddress = clientAddress;
    const refusal = options.refusal ?? admissionRefusal(policy, clientAddress);
    this.session = new SmtpSession({
      id: 'S',
      clientAddress,
      policy,
      isImplicitTls: options.isImplicitTls ?? false,
      nowMs: this.nowMs,
      ...(refusal === undefined ? {} : { refusal }),
    });
    this.settle();
    if (options.isImplicitTls === true) this.shakeHands();
  }

  /** All replies as they went over the wire. */
  get wire(): string {
    return this.replies.join('');
  }

  /** One flight of the client, cut as the segmentation says; strings are octets as Latin-1. */
  send(octets: string | Buffer): void {
    const flight = typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets;
    for (const chunk of this.#segmentation.cut(flight)) this.#pending.push({ chunk, at: 0 });
    this.settle();
  }

  shakeHands(): void {
    this.session.receiveTls(this.nowMs);
    this.settle();
  }

  end(): void {
    this.session.receiveEnd(this.nowMs);
    this.settle();
  }

  reset(): void {
    this.session.receiveReset(this.nowMs);
    this.settle();
  }

  /** Lets time pass; deadlines on the way are met. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const deadline = this.session.deadline();
      if (deadline === undefined || deadline > untilMs) break;
      this.nowMs = deadline;
      this.session.handleTimeout(deadline);
      this.settle();
    }
    this.nowMs = untilMs;
  }

  /** Does all effects and takes what the client has sent, until nothing moves. */
  settle(): void {
    for (;;) {
      for (let effect = this.session.nextEffect(); effect !== undefined; effect = this.session.nextEffect()) {
        this.#note(effect);
        this.#perform(effect);
      }
      this.#checkSoundness();
      const [next] = this.#pending;
      if (next === undefined || this.session.isWaiting) return;
      if (this.session.isClosed) {
        this.#pending = [];
        return;
      }
      const used = this.session.receiveClient(next.chunk, next.at, this.nowMs);
      if (used <= next.at && !this.session.isClosed) throw new Error('The machine took no octet and did not say why');
      next.at = used;
      if (used >= next.chunk.length && this.#pending[0] === next) this.#pending.shift();
    }
  }

  #checkSoundness(): void {
    const { session } = this;
    const isTimed = session.deadline() !== undefined;
    if (session.isClosed && isTimed) throw new Error('A closed session has a deadline');
    if (!session.isClosed && !session.isWaiting && !isTimed) throw new Error(`No deadline runs in ${session.state}`);
  }

  /** The trace by whom it concerns: recipients of a group are asked for before the first of them is answered. */
  get sides(): { readonly client: readonly string[]; readonly hop: readonly string[] } {
    const concernsHop = (text: string): boolean =>
      /^(?:offer-recipient|start-content|content|finish|abandon) /.test(text);
    const client = this.trace.filter((text) => !concernsHop(text) && !text.startsWith('check-relay '));
    return { client, hop: this.trace.filter(concernsHop) };
  }

  #note(effect: Effect): void {
    if (effect.kind === 'check-relay') this.asked = effect.recipients;
    if (effect.kind === 'offer-recipients') {
      const { mail, offers } = effect;
      this.trace.push(...offers.map((offer) => `offer-recipient ${JSON.stringify({ mail, ...offer })}`));
      return;
    }
    const text = describe(effect);
    if (effect.kind === 'content' && this.trace.at(-1)?.startsWith('content ')) {
      this.trace.push(`${this.trace.pop()}${text.slice('content '.length)}`);
      return;
    }
    if (effect.kind === 'abandon' && this.trace.at(-1)?.startsWith('content ')) this.trace.pop();
    this.trace.push(text);
  }

  #perform(effect: Effect): void {
    const { session, nowMs } = this;
    switch (effect.kind) {
      case 'reply':
        this.replies.push(encodeReply(effect.reply));
        return;
      case 'start-tls':
        this.#pending = [];
        session.receiveTls(nowMs);
        return;
      case 'authenticate': {
        const decision = this.#answers.authenticate(effect);
        if (decision !== undefined) session.receiveAuthentication(decision, nowMs);
        return;
      }
      case 'check-relay': {
        const { policy, identityName } = session;
        const trusted = clientRule(policy.clients, this.#clientAddress)?.access === 'relay';
        const identity = identityName === undefined ? {} : { identity: identityName };
        const decisions = effect.recipients.map((recipient) =>
          this.#answers.checkRelay({ recipient, trusted, ...identity }, policy),
        );
        if (!decisions.includes(undefined))
          session.receiveRelayDecisions(
            decisions.flatMap((d) => d ?? []),
            nowMs,
          );
        return;
      }
      case 'check-limits': {
        const decision = this.#answers.checkLimits === undefined ? PERMIT : this.#answers.checkLimits(effect);
        if (decision !== undefined) session.receiveLimitsDecision(decision, nowMs);
        return;
      }
      case 'learn-mechanisms':
        session.receiveMechanisms(this.#answers.mechanisms?.(), nowMs);
        return;
      case 'hop-auth':
      case 'hop-auth-response':
        this.#performAuth(effect);
        return;
      case 'hop-auth-cancel':
        this.hop.cancelAuth();
        return;
      case 'record':
        this.events.push(effect.event);
        return;
      case 'close':
        this.isToClose = true;
        return;
      default:
        this.#performAtHop(effect);
    }
  }

  #performAuth(effect: Extract<Effect, { kind: 'hop-auth' | 'hop-auth-response' }>): void {
    const request: AuthRequest =
      effect.kind === 'hop-auth-response'
        ? { kind: 'response', response: effect.response }
        : {
            kind: 'start',
            mechanism: effect.mechanism,
            ...(effect.initial === undefined ? {} : { initial: effect.initial }),
          };
    this.hop.auth(request);
    const { hopAuth } = this.#answers;
    const answer = hopAuth === undefined ? authDeferred('no hop') : hopAuth(request);
    if (answer !== undefined) this.session.receiveRelayedLoginReply(answer, this.nowMs);
  }

  #performAtHop(
    effect: Extract<Effect, { kind: 'offer-recipients' | 'start-content' | 'content' | 'finish' | 'abandon' }>,
  ): void {
    const { hop } = this;
    switch (effect.kind) {
      case 'offer-recipients': {
        const { mail, offers } = effect;
        for (const { forwardPath } of offers) hop.offerRecipient(mail, forwardPath);
        for (const { forwardPath } of offers) this.#answerForHop({ kind: 'recipient', mail, forwardPath });
        return;
      }
      case 'start-content':
        hop.startContent();
        this.#answerForHop({ kind: 'content' });
        return;
      case 'content':
        hop.content(effect.octets);
        return;
      case 'finish':
        hop.finish();
        this.#answerForHop({ kind: 'finish' });
        return;
      case 'abandon':
        hop.abandon();
        return;
      default:
        assertNever(effect);
    }
  }

  #answerForHop(request: Parameters<Answers['hop']>[0]): void {
    const answer = this.#answers.hop(request);
    if (answer !== undefined) this.session.receiveHopAnswer(answer, this.nowMs);
  }
}

function describe(effect: Effect): string {
  switch (effect.kind) {
    case 'reply':
      return `reply ${encodeReply(effect.reply)}`;
    case 'content':
      return `content ${Buffer.from(effect.octets).toString('latin1')}`;
    default:
      return `${effect.kind} ${JSON.stringify(effect)}`;
  }
}
