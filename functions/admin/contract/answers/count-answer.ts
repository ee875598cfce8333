/** What `/counts` and `/top` answer: sums an hour, and who is at the top. */
import * as z from 'zod';
import { VERDICTS } from '../../../../policy/event.ts';

/** What messages and refusals are counted by; `functions/counts` counts them. */
export const TOP_BY = ['client', 'rule', 'recipient', 'sender', 'identity', 'nextHop'] as const;
export const TOP_ORDERS = ['total', 'messages', 'refusals', 'bounces', 'complaints'] as const;

const count = z.int().min(0);
/** What Amazon SES says of recipients; counted by user and recipient. */
const bounces = count.default(0).meta({ description: 'Recipients that hard bounces of Amazon SES were about' });
const complaints = count.default(0).meta({ description: 'Recipients that complained, as Amazon SES was told' });

/** Each verdict's count. */
const messages = z.object(
  Object.fromEntries(VERDICTS.map((verdict) => [verdict, count])) as Record<(typeof VERDICTS)[number], typeof count>,
);

export const hourAnswer = z.object({
  at: z.string().meta({ description: 'ISO time at which the hour begins, UTC' }),
  messages,
  octets: count.meta({ description: 'Of the messages that were taken' }),
  sessions: count.meta({ description: 'That ended in the hour' }),
  logins: z.object({ permit: count, reject: count, defer: count }),
  refusals: count.meta({ description: 'By policy, by limits and by next hops' }),
  rules: z.record(z.string(), count).meta({ description: 'Refusals by the rule that refused' }),
  delivered: count.default(0).meta({ description: 'Recipients whose servers took what was sent by Amazon SES' }),
  bounces,
  complaints,
});
export type HourAnswer = z.output<typeof hourAnswer>;

export const countsAnswer = z.object({
  since: z.string(),
  until: z.string(),
  every: z.literal('hour'),
  /** Every hour of the span, oldest first, quiet ones too. */
  counts: z.array(hourAnswer),
});
export type CountsAnswer = z.output<typeof countsAnswer>;

export const topEntryAnswer = z.object({ value: z.string(), messages: count, refusals: count, bounces, complaints });
export type TopEntry = z.output<typeof topEntryAnswer>;

export const topAnswer = z.object({
  by: z.enum(TOP_BY),
  since: z.string(),
  until: z.string(),
  /** Highest first. */
  top: z.array(topEntryAnswer),
  /** The sums of all that are not in the list. */
  others: z.object({ messages: count, refusals: count, bounces, complaints }),
});
export type TopAnswer = z.output<typeof topAnswer>;
