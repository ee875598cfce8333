/** Events of what was refused, put off or failed; sessions in which anything was. */
import type { EventAnswer } from '../functions/admin/contract/answers/event-answer.ts';

/** Types among which such events are. */
export const REFUSED_TYPES = 'transaction,refusal,login,limit,policy-invalid,probe';

const BAD: readonly unknown[] = ['refused', 'deferred', 'reject', 'defer', 'faults'];
const BAD_COUNTS = ['refused', 'deferred', 'failedLogins', 'refusals'] as const;

type Members = Readonly<Record<string, unknown>>;

export function isRefused(event: EventAnswer): boolean {
  if (event.type === 'session') {
    const outcome = (event.outcome ?? {}) as Members;
    return BAD_COUNTS.some((name) => Number(outcome[name] ?? 0) > 0);
  }
  if (['refusal', 'limit', 'policy-invalid'].includes(event.type)) return true;
  if (BAD.includes(event.verdict)) return true;
  const recipients: readonly unknown[] = Array.isArray(event.recipients) ? event.recipients : [];
  return recipients.some((each) => Number((each as Members | null)?.reply) >= 400);
}

export async function* onlyRefused(events: AsyncIterable<EventAnswer>): AsyncGenerator<EventAnswer> {
  for await (const event of events) if (isRefused(event)) yield event;
}
