/** `POST /servers/{server}/replay`: which recorded sessions another policy would have answered differently. */
import * as z from 'zod';
import { parseUser, userKey } from '../../../policy/user.ts';
import { eventSpan, timeSchema } from '../../history/event-span.ts';
import { replay } from '../../trial/replay/replay.ts';
import type { ReplayIdentity } from '../../trial/replay/replay-run.ts';
import { serverSchema } from '../contract/answers/names.ts';
import { policyDocumentSchema } from '../contract/answers/policy-document.ts';
import { replayAnswerSchema } from '../contract/answers/replay-answer.ts';
import { describedDocument } from '../document/policy-document.ts';
import { nextToken, readToken } from '../http/paging.ts';
import { invalid, invalidField } from '../http/problem.ts';
import { defineRoute, ok, type Route } from '../http/route.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import { documentOnTrial } from './document-on-trial.ts';
import { trialInForce, userItem } from './explain-question.ts';

/** Sessions of one page: each is played twice. */
const MOST_SESSIONS = 500;

const bodySchema = z.strictObject({
  policy: policyDocumentSchema,
  since: timeSchema.optional(),
  until: timeSchema.optional(),
  limit: z.int().min(1).max(MOST_SESSIONS).default(100),
  /** Opaque: as the page before gave it. */
  next: z.string().max(4096).optional(),
});

/** Where the next page begins; the span too, so that it does not move while somebody turns pages. */
const positionSchema = z.strictObject({
  before: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT/)
    .max(300),
  sinceMs: z.int().min(0),
  untilMs: z.int().min(0),
});

const replayRoute = defineRoute({
  method: 'POST',
  path: '/servers/{server}/replay',
  summary: 'Play recorded sessions under a policy that is not saved, and say which would come out differently',
  parameters: z.strictObject({ server: serverSchema }),
  body: bodySchema,
  describedBody: bodySchema.extend({ policy: describedDocument }),
  answers: { 200: replayAnswerSchema },
  problems: [404, 409],
  handle: async ({ parameters: { server }, body }, stores) => {
    const document = documentOnTrial(body.policy, 'policy');
    if (document.kind === 'errors') throw invalid(document.errors);
    const position = readToken(positionSchema, body.next);
    const inForce = await trialInForce(server, stores);
    const { before, sinceMs, untilMs } = position ?? { sinceMs: body.since, untilMs: body.until };
    const span = eventSpan({ sinceMs, untilMs }, inForce.policy.settings.eventDays, stores.nowMs());
    if (!span.ok) throw invalidField('since', body.since, span.problem);
    const proposed = document.trial;
    const question = { server, inForce, proposed, ...span.value, before, limit: body.limit };
    const { before: last, ...page } = await replay(question, {
      events: stores.events,
      identity: (name) => identityOf(name, stores),
      nowMs: stores.nowMs,
    });
    const { since, until } = span.value;
    const next = { before: last, sinceMs: Date.parse(since), untilMs: Date.parse(until) };
    return ok({
      server,
      ...span.value,
      policyVersion: proposed.policy.version,
      inForceVersion: inForce.policy.version,
      ...page,
      ...(last === undefined ? {} : { next: nextToken(next) }),
    });
  },
});

async function identityOf(name: string, stores: AdminStores): Promise<ReplayIdentity | undefined> {
  const key = userKey(name);
  const item = key.ok ? await userItem(key.value, stores) : undefined;
  const user = item === undefined ? undefined : parseUser(item);
  return user?.ok === true ? { name, senders: user.value.senders, mayBounce: user.value.mayBounce } : undefined;
}

export const REPLAY_ROUTES: readonly Route[] = [replayRoute];
