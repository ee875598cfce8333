/** A session's transcript as a person reads it. */
import type { Transcript } from '../api/answers.ts';
import type { Output } from '../output/output.ts';
import type { Column } from '../output/table.ts';
import { detailOf, membersOf } from './event-text.ts';

type ShownCommand = Transcript['commands'][number];

const COLUMNS: readonly Column<ShownCommand>[] = [
  { heading: 'TIME', cell: ({ at }) => at?.slice(11, 23) },
  { heading: 'COMMAND', cell: commandText, mayBeCut: true },
  { heading: 'OCTETS', cell: ({ octets }) => octets, isNumber: true },
  { heading: 'REPLY', cell: replyText, mayBeCut: true },
  { heading: 'RULE', cell: ({ rule }) => rule },
];

/** Of a line that is not kept, why: the lines of an AUTH exchange are credentials. */
function commandText({ verb, line }: ShownCommand): string {
  if (line === '.') return '(end of message)';
  if (line !== undefined) return line;
  return verb === 'AUTH' ? '(AUTH exchange, not shown)' : `(${verb}, not kept)`;
}

function replyText({ reply, answer }: ShownCommand): string {
  if (reply === 0) return '(none)';
  return answer === undefined ? `${reply}` : `${reply} ${answer}`;
}

/** Events that are not plain from the commands. */
const TOLD = ['login', 'limit', 'transaction'];

export function showTranscript(transcript: Transcript | undefined, output: Output): void {
  if (transcript === undefined) return;
  const { session, server, identity, startedAt, endedAt, ending, policyVersions, commandsOmitted } = transcript;
  const client = membersOf(transcript.client);
  output.facts([
    ['session', session],
    ['server', server],
    ['client', `${client.address} port ${client.port}, ${client.helo ?? 'unnamed'}, ${client.tls ? 'TLS' : 'no TLS'}`],
    ['identity', identity],
    ['started', startedAt],
    ['ended', endedAt === undefined ? 'not yet' : `${endedAt}, ${ending}`],
    ['policy version', policyVersions],
  ]);
  output.line('');
  const nothing = 'Its commands are recorded when a transaction or the session ends.';
  output.table(COLUMNS, transcript.commands, nothing);
  if (commandsOmitted !== undefined) output.line(`${commandsOmitted} further commands were not recorded.`);
  const told = transcript.events.filter(({ type }) => TOLD.includes(type));
  if (told.length > 0) output.line('');
  for (const event of told) output.line(`${event.at.slice(11, 23)}  ${event.type}: ${detailOf(event)}`);
}
