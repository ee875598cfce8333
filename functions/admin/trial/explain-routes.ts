/** `POST /servers/{server}/explain`: what a session would be told, and why, before anybody tries. */
import * as z from 'zod';
import { REPLIES } from '../../../policy/reply.ts';
import { authenticate } from '../../authenticate/authenticate.ts';
import { AssumedHops } from '../../trial/assumed-hops.ts';
import { UNCOUNTED } from '../../trial/dry-run-decider.ts';
import { explain } from '../../trial/explain/explain.ts';
import { describedEntry } from '../../trial/explain/explain-dialogue.ts';
import { explanationSchema } from '../contract/explain-answer.ts';
import { describedDocument } from '../document/policy-document.ts';
import { serverSchema } from '../http/names.ts';
import { defineRoute, ok, type Route } from '../http/route.ts';
import { explainBodySchema, explainQuestion, findUser } from './explain-question.ts';

const answerSchema = z.object({
  server: z.string(),
  policyVersion: z.string(),
  /** Whether it is the policy in force, or the one that came with the request. */
  basis: z.enum(['in force', 'document']),
  /** Items that are not in force as they stand. */
  problems: z.array(z.object({ item: z.string(), problem: z.string() })),
  client: z.object({ address: z.string(), port: z.int(), tls: z.boolean() }),
  identity: z.string().optional(),
  ...explanationSchema.shape,
});

const UNJUDGED = { kind: 'defer', reply: REPLIES.authenticationDeferred } as const;

const explainRoute = defineRoute({
  method: 'POST',
  path: '/servers/{server}/explain',
  summary: 'Try a dialogue out: the reply to each line and the rule behind it; nothing is sent, recorded or counted',
  parameters: z.strictObject({ server: serverSchema }),
  body: explainBodySchema,
  describedBody: explainBodySchema.extend({
    dialogue: z.array(describedEntry),
    policy: describedDocument.optional(),
  }),
  answers: { 200: answerSchema },
  problems: [404, 409],
  handle: async ({ parameters: { server }, body }, stores) => {
    const question = await explainQuestion(server, body, stores);
    if ('status' in question) return question;
    const { trial, client, identity } = question;
    const explanation = await explain(question, {
      // Whether a token is good only its issuer's keys tell, and those of a document are anybody's address.
      authenticate: async (request) =>
        request.token === undefined ? authenticate(request, { find: (user) => findUser(user, stores) }) : UNJUDGED,
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
