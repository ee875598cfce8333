/** Asks the API what a client would hear. */
import { type ExplainAnswer, explainAnswer } from '../../../functions/admin/contract/answers/explain-answer.ts';
import type { PolicyDocument } from '../../../functions/admin/contract/answers/policy-document.ts';
import { path } from '../../api/path.ts';
import type { Context } from '../../context.ts';

export interface Question {
  /** Lines, and what else may happen. */
  readonly dialogue: readonly (string | object)[];
  readonly client: object;
  readonly identity: string | undefined;
  readonly policy: PolicyDocument | undefined;
  /** A message as it is, in base64. */
  readonly content?: { readonly octets: string } | undefined;
}

export async function ask(
  server: string,
  body: Question,
  { api }: Context,
): Promise<{ readonly value: ExplainAnswer; readonly raw: unknown }> {
  const doing = `explain ${server}`;
  return api.call({ method: 'POST', path: path`/servers/${server}/explain`, doing, answer: explainAnswer, body });
}
