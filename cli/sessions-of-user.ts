/** Sessions of a user: those in which the user logged in, and those in which somebody tried to and failed. */
import type { EventAnswer } from '../functions/admin/contract/answers/event-answer.ts';
import type { Context } from './context.ts';
import { type EventQuery, eventsOf } from './follow.ts';

/**
 * By their end, newest first, but for sessions that ended long after a failed login: these come where the login is.
 *
 * A session in which no login was taken knows no user. Its login events do, and lead to it.
 */
export async function* sessionsOfUser(context: Context, query: EventQuery): AsyncGenerator<EventAnswer> {
  const seen = new Set<unknown>();
  for await (const event of eventsOf(context, { ...query, type: 'session,login' })) {
    const { session } = event;
    if (seen.has(session)) continue;
    if (event.type === 'login' && event.verdict === 'permit') continue;
    seen.add(session);
    if (event.type === 'session') yield event;
    else yield* ended(context, `${session}`);
  }
}

/** None while the session goes on. */
function ended(context: Context, session: string): AsyncGenerator<EventAnswer> {
  return eventsOf(context, { session, type: 'session' }, 1);
}
