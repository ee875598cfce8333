/**
 * Amazon SES as a next hop, and one mail transaction at it.
 *
 * SES has no conversation: recipients are judged by what is known to be refused, content is gathered, and a call for each
 * fifty of them at the end decides. The first that SES refuses ends it. Stages: `recipients`, `content`, `sending`, `over`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isBarePostmaster } from '../../../policy/relay-rule.ts';
import { REPLIES, type Reply, withText } from '../../../policy/reply.ts';
import { type SesTag, sesTags } from '../../../policy/ses-tags.ts';
import { type HopAnswer, lackedExtensions, lacking } from '../../../protocol/hop/hop-answer.ts';
import { hopDropped, toPrintable } from '../../../protocol/hop/hop-reply.ts';
import {
  MAX_SES_CALL_RECIPIENTS,
  SES_CAPABILITIES,
  sesRecipientRefusal,
  sesSender,
} from '../../../protocol/hop/ses-recipient.ts';
import { MAX_OCTETS_IN_FLIGHT, OctetBudget } from '../../octet-budget.ts';
import { type HopTransaction, type HopTransactionOptions, isSafePath, type TakeAnswers } from '../next-hop.ts';
import { answerToSesError, answerToSesTaken, MAX_DETAIL_CHARACTERS, uncertain } from './answer.ts';
import { type SesClients, type SesSend, sendToSes } from './call.ts';
import { SesMessage } from './message.ts';
import { SesPace } from './pace.ts';
import { repeatedField } from './repeated-field.ts';
import { SES_REPLIES } from './replies.ts';

interface SesTransactionContext extends SesClients {
  /** The published server whose mail it is. */
  readonly server: string;
  readonly budget: OctetBudget;
  readonly pace: SesPace;
  /** Where mail to `<postmaster>` without a domain goes. */
  readonly postmasterDomain: () => string;
}

interface Recipient {
  readonly forwardPath: string;
  readonly address: string;
}

/** What the log says where SES was not asked again. */
const OVER_PACE = 'the sending rate of Amazon SES leaves no turn within sesPaceSeconds';

type Stage = 'recipients' | 'content' | 'sending' | 'over';

export interface SesNextHopOptions extends SesClients {
  /** The published server whose mail it is: SES names it in its events. */
  readonly server: string;
  /** Where mail to `<postmaster>` without a domain goes, asked anew for each. */
  readonly postmasterDomain: () => string;
  /**
   * Octets of messages held at once, over all sessions; a message that has no room left is answered 452.
   *
   * @default MAX_OCTETS_IN_FLIGHT
   */
  readonly maxOctetsInFlight?: number;
  /**
   * Recipients a second that the account may send to.
   *
   * @default not known: SES is asked at once, and only what it throttles waits
   */
  readonly readRate?: () => Promise<number | undefined>;
}

/** Amazon SES as a next hop. */
export class SesNextHop {
  readonly #context: SesTransactionContext;
  readonly #budget: OctetBudget;

  constructor(options: SesNextHopOptions) {
    const { maxOctetsInFlight = MAX_OCTETS_IN_FLIGHT, readRate = async () => undefined, ...context } = options;
    this.#budget = new OctetBudget(maxOctetsInFlight);
    const pace = new SesPace({ readRate, nowMs: () => performance.now() });
    this.#context = { ...context, budget: this.#budget, pace };
  }

  begin(options: HopTransactionOptions): HopTransaction {
    return new SesTransaction(this.#context, options);
  }

  /** Octets of the messages that are received or sent now. */
  get octetsInFlight(): number {
    return this.#budget.octetsInFlight;
  }
}

export class SesTransaction implements HopTransaction {
  readonly #context: SesTransactionContext;
  readonly #options: HopTransactionOptions;
  readonly #message: SesMessage;
  /** Forward-paths as they were given, and the addresses that SES is told. */
  readonly #recipients: Recipient[] = [];
  readonly #abandoned = new AbortController();
  #stage: Stage = 'recipients';
  #verdict: HopAnswer | undefined;

