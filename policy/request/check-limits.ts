/** What the edge proxy asks `check-limits`; attribute names are the field's own (Postfix's policy delegation). */
import * as z from 'zod';
import { questionShape } from './question.ts';

/** Asked once for each message of an identity that has limits, before any next hop is told its end. */
export const checkLimitsRequestSchema = z.object({
  ...questionShape,
  identity: z.string().min(1),
  /** Recipients of this message. */
  recipients: z.int().min(1),
  limits: z.record(z.string(), z.number()),
});

export type CheckLimitsRequest = z.output<typeof checkLimitsRequestSchema>;
