/** A recorded session under another policy: what it heard then, and what it would hear now. */
import type { Transcript } from '../../functions/admin/contract/event-answer.ts';
import type { ExplainAnswer } from '../../functions/admin/contract/explain-answer.ts';
import type { PolicyDocument } from '../../functions/admin/contract/policy-document.ts';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import type { Column } from '../output/table.ts';
import type { Dialogue } from './dialogue.ts';
import { membersOf } from './event-text.ts';
import { ask } from './explain-question.ts';
import { showBasis, showEnd } from './explanation.ts';
import { readTranscript } from './read-transcript.ts';
import { commandText, replyText, type ShownCommand } from './transcript.ts';

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

interface PlayedCommand {
  readonly command: ShownCommand;
  /** Its place in the dialogue; `undefined` of what is not played: an AUTH exchange, content that is not taken. */
  readonly at: number | undefined;
}

interface Script {
  readonly dialogue: Dialogue;
  readonly played: readonly PlayedCommand[];
}

/** Plays until each DATA that is refused now is followed by no content, which would be taken for commands. */
async function play(transcript: Transcript, policy: PolicyDocument | undefined, context: Context) {
  const client = membersOf(transcript.client);
  const hasStartTls = transcript.commands.some(({ verb, reply }) => verb === 'STARTTLS' && reply === 220);
  const question = {
    client: { address: client.address, port: client.port, tls: client.tls === true && !hasStartTls },
    identity: transcript.identity,
    policy,
  };
  const refused = new Set<ShownCommand>();
  for (;;) {
    const { dialogue, played } = scriptOf(transcript, refused);
    const { value, raw } = await ask(transcript.server, { ...question, dialogue }, context);
    const before = refused.size;
    for (const { command, at } of played) {
      if (isData(command) && at !== undefined && !value.lines[at]?.reply?.startsWith('354')) refused.add(command);
    }
    if (refused.size === before) return { played, answer: value, raw };
  }
}

function isData({ verb, line, reply }: ShownCommand): boolean {
  return verb === 'DATA' && line !== '.' && reply === 354;
}

/** @param refused DATA commands whose content is left out */
function scriptOf({ commands }: Transcript, refused: ReadonlySet<ShownCommand>): Script {
  const dialogue: Dialogue[number][] = [];
  const played: PlayedCommand[] = [];
  let sender = '';
  let takesContent = true;
  for (const command of commands) {
    const { verb, line, octets } = command;
    sender = /^MAIL FROM:\s*<([^>]*)>/i.exec(line ?? '')?.[1] ?? sender;
    if (isData(command)) takesContent = !refused.has(command);
    if (verb === 'AUTH' || (line === '.' && !takesContent)) {
      played.push({ command, at: undefined });
      continue;
    }
    // The content itself is not recorded.
    if (line === '.') dialogue.push(`From: <${sender}>`, 'Subject: not recorded', '', 'Not recorded.');
    played.push({ command, at: dialogue.length });
    dialogue.push(line ?? { octets: Buffer.from(`${'X'.repeat(Math.max(0, octets - 2))}\r\n`).toString('base64') });
  }
  return { dialogue, played };
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
