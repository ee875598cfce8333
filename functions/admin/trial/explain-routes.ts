/** `POST /servers/{server}/explain`: what a session would be told, and why, before anybody tries. */
import * as z from 'zod';
import { REPLIES } from '../../../policy/reply.ts';
import { assumePassword } from '../../directory/find-user.ts';
import { AssumedHops } from '../../trial/assumed-hops.ts';
import { UNCOUNTED } from '../../trial/dry-run-decider.ts';
import { explain } from '../../trial/explain/explain.ts';
import { entryWith } from '../../trial/explain/explain-dialogue.ts';
import { explainAnswer } from '../contract/answers/explain-answer.ts';
import { serverSchema } from '../contract/answers/names.ts';
import { describedDocument } from '../document/policy-document.ts';
import { defineRoute, ok, type Route } from '../http/route.ts';
import { explainBodySchema, explainQuestion, userItem } from './explain-question.ts';

const UNJUDGED = { kind: 'defer', reply: REPLIES.authenticationDeferred } as const;

const explainRoute = defineRoute({
  method: 'POST',
  path: '/servers/{server}/explain',
  summary:
    'Try a dialogue or a message out: the reply to each line, the rule and the facts behind it; nothing is sent, recorded or counted',
  parameters: z.strictObject({ server: serverSchema }),
  body: explainBodySchema,
  describedBody: explainBodySchema.extend({
    dialogue: z.array(entryWith(describedDocument)).optional(),
    policy: describedDocument.optional(),
  }),
  answers: { 200: explainAnswer },
  problems: [404, 409],
  handle: async ({ parameters: { server }, body }, stores) => {
    const question = await explainQuestion(server, body, stores);
    const { trial, client, identity } = question;
    const explanation = await explain(question, {
      // Whether a token is good only its issuer's keys tell, and those of a document are anybody's address.
      authenticate: async (request) =>
        request.token === undefined ? assumePassword(request, { find: (user) => userItem(user, stores) }) : UNJUDGED,
      checkLimits: () => UNCOUNTED,
      hops: new AssumedHops(),
      nowMs: stores.nowMs,
    });
    return ok({
      server,
      policyVersion: trial.policy.version,
      basis: body.policy === undefined ? 'in force' : 'document',
      problems: trial.problems,
      client,
      ...(identity === undefined ? {} : { identity: identity.name }),
      ...explanation,
    });
  },
});

export const EXPLAIN_ROUTES: readonly Route[] = [explainRoute];
