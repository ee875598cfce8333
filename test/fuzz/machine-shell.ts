/**
 * A shell round the machine that answers when chance has it: at once, late, twice, or never.
 *
 * Every octet that the machine took is written down, so that a watch can read the client's side for itself.
 */
import type { CheckLimitsDecision, CheckRelayDecision } from '../../policy/decision.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';
import type { Policy } from '../../policy/snapshot.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import { authDeferred, type RelayedLoginReply } from '../../protocol/hop/relayed-login-reply.ts';
import { SmtpSession } from '../../protocol/session/session.ts';
import { permitLogin, refused, taken } from '../support/answers.ts';
import { MachineWatch } from './machine-watch.ts';
import type { Random } from './random.ts';
import { mustHold } from './target.ts';

const START_MS = 1_000_000;

const HOP_REPLIES = [
  REPLIES.ok,
  { code: 354, text: 'x' },
  { code: 200, text: 'x\ny' },
  { code: 421, enhanced: '4.0.0', text: 'x' },
  { code: 550, enhanced: '5.1.1', text: 'x' },
] as const satisfies readonly Reply[];

const MECHANISMS = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-256', 'XOAUTH2', 'OAUTHBEARER', 'SRP', 'GSSAPI'] as const;
const AUTH_ANSWERS: readonly RelayedLoginReply[] = [
  { kind: 'challenge', text: '' },
  { kind: 'challenge', text: 'eA==' },
  { kind: 'taken' },
  { kind: 'refused', reply: REPLIES.credentialsInvalid, detail: '535' },
  { kind: 'refused', reply: REPLIES.badBase64, detail: '501' },
  authDeferred('gone'),
];

export interface ShellOptions {
  readonly random: Random;
  readonly policy: Policy;
  readonly otherPolicy: Policy;
  readonly isImplicitTls: boolean;
}

export class MachineShell {
  readonly #session: SmtpSession;
  readonly #random: Random;
  readonly #otherPolicy: Policy;
  readonly #watch: MachineWatch;
  #nowMs = START_MS;
  #isTlsWanted: boolean;
  #askedRecipients = 0;
  /** Nothing goes wrong: so that half of all dialogues get to their end. */
  readonly #isCalm: boolean;

  constructor({ random, policy, otherPolicy, isImplicitTls }: ShellOptions) {
    this.#random = random;
    this.#otherPolicy = otherPolicy;
    this.#isTlsWanted = isImplicitTls;
    this.#isCalm = random.once(2);
    const id = 'S';
    this.#session = new SmtpSession({ id, clientAddress: '192.0.2.1', policy, isImplicitTls, nowMs: this.#nowMs });
    this.#watch = new MachineWatch(this.#session);
    this.#runEffects();
  }

