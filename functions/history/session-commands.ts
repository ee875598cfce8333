/**
 * A session's commands in the order in which they were given.
 *
 * The table keeps them in lists: those outside transactions with the session's own event, the others with their
 * transaction's. While a transaction is open every command is its own, so a list of a transaction stays whole, and the
 * question is only which transactions lie before a command of the session. Their times answer it; where they are the
 * same millisecond, or where a record has none, what SMTP allows does.
 */
import type { CommandRecord } from '../../policy/event.ts';

export interface ShownCommand extends CommandRecord {
  /** ISO time of the reply; absent where only its order is known. */
  readonly at?: string;
  /** Id of the transaction that it belongs to. */
  readonly transaction?: string;
}

/** Milliseconds since the session's start. */
type SessionMs = number;

export interface TransactionCommands {
  readonly transaction: string;
  readonly commands: readonly CommandRecord[];
  readonly startMs: SessionMs;
  readonly endMs: SessionMs;
}

export interface SessionCommands {
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Outside transactions, in their order. */
  readonly commands: readonly CommandRecord[];
  /** In their order. */
  readonly transactions: readonly TransactionCommands[];
  /** Times of the logins, in their order. */
  readonly loginsMs: readonly SessionMs[];
  /** Absent while the session runs. */
  readonly endMs?: SessionMs | undefined;
}

/** Replies that end an AUTH exchange in which somebody was asked for. */
const LOGIN_REPLIES: readonly number[] = [235, 421, 454, 535];
/** Verbs that give up an open transaction. */
const ENDING_VERBS: readonly string[] = ['RSET', 'EHLO', 'HELO'];

export function commandsInOrder(session: SessionCommands): readonly ShownCommand[] {
  const { commands, transactions, startedAtMs } = session;
  const times = timesOf(session);
  const shown: ShownCommand[] = [];
  let given = 0;
  let isGreeted = false;
  for (const [index, command] of commands.entries()) {
    const before = given + countBefore(command, times[index] ?? 0, transactions.slice(given), isGreeted);
    isGreeted = isGreetedAfter(command, isGreeted);
    shown.push(...transactions.slice(given, before).flatMap((each) => ofTransaction(each, startedAtMs)));
    shown.push(withTime(command, startedAtMs));
    given = before;
  }
  return [...shown, ...transactions.slice(given).flatMap((each) => ofTransaction(each, startedAtMs))];
}

/** When each command outside transactions was answered, or the earliest time that its place in the list allows. */
function timesOf({ commands, loginsMs, endMs }: SessionCommands): readonly SessionMs[] {
  let timeMs = 0;
  let logins = 0;
  return commands.map(({ verb, reply, atMs }) => {
    const isLogin = verb === 'AUTH' && LOGIN_REPLIES.includes(reply);
    const known = atMs ?? (isLogin ? loginsMs[logins] : undefined) ?? (verb === 'QUIT' ? endMs : undefined);
    if (isLogin) logins += 1;
    timeMs = Math.max(timeMs, known ?? 0);
    return timeMs;
  });
}

/** Whether the client has said who it is, without which there is no transaction. */
function isGreetedAfter({ verb, reply }: CommandRecord, isGreeted: boolean): boolean {
  // RFC 3207 section 4.2: under TLS the session starts over.
  if (verb === 'STARTTLS' && reply === 220) return false;
  return isGreeted || ((verb === 'EHLO' || verb === 'HELO') && reply === 250);
}

/** How many of the transactions, which are those not given yet, lie before a command outside them. */
function countBefore(
  { verb }: CommandRecord,
  timeMs: SessionMs,
  transactions: readonly TransactionCommands[],
  isGreeted: boolean,
): number {
  const later = transactions.findIndex(({ startMs }) => startMs >= timeMs);
  const before = later === -1 ? transactions.length : later;
  if (!isGreeted) return before;
  // Those that took place in the very millisecond of the command.
  const tied = transactions.slice(before).filter(({ startMs, endMs }) => startMs === timeMs && endMs === timeMs);
  if (verb === 'QUIT') return before + tied.length;
  // One that had no content was ended by something; no more than one is open at a time.
  return ENDING_VERBS.includes(verb) ? before + tied.findIndex(hasNoContent) + 1 : before;
}

function hasNoContent({ commands }: TransactionCommands): boolean {
  return !commands.some(({ verb, reply }) => verb === 'DATA' && reply === 354);
}

function ofTransaction(transaction: TransactionCommands, startedAtMs: number): readonly ShownCommand[] {
  const { transaction: id, commands } = transaction;
  return commands.map((command) => ({ ...withTime(command, startedAtMs), transaction: id }));
}

function withTime(command: CommandRecord, startedAtMs: number): ShownCommand {
  const { atMs } = command;
  return atMs === undefined ? command : { at: new Date(startedAtMs + atMs).toISOString(), ...command };
}
