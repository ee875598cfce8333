/** A recorded session under another policy: what it heard then, and what it would hear now. */
import type { Transcript } from '../../../functions/admin/contract/answers/event-answer.ts';
import type { ExplainAnswer } from '../../../functions/admin/contract/answers/explain-answer.ts';
import type { PolicyDocument } from '../../../functions/admin/contract/answers/policy-document.ts';
import {
  commandText,
  type PlayedCommand,
  playSession,
  replyText,
  type ShownCommand,
} from '../../../functions/admin/contract/session-script.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import type { Column } from '../../output/table.ts';
import { readTranscript } from '../events/read-transcript.ts';
import { ask } from './explain-question.ts';
import { showBasis, showEnd } from './explanation.ts';

export async function explainSession(
  session: string,
  policy: PolicyDocument | undefined,
  context: Context,
): Promise<number> {
  const found = await readTranscript(session, context);
  if (found === undefined) throw new CliError(`There is no event of session ${session}`);
  const { transcript } = found;
  const { played, answer, raw } = await play(transcript, policy, context);
  if (context.output.isJson) context.output.json(raw);
  else show(transcript, played, answer, context);
  return 0;
}

/** Has it played by the policy in force, or by a document. */
async function play(transcript: Transcript, policy: PolicyDocument | undefined, context: Context) {
  const { script, answered } = await playSession(transcript, (question) =>
    ask(transcript.server, { ...question, policy }, context),
  );
  return { played: script.played, answer: answered.value, raw: answered.raw };
}

interface Row {
  readonly command: ShownCommand;
  readonly recorded: string;
  readonly today: string;
  readonly rule: string | undefined;
  readonly isPlayed: boolean;
}

const COLUMNS: readonly Column<Row>[] = [
  { heading: 'COMMAND', cell: ({ command }) => commandText(command), mayBeCut: true },
  { heading: 'THEN', cell: ({ recorded }) => recorded, mayBeCut: true },
  {
    heading: 'NOW',
    cell: ({ today }) => today,
    mayBeCut: true,
    style: (row) => (differs(row) ? 'yellow' : undefined),
  },
  { heading: 'RULE NOW', cell: ({ rule }) => rule, leaveOut: 1 },
];

function differs({ recorded, today, isPlayed }: Row): boolean {
  return isPlayed && recorded.slice(0, 3) !== today.slice(0, 3);
}

function show(
  { session }: Transcript,
  played: readonly PlayedCommand[],
  answer: ExplainAnswer,
  { output }: Context,
): void {
  showBasis(answer, output);
  const rows = played.map(({ command, at }): Row => {
    const line = at === undefined ? undefined : answer.lines[at];
    const reply = line?.reply?.split('\n', 1)[0]?.replace(/^(\d{3})-/, '$1 ');
    const today = line === undefined ? '(not played)' : (reply ?? '(none)');
    return { command, recorded: replyText(command), today, rule: line?.rule, isPlayed: line !== undefined };
  });
  output.table(COLUMNS, rows, `Session ${session} has no recorded command.`);
  const different = rows.filter(differs).length;
  output.footer(
    different === 0 ? 'Each reply has the code it had then.' : `${different} of ${rows.length} replies differ.`,
  );
  output.footer(
    'The content of messages is not recorded: a short one stands in its place. Next hops are assumed to take all.',
  );
  showEnd(answer, output);
}
