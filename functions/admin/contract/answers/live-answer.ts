/** What `/live` answers. */
import * as z from 'zod';
import { liveSessionSchema } from '../../../../policy/live.ts';

export const liveSessionAnswer = liveSessionSchema.extend({ server: z.string() });
export type LiveSessionAnswer = z.output<typeof liveSessionAnswer>;

export const liveAnswer = z.object({
  /** Oldest first. */
  sessions: z.array(liveSessionAnswer),
  tasks: z.int().meta({ description: 'Tasks that have told of their sessions' }),
  asOf: z.string().optional().meta({ description: 'ISO time of the oldest telling; absent where no task has told' }),
});
export type LiveAnswer = z.output<typeof liveAnswer>;

export const endedAnswer = z.object({
  /** Servers whose tasks were asked; they end what is meant within 5 s. */
  servers: z.array(z.string()),
});
