/** A recipient by itself, where a test is about other things than groups. */
import { type HopTransaction, offerAll } from '../../edge-proxy/next-hop/next-hop.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';

export async function offerOne(
  transaction: Pick<HopTransaction, 'offerRecipients'>,
  forwardPath: string,
  isLast = false,
): Promise<HopAnswer> {
  const [answer] = await offerAll(transaction, [forwardPath], isLast);
  if (answer === undefined) throw new TypeError('A hop has no answer to a recipient');
  return answer;
}
