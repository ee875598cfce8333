/**
 * `/live`: sessions under way, as tasks tell of them while somebody looks, and the end of some.
 *
 * The first question waits until tasks have had a beat; as long as somebody asks once a minute, the next ones need not.
 */
import * as z from 'zod';
import type { LiveMatch } from '../../../policy/live.ts';
import { userKey } from '../../../policy/user.ts';
import { withoutCredentials } from '../../history/event-shown.ts';
import { inParallel } from '../../in-parallel.ts';
import { endedAnswer, type LiveSessionAnswer, liveAnswer, liveSessionAnswer } from '../contract/answers/live-answer.ts';
import { nameSchema, serverSchema } from '../contract/answers/names.ts';
import { invalidField, Problem } from '../http/problem.ts';
import { defineRoute, ok, type Route, type RouteRequest } from '../http/route.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import type { LiveAnswer } from '../stores/live-store.ts';

/** Servers that one request asks. */
const MOST_SERVERS = 100;
const AT_ONCE = 16;
/** Seconds in which every task has had a beat, and told. */
const BEAT_SECONDS = 7;

const wait = z
  .string()
  .regex(/^(?:\d|10)$/, 'must be a number of seconds from 0 to 10')
  .transform(Number)
  .default(BEAT_SECONDS);
const server = serverSchema.optional();
const parameters = z.strictObject({ session: nameSchema });

interface Asked {
  readonly server?: string | undefined;
  readonly wait: number;
  readonly session?: string | undefined;
}

async function serversOf(name: string | undefined, stores: AdminStores): Promise<readonly string[]> {
  return name === undefined ? (await stores.policy.servers(MOST_SERVERS)).servers : [name];
}

interface Heard {
  readonly server: string;
  readonly answer: LiveAnswer;
}

async function hear(asked: Asked, stores: AdminStores): Promise<readonly Heard[]> {
  const servers = await serversOf(asked.server, stores);
  const read = (): Promise<Heard[]> =>
    inParallel(servers, AT_ONCE, async (name) => ({
      server: name,
      answer: await stores.live.read(name, stores.nowMs()),
    }));
  const before = await read();
  await inParallel(servers, AT_ONCE, (name) => stores.live.ask(name, stores.nowMs(), asked.session));
  const hasBeaten = ({ answer }: Heard): boolean => answer.askedAtMs !== undefined && answer.told.length > 0;
  if (asked.session === undefined && before.length > 0 && before.every(hasBeaten)) return before;
  await stores.sleep(asked.wait * 1000);
  return read();
}

function sessionsOf(heard: readonly Heard[]): readonly LiveSessionAnswer[] {
  const sessions = heard.flatMap(({ server: name, answer }) =>
    answer.told.flatMap(({ sessions: told }) => told.map((session) => ({ server: name, ...session }))),
  );
  return sessions.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

const listLive = defineRoute({
  method: 'GET',
  path: '/live',
  summary: 'Sessions under way, as of the tasks’ last beat; the first question waits for one',
  query: z.strictObject({ server, wait }),
  answers: { 200: liveAnswer },
  problems: [],
  handle: async ({ query }, stores) => {
    const heard = await hear(query, stores);
    const told = heard.flatMap(({ answer }) => answer.told);
    const asOf = told.map(({ at }) => at).sort()[0];
    const sessions = sessionsOf(heard).map(({ commands: _commands, ...session }) => session);
    return ok({ sessions, tasks: new Set(told.map(({ task }) => task)).size, ...(asOf === undefined ? {} : { asOf }) });
  },
});

const getLive = defineRoute({
  method: 'GET',
  path: '/live/{session}',
  summary: 'One session under way, with its commands so far',
  parameters,
  query: z.strictObject({ server, wait }),
  answers: { 200: liveSessionAnswer },
  problems: [404],
  handle: async ({ parameters: { session: id }, query }, stores) => {
    const found = sessionsOf(await hear({ ...query, session: id }, stores)).find(({ session }) => session === id);
    if (found === undefined) throw new Problem('not-found', `No task has a session "${id}" under way`);
    const { commands, ...session } = found;
    return ok({ ...session, ...(commands === undefined ? {} : { commands: commands.map(withoutCredentials) }) });
  },
});

async function end(
  match: LiveMatch,
  name: string | undefined,
  { who }: Pick<RouteRequest<unknown, unknown, unknown>, 'who'>,
  stores: AdminStores,
) {
  const servers = await serversOf(name, stores);
  await inParallel(servers, AT_ONCE, (each) => stores.live.end(each, { match, who }, stores.nowMs()));
  return { status: 202, value: { servers } };
}

const endSession = defineRoute({
  method: 'DELETE',
  path: '/live/{session}',
  summary: 'End a session, whatever is under way in it: within 5 s it hears 421',
  parameters,
  query: z.strictObject({ server }),
  answers: { 202: endedAnswer },
  problems: [],
  handle: (request, stores) => end({ session: request.parameters.session }, request.query.server, request, stores),
});

const endSessions = defineRoute({
  method: 'DELETE',
  path: '/live',
  summary: 'End the sessions of a user, or of a client address',
  query: z.strictObject({ server, identity: nameSchema.optional(), client: nameSchema.optional() }),
  answers: { 202: endedAnswer },
  problems: [],
  handle: (request, stores) => {
    const { identity, client, server: name } = request.query;
    if (identity === undefined && client === undefined)
      throw invalidField('identity', undefined, 'or client is missing');
    const key = identity === undefined ? undefined : userKey(identity);
    return end({ identity: key?.ok === true ? key.value : identity, client }, name, request, stores);
  },
});

export const LIVE_ROUTES: readonly Route[] = [listLive, getLive, endSessions, endSession];