  constructor(context: SesTransactionContext, options: HopTransactionOptions) {
    this.#context = context;
    this.#options = options;
    this.#message = new SesMessage(context.budget);
  }

  offerRecipients(forwardPaths: readonly string[], take: TakeAnswers): void {
    if (this.#verdict === undefined) this.#mustBe('recipients');
    const answers = forwardPaths.map((forwardPath) => this.#verdict ?? this.#judgeRecipient(forwardPath));
    queueMicrotask(() => take(answers));
  }

  #judgeRecipient(forwardPath: string): HopAnswer {
    const refusal = this.#refusalOf(forwardPath);
    if (refusal !== undefined) return refused(refusal);
    const address = isBarePostmaster(forwardPath) ? `${forwardPath}@${this.#context.postmasterDomain()}` : forwardPath;
    this.#recipients.push({ forwardPath, address });
    return lacking(taken(REPLIES.recipientOk), lackedExtensions(this.#options.mail, SES_CAPABILITIES));
  }

  async startContent(): Promise<HopAnswer> {
    if (this.#verdict !== undefined) return this.#verdict;
    this.#mustBe('recipients');
    // SES would take the recipients of a call without any from the header.
    if (this.#recipients.length === 0) throw new TypeError('Content was started without a recipient');
    this.#stage = 'content';
    return taken(REPLIES.startMail);
  }

  /** Always has room: what is over the budget is read and dropped. */
  write(content: Uint8Array): boolean {
    if (this.#stage === 'content') this.#message.append(content);
    return true;
  }

  async finish(isServed: (recipient: string) => boolean = () => false): Promise<HopAnswer> {
    if (this.#verdict !== undefined) return this.#verdict;
    this.#mustBe('content');
    this.#stage = 'sending';
    try {
      const answer = await this.#judge(isServed);
      this.#verdict ??= answer;
      return this.#verdict;
    } finally {
      this.#stage = 'over';
      this.#message.discard();
    }
  }

  abandon(): void {
    this.#verdict ??= hopDropped('transaction abandoned');
    // A call under way holds the octets until `finish` has let them go.
    if (this.#stage === 'sending') {
      this.#abandoned.abort();
      return;
    }
    this.#stage = 'over';
    this.#message.discard();
  }

  #refusalOf(forwardPath: string): Reply | undefined {
    const { mail } = this.#options;
    const refusal = sesRecipientRefusal(mail, forwardPath, this.#recipients.length);
    if (refusal !== undefined) return refusal;
    if (!isSafePath(sesSender(mail) ?? '')) return REPLIES.badReversePath;
    return isSafePath(forwardPath) ? undefined : REPLIES.badForwardPath;
  }

  async #judge(isServed: (recipient: string) => boolean): Promise<HopAnswer> {
    const { refusal } = this.#message;
    if (refusal !== undefined) return refused(refusal);
    const message = this.#message.take();
    const repeated = repeatedField(message);
    if (repeated !== undefined) {
      return refused(withText(SES_REPLIES.repeatedField, `${SES_REPLIES.repeatedField.text}: ${repeated}`));
    }
    const { finalSeconds } = this.#options.timeouts;
    const late = uncertain(`no answer of Amazon SES in ${finalSeconds} s`);
    const served = this.#recipients.map(({ forwardPath }) => forwardPath).filter(isServed);
    const groups = groupsOf(this.#recipients.filter(({ forwardPath }) => !isServed(forwardPath)));
    const answer = await within(finalSeconds, late, this.#abandoned, (signal) =>
      this.#sendEach(message, groups, served, signal),
    );
    return answer.isTaken || served.length === 0 ? answer : { ...answer, served: [...served] };
  }

  /** Calls in turn until SES refuses one; `served` grows by the recipients of each that it took. */
  async #sendEach(
    message: Uint8Array,
    groups: readonly (readonly Recipient[])[],
    served: string[],
    signal: AbortSignal,
  ): Promise<HopAnswer> {
    const sender = sesSender(this.#options.mail) ?? '';
    const { sesPaceSeconds = 0, finalSeconds } = this.#options.timeouts;
    // The rest is for the call itself: one that is cut off is uncertain, and what waited for its turn was surely not taken.
    const untilMs = performance.now() + Math.min(sesPaceSeconds, finalSeconds / 2) * 1000;
    const details: string[] = [];
    const tags = this.#tags();
    for (const group of groups) {
      const recipients = group.map(({ address }) => address);
      const answer = await this.#sendInTurn({ sender, recipients, message, tags }, untilMs, signal);
      if (!answer.isTaken) return answer;
      served.push(...group.map(({ forwardPath }) => forwardPath));
      if (answer.detail !== undefined) details.push(answer.detail);
    }
    return { ...taken(REPLIES.ok), detail: toPrintable(details.join(' '), MAX_DETAIL_CHARACTERS) };
  }

  #tags(): readonly SesTag[] | undefined {
    const { mail, transaction, identity } = this.#options;
    if (transaction === undefined) return undefined;
    return sesTags({ server: this.#context.server, transaction, identity, hasNullSender: mail.path === '' });
  }

  /** Sends when it is its turn, and once more where SES throttles: then it has not taken the message. */
  async #sendInTurn(send: SesSend, untilMs: number, signal: AbortSignal): Promise<HopAnswer> {
    const { pace } = this.#context;
    // Whoever may not wait asks at once.
    if ((this.#options.timeouts.sesPaceSeconds ?? 0) === 0) return this.#send(send, signal);
    let answer: HopAnswer = { ...refused(SES_REPLIES.rateExceeded), detail: OVER_PACE };
    for (;;) {
      const waitMs = pace.turn(send.recipients.length, untilMs);
      if (waitMs === undefined) return answer;
      if (!(await hasWaited(waitMs, signal))) return hopDropped('transaction abandoned');
      answer = await this.#send(send, signal);
      if (answer.reply !== SES_REPLIES.rateExceeded) return answer;
      pace.throttled();
    }
  }

  async #send(send: SesSend, signal: AbortSignal): Promise<HopAnswer> {
    try {
      return answerToSesTaken(await sendToSes(this.#context, send, signal));
    } catch (error) {
      return answerToSesError(error, send.sender);
    }
  }

  #mustBe(stage: Stage): void {
    if (this.#stage !== stage) throw new TypeError(`Called in stage ${this.#stage} of a transaction at Amazon SES`);
  }
}

/**
 * The outcome of `work`, or `late` when there is none in time or the transaction was abandoned.
 *
 * The SDK heeds the signal only once it has credentials and a connection, so that the wait is bounded here as well.
 */
async function within(
  seconds: number,
  late: HopAnswer,
  controller: AbortController,
  work: (signal: AbortSignal) => Promise<HopAnswer>,
): Promise<HopAnswer> {
  const { signal } = controller;
  const tooLate = new Promise<HopAnswer>((resolve) => {
    signal.addEventListener('abort', () => resolve(late), { once: true });
  });
  const timer = setTimeout(() => controller.abort(), seconds * 1000);
  try {
    return await Promise.race([tooLate, work(signal)]);
  } finally {
    clearTimeout(timer);
  }
}

/** False when the signal came first. */
async function hasWaited(ms: number, signal: AbortSignal): Promise<boolean> {
  if (ms <= 0) return !signal.aborted;
  return delay(ms, undefined, { signal }).then(
    () => true,
    () => false,
  );
}

/** Those of one call each: an address that was named twice gets the message once. */
function groupsOf(recipients: readonly Recipient[]): Recipient[][] {
  const each = [...new Map(recipients.map((recipient) => [recipient.address, recipient])).values()];
  const count = Math.ceil(each.length / MAX_SES_CALL_RECIPIENTS);
  return Array.from({ length: count }, (_, index) =>
    each.slice(index * MAX_SES_CALL_RECIPIENTS, (index + 1) * MAX_SES_CALL_RECIPIENTS),
  );
}

function taken(reply: Reply): HopAnswer {
  return { reply, isTaken: true, rule: 'next-hop' };
}

function refused(reply: Reply): HopAnswer {
  return { reply, isTaken: false, rule: 'next-hop' };
}
