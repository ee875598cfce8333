import { isIP } from 'node:net';
import {
  endedAnswer,
  type LiveSessionAnswer,
  liveAnswer,
  liveSessionAnswer,
} from '../../../functions/admin/contract/answers/live-answer.ts';
import { path, withQuery } from '../../api/path.ts';
import { noMore, sessionIdIn } from '../../arguments.ts';
import { UsageError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import { counted } from '../../output/counted.ts';
import type { Column } from '../../output/table.ts';
import { showCommands } from './transcript.ts';

const COLUMNS: readonly Column<LiveSessionAnswer>[] = [
  { heading: 'SINCE', cell: ({ startedAt }) => startedAt, kind: 'time' },
  { heading: 'SESSION', cell: ({ session }) => session },
  { heading: 'SERVER', cell: ({ server }) => server, leaveOut: 3 },
  { heading: 'CLIENT', cell: ({ client }) => client.address },
  { heading: 'HELO', cell: ({ client }) => client.helo, mayBeCut: true, leaveOut: 2 },
  { heading: 'TLS', cell: ({ client }) => client.tls, leaveOut: 4 },
  { heading: 'USER', cell: ({ identity }) => identity, mayBeCut: true },
  { heading: 'MESSAGES', cell: ({ transactions }) => transactions, kind: 'number', leaveOut: 1 },
  { heading: 'STATE', cell: ({ state }) => state, isNews: true },
];

export const liveCommand = defineCommand({
  name: 'live',
  help: `Usage: postern live [SERVER]
       postern live [SERVER] --session ID
       postern live [SERVER] --end SESSION|USER|CLIENT

Shows the sessions under way, as of their tasks' last 5 seconds. The first look takes 7 seconds, until every task has
told; more within a minute are quick.

  --session ID    one of them, with its commands so far
  --end WHAT      ends a session by its id, or all of a user, or of a client's IP address: within 5 seconds they hear
                  421. Who logs in again is let in again: disable the user, or deny the client, first

  postern live submission --end alice@example.com
`,
  places: [['SERVER']],
  options: { session: { type: 'string' }, end: { type: 'string' } },
  run: async ({ values, words: [server, ...rest] }, context) => {
    noMore(rest);
    if (values.end !== undefined && values.session !== undefined) {
      throw new UsageError('--end and --session exclude each other');
    }
    if (values.end !== undefined) return end(values.end, server, context);
    return values.session === undefined ? list(server, context) : show(values.session, server, context);
  },
});

async function list(server: string | undefined, { api, output }: Context): Promise<number> {
  const { value } = await api.call({
    path: withQuery('/live', { server }),
    doing: 'list sessions',
    answer: liveAnswer,
  });
  const nothing = value.tasks === 0 ? 'No task has told of its sessions: is one running?' : 'No session is under way.';
  output.list(COLUMNS, value.sessions, nothing);
  if (value.sessions.length > 0)
    output.footer(`${counted(value.sessions.length, 'session')} on ${counted(value.tasks, 'task')}`);
  return 0;
}

async function show(id: string, server: string | undefined, { api, output }: Context): Promise<number> {
  const session = sessionIdIn(id);
  if (session === undefined) throw new UsageError(`--session is "${id}" where the id of a session is expected`);
  const at = withQuery(path`/live/${session}`, { server });
  const { value, raw } = await api.call({ path: at, doing: `show session ${session}`, answer: liveSessionAnswer });
  if (output.isJson) output.json(raw);
  else {
    output.facts(COLUMNS.map(({ heading, cell }) => [heading.toLowerCase(), cell(value)]));
    showCommands(value.commands ?? [], output);
  }
  return 0;
}

async function end(what: string, server: string | undefined, { api, output }: Context): Promise<number> {
  const session = what.includes('@') ? undefined : sessionIdIn(what);
  const isClient = isIP(what) !== 0;
  const match = isClient ? { client: what } : { identity: what };
  // The name of a user may look like a session's id: both are meant.
  const paths = [
    ...(session === undefined ? [] : [withQuery(path`/live/${session}`, { server })]),
    withQuery('/live', { server, ...match }),
  ];
  for (const at of paths) {
    const call = { method: 'DELETE', path: at, doing: `end sessions of ${what}`, answer: endedAnswer } as const;
    const { value, raw } = await api.call(call);
    if (at !== paths[0]) continue;
    if (output.isJson) output.json(raw);
    else output.line(`Sessions of ${what} end within 5 seconds on ${value.servers.join(', ')}`);
  }
  return 0;
}
