/** What `/events` and `/sessions/{session}` answer. */
import * as z from 'zod';
import { commandRecordSchema } from '../../../../policy/event.ts';
import { pageAnswer } from './page-answer.ts';

export const EVENT_TYPES = [
  'session',
  'transaction',
  'refusal',
  'login',
  'limit',
  'policy-invalid',
  'policy-changed',
  'users-exported',
  'held',
  'delivery',
  'next-hop',
  'certificate',
  'probe',
] as const;

/** An event as it is shown; what else it has goes by its type. */
export const eventAnswer = z.looseObject({
  type: z.string(),
  id: z.unknown(),
  at: z.string().meta({ description: 'ISO time, UTC' }),
  server: z.unknown(),
});
export type EventAnswer = z.output<typeof eventAnswer>;

export const eventsAnswer = z.object({
  events: z.array(eventAnswer),
  since: z.string(),
  until: z.string(),
  ...pageAnswer,
});

export const transcriptAnswer = z.object({
  session: z.string(),
  server: z.string(),
  client: z.unknown(),
  identity: z.string().optional(),
  startedAt: z.string(),
  endedAt: z.string().optional(),
  ending: z.string().optional(),
  policyVersions: z.array(z.string()),
  commands: z.array(commandRecordSchema.extend({ at: z.string().optional(), transaction: z.string().optional() })),
  events: z.array(eventAnswer),
  commandsOmitted: z.int().optional(),
  ...pageAnswer,
});
export type Transcript = z.output<typeof transcriptAnswer>;
