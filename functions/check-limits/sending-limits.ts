/** What each sending limit counts, and which of them a message would exceed. */
import type { SendingLimit, SendingLimits } from '../../policy/user.ts';
import type { SentCounts } from './sending-counters.ts';

export const LIMIT_UNITS = {
  messagesPerHour: { what: 'messages', window: 'hour' },
  messagesPerDay: { what: 'messages', window: 'day' },
  recipientsPerHour: { what: 'recipients', window: 'hour' },
  recipientsPerDay: { what: 'recipients', window: 'day' },
} as const satisfies Record<SendingLimit, { readonly what: string; readonly window: string }>;

/** Days first: where both stand in the way, the hour's end alone does not help. */
const ORDER = ['messagesPerDay', 'recipientsPerDay', 'messagesPerHour', 'recipientsPerHour'] as const;

/** How much of a limit a message uses up. */
export function amountOf(name: SendingLimit, recipients: number): number {
  return LIMIT_UNITS[name].what === 'messages' ? 1 : recipients;
}

/** The limit that a message would exceed on top of what was sent; `undefined` when there is none. */
export function exceededLimit(sent: SentCounts, recipients: number, limits: SendingLimits): SendingLimit | undefined {
  return ORDER.find((name) => {
    const limit = limits[name];
    return limit !== undefined && sent[name] + amountOf(name, recipients) > limit;
  });
}
