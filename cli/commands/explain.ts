import type * as z from 'zod';
import { explainAnswer, policyDocument } from '../api/answers.ts';
import { path } from '../api/path.ts';
import { noMore, required } from '../arguments.ts';
import { UsageError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import type { Output } from '../output/output.ts';
import type { Column } from '../output/table.ts';
import { readJson, readText } from '../text-input.ts';
import { readDialogue } from './dialogue.ts';

type Explanation = z.output<typeof explainAnswer>;
type ExplainedLine = Explanation['greeting'];

export const explainCommand = defineCommand({
  name: 'explain',
  summary: 'what a client would hear to a dialogue, and why',
  help: `Usage: npm run postern -- explain SERVER [OPTION...] [FILE|-]

Plays a client's lines, from a file or standard input, on the machine that serves live sessions, and shows for each
the reply, the rule behind it and the next hop. Nothing is sent, recorded or counted.

  --identity USER   the user has logged in, under TLS
  --client IP       the client's address; without it, nobody's
  --tls             TLS from the first octet
  --policy FILE     a policy document in place of the policy in force, as export writes it

A file that begins with [ is JSON, an array of lines and of what else may happen: docs/admin-api.md tells.

  printf 'EHLO a.test\\nMAIL FROM:<a@b.test>\\nRCPT TO:<bob@example.com>\\n' | npm run postern -- explain inbound
`,
  options: {
    identity: { type: 'string' },
    client: { type: 'string' },
    tls: { type: 'boolean' },
    policy: { type: 'string' },
  },
  run: async ({ values, words: [word, file = '-', ...rest] }, context) => {
    noMore(rest);
    const { api, output, input } = context;
    const server = required(word, 'SERVER');
    const { identity, client: address, tls, policy } = values;
    if (policy === '-' && file === '-') throw new UsageError('Only one of dialogue and policy can be standard input');
    if (file === '-' && input.isTTY) output.note("Type the client's lines; Ctrl-D ends.");
    const dialogue = readDialogue(await readText(file, context), file);
    const document =
      policy === undefined ? undefined : readJson(await readText(policy, context), policy, policyDocument);
    const client = { ...(address === undefined ? {} : { address }), ...(tls === undefined ? {} : { tls }) };
    const { value, raw } = await api.call({
      method: 'POST',
      path: path`/servers/${server}/explain`,
      doing: `explain ${server}`,
      answer: explainAnswer,
      body: { dialogue, client, identity, policy: document },
    });
    if (output.isJson) output.json(raw);
    else show(value, output);
    return 0;
  },
});

const COLUMNS: readonly Column<ExplainedLine>[] = [
  { heading: 'LINE', cell: ({ line }) => line, mayBeCut: true },
  { heading: 'OCTETS', cell: ({ octets }) => octets, isNumber: true },
  { heading: 'REPLY', cell: ({ reply }) => reply?.split('\n').join(' / '), mayBeCut: true },
  { heading: 'RULE', cell: ({ rule, limit }) => (limit === undefined ? rule : `${rule ?? ''} (limit ${limit})`) },
  { heading: 'NEXT HOP', cell: ({ nextHop }) => nextHop },
  {
    heading: 'NOTES',
    cell: ({ notes = [], reportOnly = [] }) => [...notes, ...reportOnly.map((rule) => `only reported: ${rule}`)],
    mayBeCut: true,
  },
];

function show(explanation: Explanation, output: Output): void {
  const { basis, policyVersion, client, identity, problems, greeting, lines, isClosed, isComplete } = explanation;
  output.facts([
    ['policy', `${basis}, version ${policyVersion}`],
    ['client', `${client.address}${client.tls ? ', TLS from the first octet' : ''}`],
    ['identity', identity],
  ]);
  output.line('');
  output.table(COLUMNS, [greeting, ...lines], '');
  if (isClosed) output.line('The connection is closed.');
  if (!isComplete) output.note('Time ran out before the last line.');
  for (const { item, problem } of problems) output.note(`${item} is not in force as it stands: ${problem}`);
}
