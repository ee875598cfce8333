/** The transcript of a session: what was said, what was answered, and which rule decided, from its events. */
import type { CommandRecord } from '../../policy/event.ts';
import type { EventAttributes } from './event-reader.ts';
import { commandsOf, shownEvent, timeOf } from './event-shown.ts';
import { commandsInOrder, type ShownCommand, type TransactionCommands } from './session-commands.ts';

export interface Transcript {
  readonly session: string;
  readonly server: string;
  readonly client: unknown;
  readonly identity?: string;
  readonly startedAt: string;
  /** Absent while the session runs, and where its last event was lost. */
  readonly endedAt?: string;
  readonly ending?: string;
  /** Policies that were in force, in their order. */
  readonly policyVersions: readonly string[];
  readonly commands: readonly ShownCommand[];
  /** Logins, refusals, limits, transactions and the end, in their order; without the commands that are listed above. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** Commands that the events do not hold, since there were too many. */
  readonly commandsOmitted?: number;
}

export interface SessionEvents {
  /** Events of one part of the session. */
  readonly events: readonly EventAttributes[];
  /** The event of the session's end, whatever part it is in; absent while it runs. */
  readonly end: EventAttributes | undefined;
  /** ISO times between which this part lies: after `after`, up to `to`; absent where it has no bound. */
  readonly after?: string | undefined;
  readonly to?: string | undefined;
}

/** `undefined` when there is no event of the session. */
export function transcriptOf(part: SessionEvents): Transcript | undefined {
  const { end } = part;
  const events = [...part.events].sort(byOccurrence);
  const transactions = events.filter(({ type }) => type === 'transaction');
  const last = end ?? events.at(-1);
  if (last === undefined) return undefined;
  const startedAtMs = startOf(events, end);
  const holders = end === undefined ? transactions : [...transactions, end];
  const omitted = holders.reduce((sum, holder) => sum + numberOf(holder.commandsOmitted), 0);
  const identity = [...events, ...(end === undefined ? [] : [end])].findLast((event) => 'identity' in event)?.identity;
  return {
    session: String(last.session),
    server: String(last.server),
    client: last.client,
    ...(typeof identity === 'string' ? { identity } : {}),
    startedAt: new Date(startedAtMs).toISOString(),
    ...(end === undefined ? {} : { endedAt: timeOf(end), ending: String(end.ending) }),
    policyVersions: [...new Set(events.map(({ policyVersion }) => String(policyVersion)))],
    commands: commandsInOrder({
      startedAtMs,
      commands: ownCommands(part, startedAtMs),
      transactions: transactions.map((event) => transactionOf(event, startedAtMs)),
      loginsMs: events.filter(({ type }) => type === 'login').map((event) => msOf(event) - startedAtMs),
      endMs: end === undefined ? undefined : msOf(end) - startedAtMs,
    }),
    events: events.map(({ commands: _commands, ...event }) => shownEvent(event)),
    ...(omitted === 0 ? {} : { commandsOmitted: omitted }),
  };
}

/** By time; events of one millisecond by the count that their ids end in, which is longer where it is larger. */
function byOccurrence(a: EventAttributes, b: EventAttributes): number {
  const [timeA, timeB, idA, idB] = [timeOf(a), timeOf(b), String(a.id), String(b.id)];
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  if (idA.length !== idB.length) return idA.length - idB.length;
  return idA < idB ? -1 : 1;
}

/** Milliseconds since 1970 at which the session began, as well as its events tell. */
function startOf(events: readonly EventAttributes[], end: EventAttributes | undefined): number {
  if (end !== undefined) return msOf(end) - numberOf(end.durationMs);
  // A transaction begins with MAIL, whose record says how long the session had lasted.
  const starts = events.map((event) => {
    const [mail] = commandsOf(event);
    return msOf(event) - numberOf(event.durationMs) - (mail?.atMs ?? 0);
  });
  return starts.reduce((earliest, start) => Math.min(earliest, start));
}

/** Commands outside transactions that lie in this part; one without a time is in the first. */
function ownCommands({ end, after, to }: SessionEvents, startedAtMs: number): readonly CommandRecord[] {
  if (end === undefined) return [];
  return commandsOf(end).filter(({ atMs }) => {
    if (atMs === undefined) return after === undefined;
    const at = new Date(startedAtMs + atMs).toISOString();
    return at > (after ?? '') && at <= (to ?? '~');
  });
}

function transactionOf(event: EventAttributes, startedAtMs: number): TransactionCommands {
  const commands = commandsOf(event);
  const content = contentRecord(event, commands, msOf(event) - startedAtMs);
  const all = content === undefined ? commands : [...commands, content];
  const endMs = all.at(-1)?.atMs ?? msOf(event) - startedAtMs;
  const startMs = all[0]?.atMs ?? endMs - numberOf(event.durationMs);
  return { transaction: String(event.transaction), commands: all, startMs, endMs };
}

/** The end of the content and its answer, which no command asked for: the transaction's own reply tells it. */
function contentRecord(
  event: EventAttributes,
  commands: readonly CommandRecord[],
  endMs: number,
): CommandRecord | undefined {
  const answer = /^(\d{3})[ -](.*)$/s.exec(String(event.reply));
  const isSent = commands.some(({ verb, reply }) => verb === 'DATA' && reply === 354);
  if (answer === null || !isSent) return undefined;
  const [, code, text = ''] = answer;
  return {
    verb: 'DATA',
    line: END_OF_CONTENT,
    octets: numberOf(event.octets),
    reply: Number(code),
    answer: text,
    rule: String(event.rule),
    ...(endMs < 0 ? {} : { atMs: endMs }),
  };
}

/** RFC 5321 section 4.1.1.4. */
const END_OF_CONTENT = '.';

function msOf(event: EventAttributes): number {
  return Date.parse(timeOf(event));
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
