/** A session as its events tell it: who came, and each command with what it was answered. */
import { type ScreenRecord, screenRecordSchema } from '../../../policy/event.ts';
import { parseSenderPattern } from '../../../policy/sender-rule.ts';
import type { EventAttributes } from '../../history/event-reader.ts';
import { timeOf } from '../../history/event-shown.ts';
import type { ShownCommand } from '../../history/session-commands.ts';
import { transcriptOf } from '../../history/session-transcript.ts';

export interface RecordedSession {
  readonly session: string;
  /** ISO time of its end. */
  readonly at: string;
  readonly client: { readonly address: string; readonly port: number };
  readonly isImplicitTls: boolean;
  /** What was said in place of a greeting, and by which rule; absent when it was greeted. */
  readonly denial?: { readonly reply: string; readonly rule: string };
  readonly commands: readonly RecordedCommand[];
  /** By their id. */
  readonly transactions: ReadonlyMap<string, RecordedTransaction>;
  /** Who logged in; absent when no one did. */
  readonly identity?: string;
}

export interface RecordedCommand extends ShownCommand {
  /** `command`: a line with a verb. `response`: a line of an AUTH exchange. `content`: the message, `octets` its own. */
  readonly kind: 'command' | 'response' | 'content';
  /** How the AUTH exchange that it belongs to came out, as the reply's code. */
  readonly loginReply?: number;
  /** Mechanism of that exchange. */
  readonly mechanism?: string;
}

export interface RecordedTransaction {
  /** Empty for the null reverse-path. */
  readonly sender: string;
  /** Canonical, as `senders` of a user has it; empty for the null reverse-path. */
  readonly senderPattern: string;
  /** The next hop of each recipient that was offered to one, by its address. */
  readonly nextHops: ReadonlyMap<string, string>;
  /** What screening rules saw of its message; absent where there were none. */
  readonly screen?: ScreenRecord;
}

/** Commands that are kept of one transaction, or of a session outside them; further ones are not recorded. */
const RECORDED_COMMANDS = 200;

/** What a session's events tell, or why they do not tell enough. */
export function recordedSession(
  end: EventAttributes,
  events: readonly EventAttributes[],
): RecordedSession | { readonly why: string } {
  const transcript = transcriptOf({ events: [...events, end], end });
  if (transcript === undefined) return { why: 'it has no events' };
  const why = whyNot(end, events, transcript.commands, transcript.commandsOmitted ?? 0);
  if (why !== undefined) return { why };
  const { address, port, tls } = clientOf(end);
  const commands = readCommands(transcript.commands);
  const hasBegunTls = commands.some(({ verb, reply }) => verb === 'STARTTLS' && reply === 220);
  const denial = commands.length === 0 ? denialOf(end, events) : undefined;
  return {
    session: transcript.session,
    at: timeOf(end),
    client: { address, port },
    isImplicitTls: tls && !hasBegunTls,
    ...(denial === undefined ? {} : { denial }),
    commands,
    transactions: new Map(
      events.filter(isTransaction).map((event) => [String(event.transaction), readTransaction(event)]),
    ),
    ...(transcript.identity === undefined ? {} : { identity: transcript.identity }),
  };
}

function whyNot(
  end: EventAttributes,
  events: readonly EventAttributes[],
  commands: readonly ShownCommand[],
  omitted: number,
): string | undefined {
  if (omitted > 0 || [end, ...events].some(isFull)) return 'it has more commands than are recorded';
  const named = commands.filter(({ verb }) => verb !== 'AUTH' && verb !== 'unknown');
  if (named.some(({ line }) => line === undefined)) return 'its lines are not recorded';
  const isCrowd = commands.length === 0 && /^settings#maxConnections/.test(String(end.ending));
  return isCrowd ? 'there were too many connections' : undefined;
}

function isFull({ commands }: EventAttributes): boolean {
  return Array.isArray(commands) && commands.length >= RECORDED_COMMANDS;
}

function isTransaction({ type }: EventAttributes): boolean {
  return type === 'transaction';
}

function clientOf({ client }: EventAttributes): { address: string; port: number; tls: boolean } {
  const { address = '', port = 0, tls = false } = isRecord(client) ? client : {};
  return { address: String(address), port: Number(port), tls: tls === true };
}

/** Only what policy says before the greeting; the reply is in the refusal's own event. */
function denialOf(end: EventAttributes, events: readonly EventAttributes[]): RecordedSession['denial'] {
  const rule = String(end.ending);
  if (rule !== 'settings#enabled' && !rule.startsWith('client#')) return undefined;
  const refusal = events.find((event) => event.type === 'refusal' && event.rule === rule);
  return refusal === undefined ? undefined : { reply: String(refusal.reply), rule };
}

function readCommands(commands: readonly ShownCommand[]): readonly RecordedCommand[] {
  let isExchange = false;
  let mechanism: string | undefined;
  return commands.map((command, index): RecordedCommand => {
    if (command.verb === 'DATA' && command.line === '.') return { ...command, kind: 'content' };
    if (command.verb !== 'AUTH') return { ...command, kind: 'command' };
    const kind = isExchange ? 'response' : 'command';
    if (kind === 'command') mechanism = /^AUTH (\S+)/.exec(command.line ?? '')?.[1];
    isExchange = command.reply === 334;
    const last = commands.slice(index).find(({ verb, reply }) => verb !== 'AUTH' || reply !== 334);
    const loginReply = last?.verb === 'AUTH' ? last.reply : undefined;
    return {
      ...command,
      kind,
      ...(loginReply === undefined ? {} : { loginReply }),
      ...(mechanism === undefined ? {} : { mechanism }),
    };
  });
}

function readTransaction({ sender, recipients, screen }: EventAttributes): RecordedTransaction {
  const entries = (Array.isArray(recipients) ? recipients : []).filter(isRecord);
  const offered = entries.filter(({ nextHop }) => typeof nextHop === 'string');
  const nextHops = new Map(offered.map(({ address, nextHop }) => [String(address), String(nextHop)]));
  const pattern = parseSenderPattern(String(sender));
  const seen = screenRecordSchema.safeParse(screen);
  return {
    sender: String(sender),
    senderPattern: pattern.ok ? pattern.value : String(sender),
    nextHops,
    ...(seen.success ? { screen: seen.data } : {}),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
