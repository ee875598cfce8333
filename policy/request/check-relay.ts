/** What the edge proxy asks `check-relay`; attribute names are the field's own (Postfix's policy delegation). */
import * as z from 'zod';
import { questionShape } from './question.ts';

/** Recipients of one question to `check-relay`, at most. */
export const MAX_RECIPIENTS_ASKED = 100;

export const checkRelayRequestSchema = z.object({
  ...questionShape,
  /** The authenticated user; absent for anonymous senders. */
  identity: z.string().optional(),
  /** `local-part@domain` as the client wrote it, or `postmaster` alone. */
  recipient: z.string(),
  /** Further ones of its group; then the answer is one decision for each, the first's first. */
  others: z
    .array(z.string())
    .min(1)
    .max(MAX_RECIPIENTS_ASKED - 1)
    .optional(),
  /** Whether the client is in a network with `relay` access. */
  trusted: z.boolean(),
});

export type CheckRelayRequest = z.output<typeof checkRelayRequestSchema>;
