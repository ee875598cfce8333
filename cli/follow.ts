/** Events as they are recorded: asks again and again for the newest, and gives each once. */
import type * as z from 'zod';
import { type EventAnswer, eventsAnswer } from '../functions/admin/contract/answers/event-answer.ts';
import { Unanswered } from './api/api.ts';
import { ApiError } from './api/api-error.ts';
import { Interrupted, UsageError } from './cli-error.ts';
import { collect } from './collect.ts';
import type { Context } from './context.ts';

/** Milliseconds between two questions. */
const EVERY_MS = 1000;
/**
 * Milliseconds that each question looks back before the newest event that was seen: proxies deliver events in batches,
 * and those that failed later, so an older one may come after a newer.
 */
const LOOK_BACK_MS = 60_000;

export type EventQuery = Readonly<Record<string, string | undefined>>;

/** All events of a query, newest first. */
export function eventsOf({ api }: Context, query: EventQuery, limit?: number): AsyncGenerator<EventAnswer> {
  const pages = {
    path: '/events',
    doing: 'list events',
    answer: eventsAnswer,
    entries: (page: z.output<typeof eventsAnswer>) => page.events,
    query,
  };
  // One more tells whether there are more.
  return api.pages(limit === undefined ? pages : { ...pages, limit: Math.min(limit + 1, 1000) });
}

/**
 * Events from now on, or from `query.since` on, oldest first, until Ctrl-C. An API that does not answer for a while is
 * waited for.
 */
export function followEvents(context: Context, query: EventQuery): AsyncGenerator<EventAnswer> {
  const startMs = query.since === undefined ? context.nowMs() : startOf(query.since) + LOOK_BACK_MS;
  return follow(context, query, startMs);
}

async function* follow(context: Context, query: EventQuery, startMs: number): AsyncGenerator<EventAnswer> {
  const { signal, sleep } = context;
  const seen = new Map<string, number>();
  let newestMs = startMs;
  let isFirst = query.since === undefined;
  while (!signal.aborted) {
    const since = new Date(newestMs - LOOK_BACK_MS).toISOString();
    const found = await attempt(context, { ...query, since });
    for (const event of found?.reverse() ?? []) {
      const key = `${event.server} ${event.id}`;
      if (seen.has(key)) continue;
      const atMs = Date.parse(event.at);
      seen.set(key, atMs);
      // A proxy's clock may be ahead: the window stays where other events may still come.
      newestMs = Math.max(newestMs, Math.min(atMs, context.nowMs()));
      if (!isFirst) yield event;
    }
    if (found !== undefined) isFirst = false;
    for (const [key, atMs] of seen) if (atMs < newestMs - LOOK_BACK_MS) seen.delete(key);
    await sleep(EVERY_MS);
  }
}

function startOf(since: string): number {
  const startMs = Date.parse(since);
  if (Number.isNaN(startMs)) throw new UsageError(`--since is "${since}" where a time is expected`);
  return startMs;
}

/** `undefined` when the API does not answer now. */
async function attempt(context: Context, query: EventQuery): Promise<EventAnswer[] | undefined> {
  try {
    return await collect(eventsOf(context, query));
  } catch (error) {
    if (error instanceof Interrupted) return undefined;
    const isPassing = error instanceof Unanswered || (error instanceof ApiError && error.status >= 500);
    if (!isPassing) throw error;
    context.output.note(`${error.message}; still trying`);
    return undefined;
  }
}
