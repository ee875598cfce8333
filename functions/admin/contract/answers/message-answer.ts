/** What `/messages` answers: messages, and what became of each. */
import * as z from 'zod';
import { BOUNCES, DELIVERY_OUTCOMES, VERDICTS } from '../../../../policy/event.ts';
import { pageAnswer } from './page-answer.ts';

const deliveryAnswer = z.object({
  at: z.string().meta({ description: 'ISO time at which Amazon SES says that it happened, UTC' }),
  outcome: z.enum(DELIVERY_OUTCOMES),
  bounce: z.enum(BOUNCES).optional().meta({ description: 'permanent for a hard bounce' }),
  status: z.string().optional().meta({ description: 'Enhanced status code' }),
  detail: z.string().optional().meta({ description: 'What the receiving server said, or why it was not asked' }),
});

export const messageRecipientAnswer = z.looseObject({
  address: z.string(),
  reply: z.int().meta({ description: 'Code of the reply to RCPT' }),
  outcome: z.enum(VERDICTS).meta({ description: 'What became of the message for this recipient' }),
  rule: z.string(),
  nextHop: z.string().optional(),
  deliveries: z
    .array(deliveryAnswer)
    .optional()
    .meta({ description: 'What became of it after Amazon SES took it, oldest first; absent where nothing was told' }),
});

export const messageAnswer = z.looseObject({
  id: z.string().meta({ description: 'What the client heard with 250' }),
  session: z.string(),
  at: z.string().meta({ description: 'ISO time, UTC' }),
  server: z.string(),
  client: z.looseObject({ address: z.string() }),
  identity: z.string().optional(),
  sender: z.string().meta({ description: 'Empty for the null reverse-path' }),
  recipients: z.array(messageRecipientAnswer),
  recipientsOmitted: z.int().optional(),
  verdict: z.enum(VERDICTS),
  rule: z.string(),
  reply: z.string(),
  messageId: z.string().optional(),
  octets: z.int(),
});
export type MessageAnswer = z.output<typeof messageAnswer>;

export const messagesAnswer = z.object({
  messages: z.array(messageAnswer),
  since: z.string(),
  until: z.string(),
  ...pageAnswer,
});
