/** The lines of a session as a reader sees them, beside what they would hear today. */
import type { Transcript } from '../../functions/admin/contract/answers/event-answer.ts';
import type { ExplainAnswer } from '../../functions/admin/contract/answers/explain-answer.ts';
import {
  isOnlyReported,
  type SessionScript,
  type ShownCommand,
} from '../../functions/admin/contract/session-script.ts';
import { textOf } from './events.ts';

export interface TranscriptRow {
  readonly key: string;
  readonly command: ShownCommand;
  /** The rule that decided; of a server that only reports, what would have. */
  readonly rule: string;
  /** What it would hear under the policy in force; absent before that was asked. */
  readonly today?: { readonly reply: string; readonly rule: string; readonly differs: boolean };
}

const NOT_PLAYED = { reply: '(not played)', rule: '', differs: false };

export function transcriptRows(
  { commands, events }: Transcript,
  explained?: { readonly script: SessionScript; readonly answer: ExplainAnswer },
): readonly TranscriptRow[] {
  const reported = reportedRules(commands, events);
  return commands.map((command, index) => {
    const rule = command.rule ?? reported.get(command) ?? '';
    const row = { key: `${index}`, command, rule };
    if (explained === undefined) return row;
    const at = explained.script.played[index]?.at;
    const line = at === undefined ? undefined : explained.answer.lines[at];
    if (line === undefined) return { ...row, today: NOT_PLAYED };
    const reply = line.reply?.split('\n', 1)[0]?.replace(/^(\d{3})-/, '$1 ') ?? '(none)';
    const differs = reply.slice(0, 3) !== `${command.reply}`;
    return { ...row, today: { reply, rule: line.rule ?? '', differs } };
  });
}

/** Commands and events come in their order, so each event belongs to the next command of its verb and length. */
function reportedRules(
  commands: Transcript['commands'],
  events: Transcript['events'],
): ReadonlyMap<ShownCommand, string> {
  const left = events.filter(isOnlyReported);
  const rules = new Map<ShownCommand, string>();
  for (const command of commands) {
    const at = left.findIndex(({ verb, octets }) => verb === command.verb && octets === command.octets);
    const [event] = at === -1 ? [] : left.splice(at, 1);
    if (event !== undefined) rules.set(command, `${textOf(event.rule)} (only reported)`);
  }
  return rules;
}

/** Where AUTH stands in a session, in words: what a reader looks for first. */
export function loginText({ commands, events }: Transcript): string {
  const logins = events.filter(({ type }) => type === 'login');
  const good = logins.find(({ verdict }) => verdict === 'permit');
  if (good !== undefined) return `${textOf(good.username)} logged in by ${textOf(good.mechanism)}; AUTH went through`;
  if (logins.length > 0)
    return `${logins.length} failed, last ${textOf(logins.at(-1)?.username)} by ${textOf(logins.at(-1)?.mechanism)}`;
  return commands.some(({ verb }) => verb === 'AUTH') ? 'AUTH was said and no login came of it' : 'none tried';
}
