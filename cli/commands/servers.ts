import { SETTINGS_ITEM } from '../../policy/item.ts';
import { serverAnswer, serversAnswer } from '../api/answers.ts';
import { path } from '../api/path.ts';
import { actionOf } from '../arguments.ts';
import { readAssignments, withoutNulls } from '../assignments.ts';
import { UsageError } from '../cli-error.ts';
import { collect } from '../collect.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { textOf } from '../output/table.ts';

const ACTIONS = ['set', 'create'] as const;
/** Settings that are sets. */
const LISTS = ['mechanisms', 'proxyProtocolNetworks'];

export const serversCommand = defineCommand({
  name: 'servers',
  summary: 'published servers and their settings',
  help: `Usage: npm run postern -- servers
       npm run postern -- servers SERVER
       npm run postern -- servers SERVER set NAME=VALUE...
       npm run postern -- servers SERVER create hostname=NAME defaultNextHop=HOP [NAME=VALUE...]

Shows the published servers, or the settings of one: each with the value in force, and whether somebody gave it or it
is the default. docs/policy.md tells what each setting means.

  set      changes settings; NAME= with nothing behind it gives one its default back
  create   gives a new server its settings; one that is there already stays as it is

Lists (mechanisms, proxyProtocolNetworks) are written with commas. A change is in force within 5 seconds.

  npm run postern -- servers inbound set maxRecipients=50 reportOnly=true
`,
  options: {},
  run: async ({ words: [server, action, ...rest] }, context) => {
    if (server === undefined) return list(context);
    if (action === undefined) return show(server, context);
    const settings = readAssignments(rest, LISTS);
    if (rest.length === 0) throw new UsageError(`NAME=VALUE is missing behind ${action}`);
    return actionOf(action, ACTIONS) === 'set' ? set(server, settings, context) : create(server, settings, context);
  },
});

async function list({ api, output }: Context): Promise<number> {
  const servers = await collect(api.pages({ path: '/servers', doing: 'list the servers', answer: serversAnswer }));
  if (output.isJson) for (const server of servers) output.jsonLine(server);
  else {
    output.table(
      [
        { heading: 'SERVER', cell: ({ server }) => server },
        { heading: 'HOSTNAME', cell: ({ hostname }) => hostname ?? '-' },
        { heading: 'ENABLED', cell: ({ enabled }) => enabled ?? '-' },
        { heading: 'POLICY', cell: ({ policyVersion }) => policyVersion ?? 'none in force' },
        { heading: 'PROBLEMS', cell: ({ problems }) => problems, isNumber: true },
      ],
      servers,
      'There is no server yet.',
    );
  }
  return 0;
}

async function show(server: string, { api, output }: Context): Promise<number> {
  const { value, raw } = await api.call({
    path: path`/servers/${server}`,
    doing: `show ${server}`,
    answer: serverAnswer,
  });
  if (output.isJson) {
    output.json(raw);
    return 0;
  }
  const settings = Object.entries(value.settings ?? {});
  output.table(
    [
      { heading: 'SETTING', cell: ([name]) => name },
      {
        heading: 'VALUE',
        cell: ([, setting]) => (typeof setting === 'boolean' ? `${setting}` : textOf(setting) || '-'),
      },
      { heading: 'FROM', cell: ([name]) => (Object.hasOwn(value.given, name) ? 'given' : 'default') },
    ],
    settings,
    `${server} has no settings in force.`,
  );
  const { problem, policyVersion, changedBy, changedAt } = value;
  output.line('');
  output.facts([
    ['policy version', policyVersion],
    ['note', value.given.note],
    ['changed', changedBy === undefined ? undefined : `${changedAt} by ${changedBy}`],
    ['problem', problem],
  ]);
  return 0;
}

async function set(server: string, settings: object, { api, output }: Context): Promise<number> {
  const doing = `change ${SETTINGS_ITEM} of ${server}`;
  const changed = await api.call({
    method: 'PATCH',
    path: path`/servers/${server}`,
    doing,
    answer: serverAnswer,
    body: settings,
  });
  if (output.isJson) output.json(changed.raw);
  else
    output.line(
      `${server}: ${Object.keys(settings).join(', ')} changed, policy version ${changed.value.policyVersion}`,
    );
  return 0;
}

async function create(
  server: string,
  settings: Readonly<Record<string, unknown>>,
  { api, output }: Context,
): Promise<number> {
  const created = await api.call({
    method: 'PUT',
    path: path`/servers/${server}`,
    doing: `create ${server}`,
    answer: serverAnswer,
    body: withoutNulls(settings),
    headers: { 'if-none-match': '*' },
  });
  if (output.isJson) output.json(created.raw);
  else output.line(`${server} created, policy version ${created.value.policyVersion}`);
  return 0;
}
