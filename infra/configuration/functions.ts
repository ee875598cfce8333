/** What is said of the functions as a whole. */
import * as z from 'zod';
import { strictObject } from './strict-object.ts';

const concurrency = z.int().min(1).max(10_000).optional();

export const functionsSchema = strictObject({
  /** Whether the functions in the path of mail keep shares of the account's executions, as far as it has them. */
  shareConcurrency: z.boolean().default(true),
  /** In place of a share: executions that a function keeps for itself, and has no more than; a new account may have 10. */
  reservedConcurrency: strictObject({
    authenticate: concurrency,
    'check-relay': concurrency,
    'check-limits': concurrency,
    'check-policy': concurrency,
    'record-events': concurrency,
    admin: concurrency,
  }).prefault({}),
}).prefault({});

export type FunctionsConfiguration = z.output<typeof functionsSchema>;