  /** One segment of the client; what comes in the clear after STARTTLS is dropped, as sockets have it. */
  receive(segment: Buffer): void {
    let at = 0;
    while (at < segment.length && !this.#session.isClosed) {
      if (this.#isTlsWanted) at = segment.length;
      if (this.#session.isWaiting || (!this.#isCalm && this.#random.once(30))) {
        this.#happen();
        continue;
      }
      const used = this.#session.receiveClient(segment, at, this.#nowMs);
      this.#watch.took(segment.subarray(at, used));
      const hadEffects = this.#runEffects() > 0;
      mustHold(used > at || hadEffects || this.#session.isClosed, 'The machine took no octet and did not say why');
      at = used;
    }
  }

  /** The client goes, one way or the other; then whatever is still open is answered. */
  end(): void {
    const isPolite = this.#isCalm || this.#random.once(2);
    for (let turns = 0; isPolite && this.#session.isWaiting && turns < 50; turns += 1) this.#happen();
    if (isPolite && !this.#session.isWaiting) this.#session.receiveEnd(this.#nowMs);
    else this.#session.receiveReset(this.#nowMs);
    this.#runEffects();
    if (!this.#session.isClosed) this.#answerHop(taken(REPLIES.ok));
    mustHold(this.#session.isClosed, 'A session outlives its client');
    this.#watch.end();
  }

  #happen(): void {
    const { state } = this.#session;
    const chance = this.#isCalm ? 100 : this.#random.below(100);
    if (chance < 4) this.#pass(this.#random.pick([1000, 29_999, 30_000, 180_000, 300_000]));
    else if (chance < 5) this.#session.receiveReset(this.#nowMs);
    else if (chance < 6) this.#session.shutDown(this.#nowMs);
    else if (chance < 7) this.#session.giveUp(this.#nowMs);
    else if (chance < 10) this.#session.receiveDrain(this.#nowMs);
    else if (chance < 13) this.#session.offerPolicy(this.#otherPolicy);
    else if (chance < 17) this.#answerWrongly();
    else if (chance < 18) this.#session.receiveHopLost(this.#nowMs);
    else this.#answer(state);
    this.#runEffects();
  }

  #pass(ms: number): void {
    this.#nowMs += ms;
    const deadlineMs = this.#session.deadline();
    const isDue = deadlineMs !== undefined && deadlineMs <= this.#nowMs;
    this.#session.handleTimeout(this.#nowMs);
    mustHold(!isDue || this.#session.isClosed, 'A session outlives its deadline');
  }

  /** Answers that no one asked for, as they come late. */
  #answerWrongly(): void {
    const { state } = this.#session;
    if (state !== 'authenticating') this.#session.receiveAuthentication(permitLogin('late', ['*']), this.#nowMs);
    if (state !== 'relaying') this.#decideRelay();
    if (state !== 'counting') this.#decideLimits();
    if (state !== 'learning') this.#session.receiveMechanisms(MECHANISMS, this.#nowMs);
    if (state !== 'hop-login') this.#session.receiveRelayedLoginReply({ kind: 'taken' }, this.#nowMs);
    if (state !== 'handshake') this.#session.receiveTls(this.#nowMs);
    if (!['offering', 'opening', 'committing'].includes(state)) this.#answerHop(taken(REPLIES.ok));
  }

  #answer(state: SmtpSession['state']): void {
    switch (state) {
      case 'handshake':
        this.#isTlsWanted = false;
        this.#session.receiveTls(this.#nowMs);
        return;
      case 'authenticating':
        this.#session.receiveAuthentication(
          this.#random.pick([
            permitLogin('alice@example.com', ['*']),
            permitLogin('alice@example.com', ['alice@example.com']),
            permitLogin('alice@example.com', ['*'], { limits: { messagesPerHour: 1 }, mayBounce: false }),
            { kind: 'reject', reply: REPLIES.credentialsInvalid },
            { kind: 'defer', reply: REPLIES.authenticationDeferred },
          ]),
          this.#nowMs,
        );
        return;
      case 'relaying':
        this.#decideRelay();
        return;
      case 'counting':
        this.#decideLimits();
        return;
      case 'learning':
        this.#session.receiveMechanisms(this.#random.once(10) ? undefined : MECHANISMS, this.#nowMs);
        return;
      case 'hop-login':
        this.#session.receiveRelayedLoginReply(this.#random.pick(AUTH_ANSWERS), this.#nowMs);
        return;
      default:
        this.#answerHop(this.#hopAnswer());
    }
  }

  #decideRelay(): void {
    const lasting = { scope: 'domain', cacheSeconds: 0, rule: 'x' } as const;
    const { defaultNextHop: nextHop } = this.#session.policy.settings;
    const decisions = Array.from({ length: this.#askedRecipients }, (): CheckRelayDecision => {
      if (!this.#random.once(this.#isCalm ? 50 : 5)) return { kind: 'permit', nextHop, ...lasting };
      return this.#random.pick<CheckRelayDecision>([
        { kind: 'reject', reply: REPLIES.relayDenied, ...lasting },
        { kind: 'defer', reply: REPLIES.decisionDeferred },
      ]);
    });
    this.#watch.relayDecided(decisions.map(({ kind }) => kind === 'permit'));
    this.#session.receiveRelayDecisions(decisions, this.#nowMs);
  }

  #decideLimits(): void {
    const decision = this.#random.pick<CheckLimitsDecision>([
      { kind: 'permit' },
      { kind: 'reject', reply: REPLIES.sendingLimitReached, rule: 'user#limits.messagesPerHour', limit: 1 },
      { kind: 'defer', reply: REPLIES.decisionDeferred },
    ]);
    this.#watch.limitsDecided(decision.kind === 'permit');
    this.#session.receiveLimitsDecision(decision, this.#nowMs);
  }

  /** Mostly good; else refusals, failures, and answers that contradict themselves. */
  #hopAnswer(): HopAnswer {
    if (!this.#random.once(this.#isCalm ? 20 : 4)) return taken(REPLIES.ok);
    if (this.#random.once(2)) return refused(this.#random.pick([REPLIES.hopDown, REPLIES.hopInsane]));
    return { reply: this.#random.pick(HOP_REPLIES), isTaken: this.#random.once(2), rule: 'next-hop' };
  }

  #answerHop(answer: HopAnswer): void {
    this.#watch.hopAnswered(answer);
    this.#session.receiveHopAnswer(answer, this.#nowMs);
    this.#runEffects();
  }

  #runEffects(): number {
    let count = 0;
    for (let effect = this.#session.nextEffect(); effect !== undefined; effect = this.#session.nextEffect()) {
      if (effect.kind === 'start-tls') this.#isTlsWanted = true;
      if (effect.kind === 'check-relay') this.#askedRecipients = effect.recipients.length;
      this.#watch.effect(effect);
      count += 1;
    }
    this.#watch.check();
    return count;
  }
}
