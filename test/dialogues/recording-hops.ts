/** Next hops that write down what they are told and answer as the scene says. */
import type { HopTransaction, HopTransactionOptions, NextHops } from '../../edge-proxy/next-hop/next-hop.ts';
import type { NextHop } from '../../policy/next-hop.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { HopAnswer } from '../../protocol/hop-answer.ts';
import type { Answers, HopRequest } from '../support/answers.ts';
import { HopTranscript } from '../support/hop-transcript.ts';

export class RecordingHops implements NextHops {
  readonly transcript = new HopTranscript();
  readonly #answers: Pick<Answers, 'hop'>;

  constructor(answers: Pick<Answers, 'hop'>) {
    this.#answers = answers;
  }

  begin(_hop: NextHop, { mail }: HopTransactionOptions): HopTransaction {
    const { transcript } = this;
    return {
      offerRecipient: (forwardPath) => {
        transcript.offerRecipient(mail, forwardPath);
        return this.#answer({ kind: 'recipient', mail, forwardPath });
      },
      startContent: () => {
        transcript.startContent();
        return this.#answer({ kind: 'content' });
      },
      write: (content) => {
        transcript.content(content);
        return true;
      },
      finish: () => {
        transcript.finish();
        return this.#answer({ kind: 'finish' });
      },
      abandon: () => transcript.abandon(),
    };
  }

  close(): void {}

  async #answer(request: HopRequest): Promise<HopAnswer> {
    return this.#answers.hop(request) ?? { reply: REPLIES.hopDown, isTaken: false, rule: 'next-hop-down' };
  }
}
