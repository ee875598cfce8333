/** What events say, in words and tones. */
import type { EventAnswer } from '../../functions/admin/contract/answers/event-answer.ts';
import { counted } from './words.ts';

export type Members = Readonly<Record<string, unknown>>;
/** Good: taken. Warn: may yet come. Bad: refused. */
export type Tone = 'good' | 'warn' | 'bad' | 'plain';

export function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}

export function listOf(value: unknown): readonly Members[] {
  return Array.isArray(value) ? value.map(membersOf) : [];
}

export function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}

export function clientOf(event: EventAnswer): {
  readonly address: string;
  readonly helo: string;
  readonly tls: boolean;
} {
  const client = membersOf(event.client);
  return { address: textOf(client.address), helo: textOf(client.helo), tls: client.tls === true };
}

const VERDICT_TONES: Readonly<Record<string, Tone>> = {
  accepted: 'good',
  permit: 'good',
  renewed: 'good',
  clean: 'good',
  held: 'warn',
  deferred: 'warn',
  defer: 'warn',
  abandoned: 'warn',
  refused: 'bad',
  reject: 'bad',
  failed: 'bad',
  faults: 'bad',
};

export function verdictTone(verdict: unknown): Tone {
  return VERDICT_TONES[textOf(verdict)] ?? 'plain';
}

export function replyTone(reply: unknown): Tone {
  const code = Number.parseInt(textOf(reply), 10);
  if (code >= 500) return 'bad';
  if (code >= 400) return 'warn';
  return code === 0 || Number.isNaN(code) ? 'plain' : 'good';
}

const COUNTS = [
  ['accepted', 'accepted'],
  ['held', 'held'],
  ['discarded', 'discarded'],
  ['refused', 'refused'],
  ['deferred', 'put off'],
  ['abandoned', 'given up'],
] as const;

/** What became of a session's messages and logins: `1 accepted, 2 refusals`. */
export function outcomeText(event: EventAnswer): string {
  const outcome = membersOf(event.outcome);
  const messages = COUNTS.flatMap(([name, words]) => {
    const count = Number(outcome[name] ?? 0);
    return count > 0 ? [`${count} ${words}`] : [];
  });
  const failed = Number(outcome.failedLogins ?? 0);
  const refusals = Number(outcome.refusals ?? 0);
  const parts = [
    ...messages,
    ...(failed > 0 ? [counted(failed, 'failed login')] : []),
    ...(refusals > 0 ? [counted(refusals, 'refusal')] : []),
  ];
  if (parts.length > 0) return parts.join(', ');
  const transactions = Number(event.transactions ?? 0);
  return transactions > 0 ? counted(transactions, 'message') : 'no message';
}

export function outcomeTone(event: EventAnswer): Tone {
  const outcome = membersOf(event.outcome);
  const count = (name: string): number => Number(outcome[name] ?? 0);
  if (count('refused') + count('failedLogins') + count('refusals') > 0) return 'bad';
  if (count('deferred') + count('abandoned') + count('held') > 0) return 'warn';
  return count('accepted') > 0 ? 'good' : 'plain';
}

/** The name in an ARN; the whole of anything else. */
export function whoText(who: unknown): string {
  const text = textOf(who);
  const [, name] = /^arn:aws[a-z-]*:(?:iam|sts)::\d*:(?:user|assumed-role|role|root)\/?(.*)$/.exec(text) ?? [];
  return name === undefined || name === '' ? text : name;
}

const LOGINS: Readonly<Record<string, string>> = { permit: 'went through', reject: 'failed', defer: 'put off' };

/** One line about an event that a transcript tells beside its commands. */
export function eventText(event: EventAnswer): string {
  const by = event.rule === undefined ? '' : ` by ${textOf(event.rule)}`;
  switch (event.type) {
    case 'login':
      return `Login of ${textOf(event.username)} by ${textOf(event.mechanism)} ${LOGINS[textOf(event.verdict)] ?? textOf(event.verdict)}: ${textOf(event.reply)}`;
    case 'transaction':
      return `Message from <${textOf(event.sender)}> to ${counted(listOf(event.recipients).length, 'recipient')}: ${textOf(event.verdict)}${by}, ${textOf(event.reply)}`;
    case 'limit':
      return `Limit of ${textOf(event.limit)} reached${by}: ${textOf(event.reply)}`;
    case 'refusal':
      return `${textOf(event.verb)} ${event.reportOnly === true ? 'would be refused' : 'refused'}${by}: ${textOf(event.reply)}`;
    case 'session':
      return `Session ended: ${textOf(event.ending)}`;
    default:
      return event.type;
  }
}
