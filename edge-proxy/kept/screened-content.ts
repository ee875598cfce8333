/**
 * The content of one message on a server with screening rules: kept to its end, judged, and only then handed on.
 *
 * Nothing of a message that is refused reaches a hop. 250 is said once a hop has the message, or, where a rule holds it,
 * once the held mail's store has.
 */
import { REPLIES } from '../../policy/reply.ts';
import type { HeaderTag } from '../../policy/screen/screen-rule.ts';
import type { Policy } from '../../policy/snapshot.ts';
import { type Screened, Screening } from '../../protocol/content/screening.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import { answerWithoutHop, decidingRule } from '../../protocol/hop/screened-answer.ts';
import type { Handover } from '../next-hop/handover.ts';
import type { KeptBudget } from './kept-budget.ts';
import { KeptContent } from './kept-content.ts';
import { taggedContent } from './tagged-content.ts';

/** The message that a rule holds, all that its release needs. */
export interface MessageToHold {
  readonly trace: Uint8Array;
  readonly content: KeptContent;
  readonly screened: Screened;
}

export interface ScreenedContentOptions {
  readonly policy: Policy;
  readonly envelope: { readonly sender: string; readonly recipients: readonly string[] };
  readonly handover: Handover;
  readonly budget: KeptBudget;
  /** Stores a message durably; rejects when it is not sure that it is stored. */
  readonly hold: (message: MessageToHold) => Promise<void>;
  /** A handover to the hop of one address in place of the recipients; or why there is none. */
  readonly forward: (address: string) => Promise<Handover | HopAnswer>;
  /** Content may be written again after `isBlocked`. */
  readonly onDrain: () => void;
}

/** The field that names those whom a forwarded message was for. */
const ORIGINAL_RECIPIENT = 'X-Original-To';

export class ScreenedContent {
  readonly #options: ScreenedContentOptions;
  readonly #kept: KeptContent;
  readonly #screening: Screening;
  #trace: Uint8Array = new Uint8Array();
  #isBlocked = false;
  #isAbandoned = false;
  /** Where the content goes once it is judged. */
  #target: Handover | undefined;
  #wake: (() => void) | undefined;

  constructor(options: ScreenedContentOptions) {
    this.#options = options;
    this.#screening = new Screening(options.policy, options.envelope);
    this.#kept = new KeptContent(options.budget, () => {
      this.#isBlocked = false;
      options.onDrain();
    });
  }

  /** Whether the client must not be read until `onDrain`. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  writeTrace(field: Uint8Array): void {
    this.#trace = field;
  }

  write(octets: Uint8Array): void {
    this.#screening.receive(octets);
    this.#isBlocked = !this.#kept.append(octets) || this.#isBlocked;
  }

  /** A hop that takes content again; true when it was this message's. */
  drained(): boolean {
    if (this.#wake === undefined) return false;
    this.#wake();
    return true;
  }

  /** Judges the message and does what its verdict says. Never rejects but for a fault of ours. */
  async finish(): Promise<HopAnswer> {
    let isRead = false;
    try {
      const fault = await this.#kept.settled();
      if (fault !== undefined) {
        this.#options.handover.abandon();
        const reply = fault.kind === 'full' ? REPLIES.noRoomForContent : REPLIES.contentNotKept;
        return { reply, isTaken: false, rule: 'kept-content', detail: fault.detail };
      }
      const screened = this.#screening.end();
      const answer = await this.#carryOut(screened);
      // Whoever took it has all of it; what was refused no one read.
      isRead = answer.isTaken || screened.verdict.action === 'refuse';
      return { ...answer, screen: screened.record };
    } finally {
      this.#kept.close(isRead);
    }
  }

  /** The client is gone, or the message was refused on other grounds. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#wake?.();
    this.#target?.abandon();
    this.#options.handover.abandon();
    if (this.#target === undefined) this.#kept.close();
  }

  async #carryOut(screened: Screened): Promise<HopAnswer> {
    const { verdict } = screened;
    const { handover } = this.#options;
    const answer = answerWithoutHop(verdict);
    if (answer === undefined && verdict.action === 'accept') return this.#deliver(handover, verdict.tags);
    handover.abandon();
    if (answer === undefined) return this.#forward(verdict.forwardTo ?? '', verdict.tags, decidingRule(verdict));
    return answer.verdict === 'held' ? this.#hold(screened, answer) : answer;
  }

  async #hold(screened: Screened, held: HopAnswer): Promise<HopAnswer> {
    try {
      await this.#options.hold({ trace: this.#trace, content: this.#kept, screened });
      return held;
    } catch (error) {
      const detail = error instanceof Error ? error.message : 'unknown';
      return { reply: REPLIES.contentNotKept, isTaken: false, rule: 'held-mail', detail };
    }
  }

  async #forward(address: string, tags: readonly HeaderTag[], rule: string): Promise<HopAnswer> {
    const target = await this.#options.forward(address);
    if (!('startContent' in target)) return target;
    const originals = this.#options.envelope.recipients.map((value) => ({ name: ORIGINAL_RECIPIENT, value }));
    const answer = await this.#deliver(target, [...originals, ...tags]);
    return answer.isTaken ? { ...answer, rule } : answer;
  }

  /** Hands the kept content on, after the trace field and the tags; forged ones of the client's go. */
  async #deliver(target: Handover, tags: readonly HeaderTag[]): Promise<HopAnswer> {
    this.#target = target;
    const started = await target.startContent();
    if (!started.isTaken || this.#isAbandoned) {
      target.abandon();
      return started.isTaken ? ABANDONED : started;
    }
    target.writeTrace(this.#trace);
    for await (const piece of taggedContent(this.#kept, tags)) {
      target.write(piece);
      if (target.isBlocked) await this.#untilDrained(target);
      if (this.#isAbandoned) return ABANDONED;
    }
    return target.finish();
  }

  async #untilDrained(target: Handover): Promise<void> {
    while (target.isBlocked && !this.#isAbandoned) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}

/** No one hears it: the client has gone. */
const ABANDONED: HopAnswer = { reply: REPLIES.contentNotKept, isTaken: false, rule: 'kept-content' };
