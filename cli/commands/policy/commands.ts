import {
  type CommandAnswer,
  commandAnswer,
  commandsAnswer,
} from '../../../functions/admin/contract/answers/command-answer.ts';
import { COMMAND_PREFIX } from '../../../policy/item.ts';
import { ANY_ANSWER } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { path } from '../../api/path.ts';
import { actionOf, noMore, required } from '../../arguments.ts';
import { octetsOption } from '../../assignments.ts';
import { effectsOf } from '../../check/effects.ts';
import { CliError, UsageError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import type { Column } from '../../output/table.ts';

const ACTIONS = ['on', 'off', 'reset'] as const;

export const commandsCommand = defineCommand({
  name: 'commands',
  help: `Usage: postern commands SERVER
       postern commands SERVER VERB
       postern commands SERVER VERB [on|off] [--max-octets N]
       postern commands SERVER VERB reset

Shows every SMTP command that Postern knows with the rule in force, and whether it is the profile's (commandProfile of
the server's settings) or an item's own.

  on, off          allows the command, or answers it with 502
  --max-octets N   the longest line, CR LF counted, 6 to 65536, 12KB too; a longer one is answered with 500
  reset            goes back to the profile's rule

What is not said stays as it is.

  postern commands inbound VRFY on --max-octets 300
`,
  places: [['SERVER'], ['VERB'], ACTIONS],
  options: { 'max-octets': { type: 'string' } },
  run: async ({ values, words: [server, verb, action, ...rest] }, context) => {
    noMore(rest);
    const maxOctets = octetsOption(values['max-octets'], '--max-octets');
    const named = required(server, 'SERVER');
    if (verb === undefined) {
      if (maxOctets !== undefined) throw new UsageError('--max-octets needs a VERB');
      return list(named, context);
    }
    if (action === undefined && maxOctets === undefined) return show(named, verb, context);
    const wanted = action === undefined ? undefined : actionOf(action, ACTIONS);
    if (wanted !== 'reset') {
      const allowed = wanted === undefined ? {} : { allowed: wanted === 'on' };
      return change(named, verb, { ...allowed, ...(maxOctets === undefined ? {} : { maxOctets }) }, context);
    }
    if (maxOctets !== undefined) throw new UsageError('reset takes no --max-octets');
    return reset(named, verb, context);
  },
});

const COLUMNS: readonly Column<CommandAnswer>[] = [
  { heading: 'VERB', cell: ({ verb }) => verb },
  { heading: 'ALLOWED', cell: ({ allowed }) => allowed },
  { heading: 'MAX OCTETS', cell: ({ allowed, maxOctets }) => (allowed ? maxOctets : '-'), kind: 'number' },
  { heading: 'FROM', cell: ({ from, profile }) => (from === 'item' ? 'item' : `profile ${profile.name}`) },
  { heading: 'NOTE', cell: ({ given }) => given?.note, mayBeCut: true },
  { heading: 'PROBLEM', cell: ({ problem }) => problem, mayBeCut: true, style: () => 'red' },
];

async function list(server: string, { api, output }: Context): Promise<number> {
  const doing = `list the commands of ${server}`;
  const { value, raw } = await api.call({ path: path`/servers/${server}/commands`, doing, answer: commandsAnswer });
  if (output.isJson) {
    output.json(raw);
    return 0;
  }
  output.table(COLUMNS, value.commands, 'There are no commands.');
  for (const { item, problem } of value.others) output.footer(`${item} is not in force: ${problem}`);
  return 0;
}

async function show(server: string, verb: string, { api, output }: Context): Promise<number> {
  const doing = `show command ${verb} of ${server}`;
  const at = path`/servers/${server}/commands/${verb}`;
  const { value, raw } = await api.call({ path: at, doing, answer: commandAnswer });
  if (output.isJson) output.json(raw);
  else output.table(COLUMNS, [value], '');
  return 0;
}

async function change(
  server: string,
  verb: string,
  wanted: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<number> {
  const { api, output } = context;
  const at = {
    path: path`/servers/${server}/commands/${verb}`,
    doing: `change command ${verb} of ${server}`,
    answer: commandAnswer,
  };
  const { value: before, etag } = await api.call(at);
  const put = {
    ...at,
    method: 'PUT',
    // The item is replaced whole: what it says else is said again, unless somebody has changed it meanwhile.
    body: { ...before.given, ...wanted },
    headers: before.given !== undefined && etag !== undefined ? { 'if-match': etag } : { 'if-none-match': '*' },
  } as const;
  const { value, raw } = await api.call(put).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 412) throw error;
    throw new CliError(`cannot ${at.doing}: somebody else changed it meanwhile; look at it and try again`, {
      cause: error,
    });
  });
  if (output.isJson) output.json(raw);
  else {
    const rule = value.allowed ? `on, up to ${value.maxOctets} octets` : 'off';
    output.line(`${server}: ${value.verb} is ${rule}`);
  }
  await effectsOf({ server, items: [`${COMMAND_PREFIX}${value.verb}`] }, context);
  return 0;
}

async function reset(server: string, verb: string, { api, output }: Context): Promise<number> {
  const doing = `reset command ${verb} of ${server}`;
  await api.call({ method: 'DELETE', path: path`/servers/${server}/commands/${verb}`, doing, answer: ANY_ANSWER });
  if (!output.isJson) output.line(`${server}: ${verb.toUpperCase()} is the profile's again`);
  return 0;
}
