/** What becomes of a transaction by its connection: how it broke, and whether it is under TLS. */
import type { HopAnswer } from '../../../../protocol/hop/hop-answer.ts';
import { hopDropped, hopInsane } from '../../../../protocol/hop/hop-reply.ts';
import type { HopConnection, HopFault } from '../connection/hop-connection.ts';

/** @param stage of the transaction */
export function answerToFault({ kind, detail }: HopFault, stage: string): HopAnswer {
  // Between the terminator and its reply the hop may have taken the message: RFC 5321 section 4.2.5, and RFC 1047.
  const known = stage === 'final' ? `${detail}; whether the message was taken is uncertain` : detail;
  return kind === 'insane' ? hopInsane(`${known} (${stage})`) : hopDropped(`${known} (${stage})`);
}

/** The answer of a hop that took what it was asked, with whether it is spoken to under TLS. */
export function withTls(answer: HopAnswer, connection: HopConnection | undefined): HopAnswer {
  const { reply, isTaken, rule } = answer;
  return isTaken && connection !== undefined ? { reply, isTaken, rule, isTls: connection.isTls } : answer;
}
