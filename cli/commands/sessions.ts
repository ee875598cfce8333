import { type EventAnswer, serverAnswer, type Transcript, transcriptAnswer } from '../api/answers.ts';
import { ApiError } from '../api/api-error.ts';
import { path, withQuery } from '../api/path.ts';
import { noMore, SESSION_ID } from '../arguments.ts';
import { UsageError } from '../cli-error.ts';
import { collect } from '../collect.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { eventsOf, followEvents } from '../follow.ts';
import type { Column } from '../output/table.ts';
import { showFollowed } from './event-list.ts';
import { EVENT_OPTIONS, EVENT_OPTIONS_HELP, eventLimit, eventQuery } from './event-options.ts';
import { addressOf, membersOf } from './event-text.ts';
import { showTranscript } from './transcript.ts';

const COLUMNS: readonly Column<EventAnswer>[] = [
  { heading: 'ENDED', cell: ({ at }) => at },
  { heading: 'SESSION', cell: ({ session }) => session },
  { heading: 'SERVER', cell: ({ server }) => server },
  { heading: 'CLIENT', cell: addressOf },
  { heading: 'HELO', cell: ({ client }) => membersOf(client).helo, mayBeCut: true },
  { heading: 'TLS', cell: ({ client }) => membersOf(client).tls },
  { heading: 'IDENTITY', cell: ({ identity }) => identity },
  { heading: 'SECONDS', cell: ({ durationMs }) => (Number(durationMs) / 1000).toFixed(1), isNumber: true },
  { heading: 'MAILS', cell: ({ transactions }) => transactions, isNumber: true },
  { heading: 'ENDING', cell: ({ ending }) => ending },
];

export const sessionsCommand = defineCommand({
  name: 'sessions',
  summary: 'sessions that have ended, and the transcript of each',
  help: `Usage: npm run postern -- sessions [SERVER] [OPTION...]
       npm run postern -- sessions SESSION

Shows sessions by their end, newest first; or the transcript of one, whose id is in the list and in every event:
each command with its octets, the reply, and the rule behind it. Of AUTH the mechanism is shown and what came of it,
never a credential.

${EVENT_OPTIONS_HELP}
  npm run postern -- sessions submission --identity alice@example.com --since 2h
`,
  options: EVENT_OPTIONS,
  takesSessions: true,
  run: async ({ values, words: [word, ...rest] }, context) => {
    noMore(rest);
    if (word !== undefined && SESSION_ID.test(word)) {
      const isShown = await showSession(word, context);
      if (isShown) return 0;
    }
    const query = { ...eventQuery(values, context.nowMs()), server: word, type: 'session' };
    const limit = eventLimit(values);
    if (word !== undefined) await checkServer(word, context);
    if (values.follow === true) {
      if (values.until !== undefined) throw new UsageError('--follow takes no --until');
      return showFollowed(COLUMNS, followEvents(context, query), context);
    }
    const events = await collect(eventsOf(context, query, limit), limit);
    if (context.output.isJson) for (const event of events) context.output.jsonLine(event);
    else context.output.table(COLUMNS, events, 'No session has ended in this time.');
    return 0;
  },
});

/** False when there is no such session: the word may be a server's name. */
async function showSession(session: string, context: Context): Promise<boolean> {
  const parts: unknown[] = [];
  let transcript: Transcript | undefined;
  let next: string | undefined;
  try {
    do {
      const at = withQuery(path`/sessions/${session}`, { limit: 1000, next });
      const { value, raw } = await context.api.call({ path: at, doing: `show ${session}`, answer: transcriptAnswer });
      parts.push(raw);
      transcript = transcript === undefined ? value : joined(transcript, value);
      next = value.next;
    } while (next !== undefined);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404 && transcript === undefined) return false;
    throw error;
  }
  const [only] = parts;
  if (!context.output.isJson) showTranscript(transcript, context.output);
  else if (parts.length === 1) context.output.json(only);
  else for (const part of parts) context.output.jsonLine(part);
  return true;
}

/** A long session comes in parts. */
function joined(first: Transcript, second: Transcript): Transcript {
  return {
    ...first,
    ...second,
    startedAt: first.startedAt,
    policyVersions: [...new Set([...first.policyVersions, ...second.policyVersions])],
    commands: [...first.commands, ...second.commands],
    events: [...first.events, ...second.events],
  };
}

async function checkServer(server: string, { api }: Context): Promise<void> {
  const doing = SESSION_ID.test(server) ? `find a session or server ${server}` : `list sessions of ${server}`;
  await api.call({ path: path`/servers/${server}`, doing, answer: serverAnswer });
}
