/** What the edge proxy asks `authenticate`; attribute names are the field's own (Postfix's policy delegation). */
import * as z from 'zod';
import { questionShape } from './question.ts';

export const authenticateRequestSchema = z.object({
  ...questionShape,
  /** SASL mechanism, upper case. */
  mechanism: z.string(),
  username: z.string(),
  password: z.string().optional(),
  /** Bearer token of XOAUTH2 and OAUTHBEARER. */
  token: z.string().optional(),
  /** Thresholds in force (`settings`): the defaults when absent. */
  lockout: z.object({ failures: z.int().min(1), seconds: z.int().min(1), delaySeconds: z.number().min(0) }).optional(),
});

export type AuthenticateRequest = z.output<typeof authenticateRequestSchema>;
