/** What explain answered, as a person reads it. */
import type { ExplainAnswer } from '../../../functions/admin/contract/answers/explain-answer.ts';
import type { Output } from '../../output/output.ts';
import type { Column } from '../../output/table.ts';

type ExplainedLine = ExplainAnswer['greeting'];

/** A line of a reply; the first of each has what the client's line was. */
interface Row {
  readonly said: ExplainedLine | undefined;
  readonly reply: string | undefined;
}

const COLUMNS: readonly Column<Row>[] = [
  { heading: 'LINE', cell: ({ said }) => said?.line, mayBeCut: true },
  { heading: 'REPLY', cell: ({ reply }) => reply, mayBeCut: true, style: ({ reply }) => codeStyle(reply) },
  { heading: 'RULE', cell: ({ said }) => (said === undefined ? undefined : ruleText(said)) },
  { heading: 'NEXT HOP', cell: ({ said }) => said?.nextHop, leaveOut: 2 },
  { heading: 'OCTETS', cell: ({ said }) => said?.octets, kind: 'number', leaveOut: 3 },
  {
    heading: 'NOTES',
    cell: ({ said }) => (said === undefined ? undefined : notesOf(said)),
    mayBeCut: true,
    leaveOut: 1,
  },
];

function codeStyle(reply = ''): 'red' | 'yellow' | undefined {
  if (reply.startsWith('5')) return 'red';
  return reply.startsWith('4') ? 'yellow' : undefined;
}

function ruleText({ rule, limit }: ExplainedLine): string | undefined {
  return limit === undefined ? rule : `${rule ?? ''} (limit ${limit})`;
}

function notesOf({ notes = [], reportOnly = [] }: ExplainedLine): readonly string[] {
  return [...notes, ...reportOnly.map((rule) => `only reported: ${rule}`)];
}

function rowsOf(said: ExplainedLine): readonly Row[] {
  const [first, ...more] = said.reply?.split('\n') ?? [];
  return [{ said, reply: first }, ...more.map((reply) => ({ said: undefined, reply }))];
}

export function showExplanation(explanation: ExplainAnswer, output: Output): void {
  showBasis(explanation, output);
  output.table(COLUMNS, [explanation.greeting, ...explanation.lines].flatMap(rowsOf), '');
  showEnd(explanation, output);
}

export function showBasis({ basis, policyVersion, client, identity }: ExplainAnswer, output: Output): void {
  output.facts([
    ['policy', `${basis}, version ${policyVersion}`],
    ['client', `${client.address}${client.tls ? ', TLS from the first octet' : ''}`],
    ['user', identity],
  ]);
  output.footer('');
}

export function showEnd({ isClosed, isComplete, problems }: ExplainAnswer, output: Output): void {
  if (isClosed) output.footer('The connection is closed.');
  if (!isComplete) output.note('Time ran out before the last line.');
  for (const { item, problem } of problems) output.note(`${item} is not in force as it stands: ${problem}`);
}
