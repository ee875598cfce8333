import { anyAnswer, type CommandAnswer, commandAnswer, commandsAnswer } from '../api/answers.ts';
import { path } from '../api/path.ts';
import { actionOf, noMore, required, wholeNumber } from '../arguments.ts';
import { UsageError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import type { Column } from '../output/table.ts';

const ACTIONS = ['on', 'off', 'reset'] as const;

export const commandsCommand = defineCommand({
  name: 'commands',
  summary: 'SMTP commands of a server: allowed or not, and how long',
  help: `Usage: npm run postern -- commands SERVER
       npm run postern -- commands SERVER VERB
       npm run postern -- commands SERVER VERB [on|off] [--max-octets N]
       npm run postern -- commands SERVER VERB reset

Shows every SMTP command that Postern knows with the rule in force, and whether it is the profile's (commandProfile of
the server's settings) or an item's own.

  on, off          allows the command, or answers it with 502
  --max-octets N   the longest line, CR LF counted, 6 to 65536; a longer one is answered with 500
  reset            goes back to the profile's rule

What is not said stays as it is.

  npm run postern -- commands inbound VRFY on --max-octets 300
`,
  options: { 'max-octets': { type: 'string' } },
  run: async ({ values, words: [server, verb, action, ...rest] }, context) => {
    noMore(rest);
    const maxOctets = wholeNumber(values['max-octets'], '--max-octets', 1);
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
  { heading: 'MAX OCTETS', cell: ({ allowed, maxOctets }) => (allowed ? maxOctets : '-'), isNumber: true },
  { heading: 'FROM', cell: ({ from, profile }) => (from === 'item' ? 'item' : `profile ${profile.name}`) },
  { heading: 'NOTE', cell: ({ given }) => given?.note, mayBeCut: true },
  { heading: 'PROBLEM', cell: ({ problem }) => problem, mayBeCut: true },
];

async function list(server: string, { api, output }: Context): Promise<number> {
  const doing = `list the commands of ${server}`;
  const { value, raw } = await api.call({ path: path`/servers/${server}/commands`, doing, answer: commandsAnswer });
  if (output.isJson) {
    output.json(raw);
    return 0;
  }
  output.table(COLUMNS, value.commands, 'There are no commands.');
  for (const { item, problem } of value.others) output.line(`${item} is not in force: ${problem}`);
  return 0;
}

async function show(server: string, verb: string, { api, output }: Context): Promise<number> {
  const doing = `show command ${verb} of ${server}`;
  const { value, raw } = await api.call({
    path: path`/servers/${server}/commands/${verb}`,
    doing,
    answer: commandAnswer,
  });
  if (output.isJson) output.json(raw);
  else output.table(COLUMNS, [value], '');
  return 0;
}

async function change(
  server: string,
  verb: string,
  wanted: Readonly<Record<string, unknown>>,
  { api, output }: Context,
): Promise<number> {
  const doing = `change command ${verb} of ${server}`;
  const at = path`/servers/${server}/commands/${verb}`;
  const { value: before, etag } = await api.call({ path: at, doing, answer: commandAnswer });
  const { value, raw } = await api.call({
    method: 'PUT',
    path: at,
    doing,
    answer: commandAnswer,
    // The item is replaced whole: what it says else is said again, unless somebody has changed it meanwhile.
    body: { ...before.given, ...wanted },
    headers: before.given !== undefined && etag !== undefined ? { 'if-match': etag } : { 'if-none-match': '*' },
  });
  if (output.isJson) output.json(raw);
  else {
    const rule = value.allowed ? `on, up to ${value.maxOctets} octets` : 'off';
    output.line(`${server}: ${value.verb} is ${rule}`);
  }
  return 0;
}

async function reset(server: string, verb: string, { api, output }: Context): Promise<number> {
  const doing = `reset command ${verb} of ${server}`;
  await api.call({ method: 'DELETE', path: path`/servers/${server}/commands/${verb}`, doing, answer: anyAnswer });
  if (!output.isJson) output.line(`${server}: ${verb.toUpperCase()} is the profile's again`);
  return 0;
}
