/** Next hops that a test looks into: no socket, answers as told, and room for as much content as told. */
import type {
  HopTransaction,
  HopTransactionOptions,
  NextHops,
  RelayedLogin,
  TakeAnswers,
} from '../../edge-proxy/next-hop/next-hop.ts';
import { type NextHop, nextHopName } from '../../policy/next-hop.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import { taken } from './answers.ts';

type Answer = HopAnswer | Promise<HopAnswer>;

export interface HopBehaviour {
  readonly recipient?: (forwardPath: string) => Answer;
  readonly startContent?: () => Answer;
  readonly finish?: () => Answer;
  /** Octets that it takes before it wants to be waited for. */
  readonly roomOctets?: number;
}

export class FakeHopTransaction implements HopTransaction {
  readonly hopName: string;
  readonly options: HopTransactionOptions;
  readonly recipients: string[] = [];
  isSent: boolean | undefined;
  refusal: HopAnswer | undefined;
  /** Whether the last of them was told to be the last. */
  wasLast = false;
  /** Octets of content taken. */
  octets = 0;
  /** As Latin-1; kept up to a megabyte. */
  content = '';
  ending: 'finished' | 'abandoned' | undefined;
  /** Who had the message at an earlier try. */
  spared: string[] = [];
  readonly #behaviour: HopBehaviour;
  #held = 0;

  constructor(hop: NextHop, options: HopTransactionOptions, behaviour: HopBehaviour) {
    this.hopName = nextHopName(hop);
    this.options = options;
    this.#behaviour = behaviour;
  }

  offerRecipients(forwardPaths: readonly string[], take: TakeAnswers, isLast = false): void {
    this.recipients.push(...forwardPaths);
    this.wasLast = isLast;
    void this.#answerEach(forwardPaths, take);
  }

  async #answerEach(forwardPaths: readonly string[], take: TakeAnswers): Promise<void> {
    for (const forwardPath of forwardPaths) {
      take([(await this.#behaviour.recipient?.(forwardPath)) ?? taken(REPLIES.recipientOk)]);
    }
  }

  async startContent(): Promise<HopAnswer> {
    return (await this.#behaviour.startContent?.()) ?? taken(REPLIES.startMail);
  }

  write(content: Uint8Array): boolean {
    this.octets += content.length;
    if (this.content.length < 1_000_000) this.content += Buffer.from(content).toString('latin1');
    this.#held += content.length;
    return this.#held < (this.#behaviour.roomOctets ?? Number.POSITIVE_INFINITY);
  }

  /** Takes what it holds off, and asks for more. */
  drain(): void {
    this.#held = 0;
    this.options.onDrain();
  }

  async finish(isServed: (recipient: string) => boolean = () => false): Promise<HopAnswer> {
    this.ending = 'finished';
    this.spared = this.recipients.filter(isServed);
    return (await this.#behaviour.finish?.()) ?? taken(REPLIES.ok);
  }

  abandon(): void {
    this.ending = 'abandoned';
  }
}

export class FakeNextHops implements NextHops {
  readonly transactions: FakeHopTransaction[] = [];
  behaviour: HopBehaviour;
  isClosed = false;

  constructor(behaviour: HopBehaviour = {}) {
    this.behaviour = behaviour;
  }

  begin(hop: NextHop, options: HopTransactionOptions): HopTransaction {
    const transaction = new FakeHopTransaction(hop, options, this.behaviour);
    this.transactions.push(transaction);
    return transaction;
  }

  /** It is no authenticator. */
  async learnMechanisms(): Promise<undefined> {
    return undefined;
  }

  login(): RelayedLogin {
    throw new TypeError('A hop without mechanisms is asked for a login');
  }

  close(): void {
    this.isClosed = true;
  }

  /** The newest transaction; throws when there is none. */
  get last(): FakeHopTransaction {
    const transaction = this.transactions.at(-1);
    if (transaction === undefined) throw new Error('No transaction came to the hop');
    return transaction;
  }

  /** What was handed on whole, as Latin-1. */
  get messages(): string[] {
    return this.transactions.filter(({ ending }) => ending === 'finished').map(({ content }) => content);
  }
}
