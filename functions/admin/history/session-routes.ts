/** `GET /sessions/{session}`: the transcript of a session. */
import * as z from 'zod';
import { PageBudget } from '../../history/event-query.ts';
import { readSession } from '../../history/session-query.ts';
import { transcriptOf } from '../../history/session-transcript.ts';
import { transcriptAnswer } from '../contract/answers/event-answer.ts';
import { nameSchema } from '../contract/answers/names.ts';
import { nextToken, pageQuery, readToken } from '../http/paging.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, ok, type Route } from '../http/route.ts';

/** Sort key of the last event of a part. */
const positionSchema = z
  .string()
  .max(300)
  .regex(/^\d{4}-/);

/** The session of a transaction, whose id is what 250 and the Received field say: `7xMyGiKnznk_.1`. */
function sessionOf(id: string): string {
  return id.replace(/\.\d+$/, '');
}

const getSession = defineRoute({
  method: 'GET',
  path: '/sessions/{session}',
  summary: 'The transcript of a session: each command with its reply, and what was decided; never a credential',
  parameters: z.strictObject({ session: nameSchema }),
  query: z.strictObject(pageQuery),
  answers: { 200: transcriptAnswer },
  problems: [404],
  handle: async ({ parameters: { session }, query: { limit, next } }, stores) => {
    const after = readToken(positionSchema, next);
    const budget = new PageBudget(stores.nowMs);
    const nowSeconds = Math.floor(stores.nowMs() / 1000);
    const query = { session: sessionOf(session), limit, after };
    const part = await readSession(query, budget.charging(stores.events), budget, nowSeconds);
    const transcript = transcriptOf(part);
    if (transcript === undefined) throw new Problem('not-found', `There is no event of session "${session}"`);
    return ok({ ...transcript, ...(part.next === undefined ? {} : { next: nextToken(part.next) }) });
  },
});

export const SESSION_ROUTES: readonly Route[] = [getSession];
