/** Next hops that write down what they are told and answer as the scene says. */
import type {
  HopTransaction,
  HopTransactionOptions,
  NextHops,
  RelayedLogin,
} from '../../edge-proxy/next-hop/next-hop.ts';
import type { NextHop, SmtpNextHop } from '../../policy/next-hop.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import { authDeferred, type RelayedLoginReply } from '../../protocol/hop/relayed-login-reply.ts';
import type { Answers, AuthRequest, HopRequest } from '../support/answers.ts';
import { HopTranscript } from '../support/hop-transcript.ts';

export class RecordingHops implements NextHops {
  readonly transcript = new HopTranscript();
  readonly #answers: Pick<Answers, 'hop' | 'mechanisms' | 'hopAuth'>;

  constructor(answers: Pick<Answers, 'hop' | 'mechanisms' | 'hopAuth'>) {
    this.#answers = answers;
  }

  async learnMechanisms(): Promise<readonly string[] | undefined> {
    return this.#answers.mechanisms?.();
  }

  /** Told as the machine is; `CANCEL` is a login given up before the hop has judged it. */
  login(hop: SmtpNextHop): RelayedLogin {
    let isChallenged = false;
    const ask = async (request: AuthRequest): Promise<RelayedLoginReply> => {
      this.transcript.auth(request);
      const answer = this.#answers.hopAuth?.(request) ?? authDeferred('no hop');
      isChallenged = answer.kind === 'challenge';
      return answer;
    };
    return {
      start: (mechanism, initial) => ask({ kind: 'start', mechanism, ...(initial === undefined ? {} : { initial }) }),
      respond: (response) => ask({ kind: 'response', response }),
      begin: (options) => this.begin(hop, options),
      close: () => {
        if (isChallenged) this.transcript.cancelAuth();
        isChallenged = false;
      },
    };
  }

  begin(_hop: NextHop, { mail }: HopTransactionOptions): HopTransaction {
    const { transcript } = this;
    return {
      offerRecipients: (forwardPaths, take) => {
        for (const forwardPath of forwardPaths) transcript.offerRecipient(mail, forwardPath);
        void Promise.all(
          forwardPaths.map((forwardPath) => this.#answer({ kind: 'recipient', mail, forwardPath })),
        ).then(take);
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
