/** A session's transcript as a person reads it. */
import type { EventAnswer, Transcript } from '../../../functions/admin/contract/answers/event-answer.ts';
import {
  commandText,
  isOnlyReported,
  replyText,
  type ShownCommand,
} from '../../../functions/admin/contract/session-script.ts';
import type { Output } from '../../output/output.ts';
import type { Column, Style } from '../../output/table.ts';
import { detailOf, membersOf, styleOf } from './event-text.ts';

function columnsOf({ zone }: Output, reported: ReadonlyMap<ShownCommand, string>): readonly Column<ShownCommand>[] {
  return [
    { heading: 'TIME', cell: ({ at }) => (at === undefined ? undefined : zone.clock(at)), leaveOut: 2 },
    { heading: 'COMMAND', cell: commandText, mayBeCut: true },
    { heading: 'OCTETS', cell: ({ octets }) => octets, kind: 'number', leaveOut: 3 },
    { heading: 'REPLY', cell: replyText, mayBeCut: true, isNews: true, style: replyStyle },
    { heading: 'RULE', cell: (command) => command.rule ?? reported.get(command), leaveOut: 1 },
  ];
}

export function replyStyle({ reply }: { readonly reply: number }): Style | undefined {
  if (reply >= 500) return 'red';
  return reply >= 400 ? 'yellow' : undefined;
}

/**
 * Rules that would have refused a command, had the server not only reported. Commands and events come in their order, so
 * each event belongs to the next command of its verb and length.
 */
function reportedRules({ commands, events }: Transcript): ReadonlyMap<ShownCommand, string> {
  const left = events.filter(isOnlyReported);
  const rules = new Map<ShownCommand, string>();
  for (const command of commands) {
    const at = left.findIndex(({ verb, octets }) => verb === command.verb && octets === command.octets);
    const [event] = at === -1 ? [] : left.splice(at, 1);
    if (event !== undefined) rules.set(command, `(${event.rule}, only reported)`);
  }
  return rules;
}

/** Events that are not plain from the commands. */
function isTold(event: EventAnswer): boolean {
  return ['login', 'limit', 'transaction'].includes(event.type) || isOnlyReported(event);
}

/** Commands of a session under way, so far. */
export function showCommands(commands: readonly ShownCommand[], output: Output): void {
  output.footer('');
  output.table(columnsOf(output, new Map()), commands, 'It has said nothing yet.');
}

export function showTranscript(transcript: Transcript, output: Output): void {
  const { session, server, identity, startedAt, endedAt, ending, policyVersions, commandsOmitted } = transcript;
  const client = membersOf(transcript.client);
  output.facts([
    ['session', session],
    ['server', server],
    ['client', `${client.address} port ${client.port}, ${client.helo ?? 'unnamed'}, ${client.tls ? 'TLS' : 'no TLS'}`],
    ['user', identity],
    ['started', output.moment(startedAt)],
    ['ended', endedAt === undefined ? 'not yet' : `${output.moment(endedAt)}, ${ending}`],
    ['policy version', policyVersions],
  ]);
  output.footer('');
  const nothing = 'Its commands are recorded when a transaction or the session ends.';
  output.table(columnsOf(output, reportedRules(transcript)), transcript.commands, nothing);
  if (commandsOmitted !== undefined) output.footer(`${commandsOmitted} further commands were not recorded.`);
  const told = transcript.events.filter(isTold);
  if (told.length > 0) output.footer('');
  if (!output.isText) return;
  for (const event of told) output.line(`${output.zone.clock(event.at)}  ${detailOf(event)}`, styleOf(event));
}
