/** What a list of sessions shows of each. */
import type { EventAnswer } from '../../../functions/admin/contract/answers/event-answer.ts';
import { counted } from '../../output/counted.ts';
import type { Column, Style } from '../../output/table.ts';
import { addressOf, membersOf } from './event-text.ts';

export const SESSION_COLUMNS: readonly Column<EventAnswer>[] = [
  { heading: 'ENDED', cell: ({ at }) => at, kind: 'time' },
  { heading: 'SESSION', cell: ({ session }) => session },
  { heading: 'SERVER', cell: ({ server }) => server, leaveOut: 4 },
  { heading: 'CLIENT', cell: addressOf },
  { heading: 'HELO', cell: ({ client }) => membersOf(client).helo, mayBeCut: true, leaveOut: 3 },
  { heading: 'TLS', cell: ({ client }) => membersOf(client).tls, leaveOut: 5 },
  { heading: 'USER', cell: ({ identity }) => identity, mayBeCut: true, leaveOut: 1 },
  {
    heading: 'SECONDS',
    cell: ({ durationMs }) => (Number(durationMs) / 1000).toFixed(1),
    kind: 'number',
    leaveOut: 6,
  },
  { heading: 'OUTCOME', cell: outcomeText, mayBeCut: true, isNews: true, style: outcomeStyle },
  { heading: 'ENDING', cell: ({ ending }) => ending, leaveOut: 2 },
];

/** Counts that a session's event has of its messages and logins, each with its words. */
const COUNTS = [
  ['accepted', 'accepted'],
  ['held', 'held'],
  ['discarded', 'discarded'],
  ['refused', 'refused'],
  ['deferred', 'put off'],
  ['abandoned', 'given up'],
] as const;

export function outcomeText(event: EventAnswer): string {
  const outcome = membersOf(event.outcome ?? event);
  const messages = COUNTS.flatMap(([name, words]) => {
    const count = Number(outcome[name] ?? 0);
    return count > 0 ? [`${count} ${words}`] : [];
  });
  const failed = Number(outcome.failedLogins ?? 0);
  const logins = failed > 0 ? [counted(failed, 'failed login')] : [];
  const refusals = Number(outcome.refusals ?? 0);
  const commands = refusals > 0 ? [counted(refusals, 'refusal')] : [];
  const parts = [...messages, ...logins, ...commands];
  if (parts.length > 0) return parts.join(', ');
  return Number(event.transactions) > 0 ? counted(Number(event.transactions), 'message') : 'no message';
}

export function outcomeStyle(event: EventAnswer): Style | undefined {
  const outcome = membersOf(event.outcome ?? event);
  const count = (name: string): number => Number(outcome[name] ?? 0);
  if (count('refused') + count('failedLogins') + count('refusals') > 0) return 'red';
  if (count('deferred') + count('abandoned') > 0) return 'yellow';
  return count('accepted') > 0 ? 'green' : undefined;
}
