/**
 * One mail transaction at Amazon SES.
 *
 * SES has no conversation: recipients are judged by what is known to be refused, content is gathered, and one call at
 * the end decides. Stages: `recipients`, `content`, `sending`, `over`.
 */

import { isBarePostmaster } from '../../../policy/relay-rule.ts';
import { REPLIES, type Reply, withText } from '../../../policy/reply.ts';
import { type HopAnswer, lackedExtensions, lacking } from '../../../protocol/hop/hop-answer.ts';
import { hopDropped } from '../../../protocol/hop/hop-reply.ts';
import { SES_CAPABILITIES, sesRecipientRefusal, sesSender } from '../../../protocol/hop/ses-recipient.ts';
import type { OctetBudget } from '../../octet-budget.ts';
import type { HopTransaction, HopTransactionOptions } from '../next-hop.ts';
import { isSafePath } from '../smtp/hop-commands.ts';
import { answerToSesError, answerToSesTaken, uncertain } from './answer.ts';
import { type SesClients, sendToSes } from './call.ts';
import { SesMessage } from './message.ts';
import { repeatedField } from './repeated-field.ts';
import { SES_REPLIES } from './replies.ts';

export interface SesTransactionContext extends SesClients {
  readonly budget: OctetBudget;
  /** Where mail to `<postmaster>` without a domain goes. */
  readonly postmasterDomain: () => string;
}

type Stage = 'recipients' | 'content' | 'sending' | 'over';

export class SesTransaction implements HopTransaction {
  readonly #context: SesTransactionContext;
  readonly #options: HopTransactionOptions;
  readonly #message: SesMessage;
  readonly #recipients: string[] = [];
  readonly #abandoned = new AbortController();
  #stage: Stage = 'recipients';
  #verdict: HopAnswer | undefined;

  constructor(context: SesTransactionContext, options: HopTransactionOptions) {
    this.#context = context;
    this.#options = options;
    this.#message = new SesMessage(context.budget);
  }

  async offerRecipient(forwardPath: string): Promise<HopAnswer> {
    if (this.#verdict !== undefined) return this.#verdict;
    this.#mustBe('recipients');
    const problem = this.#refusalOf(forwardPath);
    if (problem !== undefined) return refused(problem);
    const address = isBarePostmaster(forwardPath) ? `${forwardPath}@${this.#context.postmasterDomain()}` : forwardPath;
    this.#recipients.push(address);
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

  async finish(): Promise<HopAnswer> {
    if (this.#verdict !== undefined) return this.#verdict;
    this.#mustBe('content');
    this.#stage = 'sending';
    try {
      const answer = await this.#judge();
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

  async #judge(): Promise<HopAnswer> {
    const { refusal } = this.#message;
    if (refusal !== undefined) return refused(refusal);
    const message = this.#message.take();
    const repeated = repeatedField(message);
    if (repeated !== undefined) {
      return refused(withText(SES_REPLIES.repeatedField, `${SES_REPLIES.repeatedField.text}: ${repeated}`));
    }
    const sender = sesSender(this.#options.mail) ?? '';
    const send = { sender, recipients: this.#recipients, message };
    const { finalSeconds } = this.#options.timeouts;
    const late = uncertain(`no answer of Amazon SES in ${finalSeconds} s`);
    return within(finalSeconds, late, this.#abandoned, async (signal) => {
      try {
        return answerToSesTaken(await sendToSes(this.#context, send, signal));
      } catch (error) {
        return answerToSesError(error, sender);
      }
    });
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

function taken(reply: Reply): HopAnswer {
  return { reply, isTaken: true, rule: 'next-hop' };
}

function refused(reply: Reply): HopAnswer {
  return { reply, isTaken: false, rule: 'next-hop' };
}
