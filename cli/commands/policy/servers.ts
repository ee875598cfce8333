import {
  serverAnswer,
  type serverAnswer as serverSchema,
  serversAnswer,
} from '../../../functions/admin/contract/answers/server-answer.ts';
import { SETTINGS_ITEM } from '../../../policy/item.ts';
import { ApiError } from '../../api/api-error.ts';
import { path } from '../../api/path.ts';
import { actionOf, noMore } from '../../arguments.ts';
import { type Attributes, readAssignments, withMeaning, withoutNulls } from '../../assignments.ts';
import { effectsOf } from '../../check/effects.ts';
import { CliError, UsageError } from '../../cli-error.ts';
import { collect } from '../../collect.ts';
import { defineCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import { cellText } from '../../output/table.ts';
import { removeServer } from './server-removal.ts';

const ACTIONS = ['set', 'create', 'remove'] as const;
const SETTINGS: Attributes = {
  lists: ['mechanisms', 'proxyProtocolNetworks'],
  booleans: ['enabled', 'authenticationRequiresTls', 'checkHeaderFrom', 'reportOnly'],
};
type ServerAnswer = (typeof serverSchema)['_output'];

export const serversCommand = defineCommand({
  name: 'servers',
  help: `Usage: postern servers
       postern servers SERVER
       postern servers SERVER set NAME=VALUE...
       postern servers SERVER create hostname=NAME defaultNextHop=HOP [NAME=VALUE...]
       postern servers SERVER remove [--force]

Shows the published servers, or the settings of one: each with the value in force, and whether somebody gave it or it
is the default. docs/policy.md tells what each setting means.

  set       changes settings; NAME= with nothing after it gives one its default back
  create    gives a new server its settings; one that exists stays as it is
  remove    removes the settings and all other items of a server, after a question that --force leaves out; users and
            events stay; a task that still runs for it takes no mail

Lists (mechanisms, proxyProtocolNetworks) are written with commas. Octets may be written 25MB, seconds 10m, days 2w.
A change is in force within 5 seconds.

  postern servers inbound set maxRecipients=50 maxMessageOctets=25MB reportOnly=true
`,
  places: [['SERVER'], ACTIONS, ['SETTING'], ['SETTING'], ['SETTING']],
  options: { force: { type: 'boolean' } },
  run: async ({ values: { force }, words: [server, action, ...rest] }, context) => {
    if (force !== undefined && action !== 'remove') throw new UsageError('--force belongs to remove');
    if (server === undefined) return list(context);
    if (action === undefined) return show(server, context);
    if (actionOf(action, ACTIONS) === 'remove') {
      noMore(rest);
      return removeServer(server, force === true, context);
    }
    const settings = readAssignments(rest, SETTINGS);
    if (rest.length === 0) throw new UsageError(`NAME=VALUE is missing after ${action}`);
    return action === 'set' ? set(server, settings, context) : create(server, settings, context);
  },
});

async function list({ api, output }: Context): Promise<number> {
  const call = { path: '/servers', doing: 'list the servers', answer: serversAnswer };
  const servers = await collect(api.pages({ ...call, entries: (page) => page.servers }));
  output.list(
    [
      { heading: 'SERVER', cell: ({ server }) => server },
      { heading: 'HOSTNAME', cell: ({ hostname }) => hostname ?? '-' },
      { heading: 'ENABLED', cell: ({ enabled }) => enabled ?? '-' },
      { heading: 'POLICY', cell: ({ policyVersion }) => policyVersion ?? 'none in force', leaveOut: 1 },
      {
        heading: 'PROBLEMS',
        cell: ({ problems }) => problems,
        kind: 'number',
        style: ({ problems }) => (problems > 0 ? 'red' : undefined),
      },
    ],
    servers,
    'There is no server yet.',
  );
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
  output.table(
    [
      { heading: 'SETTING', cell: ([name]) => name },
      { heading: 'VALUE', cell: ([name, setting]) => settingText(name, setting) },
      { heading: 'FROM', cell: ([name]) => (Object.hasOwn(value.given, name) ? 'given' : 'default') },
    ],
    Object.entries(value.settings ?? {}),
    `${server} has no settings in force.`,
  );
  const { problem, policyVersion, changedBy, changedAt } = value;
  output.footer('');
  output.facts([
    ['policy version', policyVersion],
    ['note', value.given.note],
    ['changed', changedBy === undefined ? undefined : `${output.moment(changedAt)} by ${changedBy}`],
    ['problem', problem],
  ]);
  return 0;
}

function settingText(name: string, value: unknown): string {
  return withMeaning(name, value) || cellText(value) || '-';
}

async function set(server: string, settings: object, context: Context): Promise<number> {
  const { api, output } = context;
  const at = { path: path`/servers/${server}`, doing: `change ${SETTINGS_ITEM} of ${server}`, answer: serverAnswer };
  const before = await api.call(at);
  const changed = await api.call({ ...at, method: 'PATCH', body: settings });
  if (output.isJson) output.json(changed.raw);
  else for (const line of changes(settings, before.value, changed.value)) output.line(`${server}: ${line}`);
  await effectsOf({ server, items: [SETTINGS_ITEM], settings: Object.keys(settings) }, context);
  return 0;
}

/** `maxRecipients 50 → 60`, for each setting that was named. */
function changes(named: object, before: ServerAnswer, after: ServerAnswer): string[] {
  const valueIn = ({ settings, given }: ServerAnswer, name: string): string =>
    settingText(name, settings?.[name] ?? given[name] ?? null);
  const lines = Object.keys(named).map((name) => {
    const [old, now] = [valueIn(before, name), valueIn(after, name)];
    return old === now ? `${name} is ${now} already` : `${name} ${old} → ${now}`;
  });
  return [...lines, `policy version ${after.policyVersion ?? 'none in force'}`];
}

async function create(server: string, settings: Readonly<Record<string, unknown>>, context: Context): Promise<number> {
  const { api, output } = context;
  const call = {
    method: 'PUT',
    path: path`/servers/${server}`,
    doing: `create ${server}`,
    answer: serverAnswer,
    body: withoutNulls(settings),
    headers: { 'if-none-match': '*' },
  } as const;
  const created = await api.call(call).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 412) throw error;
    throw new CliError(`${server} exists already; postern servers ${server} set changes it`, { cause: error });
  });
  if (output.isJson) output.json(created.raw);
  else output.line(`${server} created, policy version ${created.value.policyVersion}`);
  await effectsOf({ server, items: [SETTINGS_ITEM] }, context);
  return 0;
}
