/** The dialogue by which `explain` plays a recorded session once more, and the words of its lines. */
import type { EventAnswer, Transcript } from './answers/event-answer.ts';
import type { ExplainAnswer } from './answers/explain-answer.ts';

export type ShownCommand = Transcript['commands'][number];

/** The line of a command; where it is not kept, why: the lines of an AUTH exchange are credentials. */
export function commandText({ verb, line }: ShownCommand): string {
  if (line === '.') return '(end of message)';
  if (line !== undefined) return line;
  return verb === 'AUTH' ? '(AUTH exchange, not shown)' : `(${verb}, not kept)`;
}

export function replyText({ reply, answer }: ShownCommand): string {
  if (reply === 0) return '(none)';
  return answer === undefined ? `${reply}` : `${reply} ${answer}`;
}

/** A refusal that was let pass, since the server is `reportOnly`. */
export function isOnlyReported({ type, reportOnly }: EventAnswer): boolean {
  return type === 'refusal' && reportOnly === true;
}

export interface PlayedCommand {
  readonly command: ShownCommand;
  /** Its place in the dialogue; `undefined` of what is not played: an AUTH exchange, content that is not taken. */
  readonly at: number | undefined;
}

export interface SessionScript {
  readonly dialogue: readonly (string | { readonly octets: string })[];
  /** Every command of the transcript, in its order. */
  readonly played: readonly PlayedCommand[];
}

/** What is asked of `explain`: the client and the user of a session, and its dialogue. */
export interface SessionQuestion {
  readonly client: object;
  readonly identity: string | undefined;
  readonly dialogue: SessionScript['dialogue'];
}

/**
 * Asks until each DATA that is refused now is followed by no content, which would be taken for commands.
 *
 * @param ask has a question explained
 */
export async function playSession<Answered extends { readonly value: ExplainAnswer }>(
  transcript: Transcript,
  ask: (question: SessionQuestion) => Promise<Answered>,
): Promise<{ readonly script: SessionScript; readonly answered: Answered }> {
  const refused = new Set<ShownCommand>();
  for (;;) {
    const script = scriptOf(transcript, refused);
    const answered = await ask({ ...whoOf(transcript), dialogue: script.dialogue });
    const before = refused.size;
    for (const { command, at } of script.played) {
      const isTaken = at === undefined || answered.value.lines[at]?.reply?.startsWith('354') === true;
      if (isData(command) && !isTaken) refused.add(command);
    }
    if (refused.size === before) return { script, answered };
  }
}

function whoOf({ client: told, commands, identity }: Transcript): Pick<SessionQuestion, 'client' | 'identity'> {
  const client = typeof told === 'object' && told !== null ? (told as Readonly<Record<string, unknown>>) : {};
  const hasStartTls = commands.some(({ verb, reply }) => verb === 'STARTTLS' && reply === 220);
  return { client: { address: client.address, port: client.port, tls: client.tls === true && !hasStartTls }, identity };
}

function isData({ verb, line, reply }: ShownCommand): boolean {
  return verb === 'DATA' && line !== '.' && reply === 354;
}

/** @param refused DATA commands whose content is left out */
export function scriptOf({ commands }: Transcript, refused: ReadonlySet<ShownCommand> = new Set()): SessionScript {
  const dialogue: SessionScript['dialogue'][number][] = [];
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
    dialogue.push(line ?? { octets: btoa(`${'X'.repeat(Math.max(0, octets - 2))}\r\n`) });
  }
  return { dialogue, played };
}
