import type { EventAnswer } from '../../../functions/admin/contract/answers/event-answer.ts';
import { serverAnswer } from '../../../functions/admin/contract/answers/server-answer.ts';
import { path } from '../../api/path.ts';
import { noMore, sessionIdIn } from '../../arguments.ts';
import { UsageError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import { type EventQuery, eventsOf, followEvents } from '../../follow.ts';
import { onlyRefused } from '../../refused.ts';
import { sessionsOfUser } from '../../sessions-of-user.ts';
import { showFirst } from '../../shown-list.ts';
import { showFollowed } from './event-list.ts';
import { EVENT_OPTIONS, EVENT_OPTIONS_HELP, eventLimit, eventQuery } from './event-options.ts';
import { readTranscript } from './read-transcript.ts';
import { SESSION_COLUMNS } from './session-columns.ts';
import { showTranscript } from './transcript.ts';

export const sessionsCommand = defineCommand({
  name: 'sessions',
  help: `Usage: postern sessions [SERVER] [OPTION...]
       postern sessions SESSION

Shows sessions by their end, newest first, with what became of their messages and logins; or the transcript of one: each
command with its octets, the reply, and the rule behind it. SESSION is the id in the list and in every event, or the id
that a client hears with 250 and finds in Received. Of AUTH the mechanism is shown and what came of it, never a
credential.

${EVENT_OPTIONS_HELP}
  postern sessions submission --user alice@example.com --since 2h
`,
  places: [['SERVER']],
  options: EVENT_OPTIONS,
  takesSessions: true,
  run: async ({ values, words: [word, ...rest] }, context) => {
    noMore(rest);
    const id = word === undefined ? undefined : sessionIdIn(word);
    if (id !== undefined && (await showSession(id, context))) return 0;
    if (id !== undefined && id !== word) throw new UsageError(`There is no event of session ${id}`);
    const query: EventQuery = { ...eventQuery(values, context.clock()), server: word, type: 'session' };
    if (word !== undefined) await checkServer(word, context);
    const columns = SESSION_COLUMNS.filter(({ heading }) => word === undefined || heading !== 'SERVER');
    const isRefusedOnly = values.refused === true;
    const chosen = isRefusedOnly ? onlyRefused : (events: AsyncGenerator<EventAnswer>) => events;
    if (values.follow === true) return showFollowed(columns, chosen(followEvents(context, query)), context);
    const limit = eventLimit(values);
    const entries = chosen(
      query.identity === undefined
        ? eventsOf(context, query, isRefusedOnly ? undefined : limit)
        : sessionsOfUser(context, query),
    );
    await showFirst({ columns, entries, limit, nothing: 'No session has ended in this time.' }, context);
    return 0;
  },
});

/** False when there is no such session: the word may be a server's name. */
async function showSession(session: string, context: Context): Promise<boolean> {
  const { output } = context;
  const found = await readTranscript(session, context);
  if (found === undefined) return false;
  const { transcript, parts } = found;
  const [only] = parts;
  if (!output.isJson) showTranscript(transcript, output);
  else if (parts.length === 1) output.json(only);
  else for (const part of parts) output.jsonLine(part);
  return true;
}

async function checkServer(server: string, { api }: Context): Promise<void> {
  const doing = sessionIdIn(server) === server ? `find a session or server ${server}` : `list sessions of ${server}`;
  await api.call({ path: path`/servers/${server}`, doing, answer: serverAnswer });
}
