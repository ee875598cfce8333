/** What `/servers/{server}/commands` answers. */
import * as z from 'zod';
import { givenSchema, keptAnswer } from './item-answer.ts';

export const commandAnswer = z.object({
  verb: z.string(),
  allowed: z.boolean(),
  /** Octets of a line, CR LF counted. */
  maxOctets: z.int(),
  from: z.enum(['profile', 'item']),
  /** What the profile says, and DELETE goes back to. */
  profile: z.object({ name: z.string(), allowed: z.boolean(), maxOctets: z.int() }),
  given: givenSchema.optional(),
  ...keptAnswer,
});
export type CommandAnswer = z.output<typeof commandAnswer>;

/** An item under `command#` that is no verb's rule in force. */
export const otherCommandAnswer = z.object({ item: z.string(), given: givenSchema, ...keptAnswer });

export const commandsAnswer = z.object({ commands: z.array(commandAnswer), others: z.array(otherCommandAnswer) });
