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
  /** Executions that stand ready, loaded and connected, so that no client waits for a start; paid by the hour, used or not. */
  provisioned: strictObject({ authenticate: concurrency, 'check-relay': concurrency }).prefault({}),
})
  .superRefine(({ provisioned, reservedConcurrency }, context) => {
    for (const name of ['authenticate', 'check-relay'] as const) {
      const { [name]: ready = 0 } = provisioned;
      const { [name]: reserved = Number.POSITIVE_INFINITY } = reservedConcurrency;
      if (ready <= reserved) continue;
      const message = `${ready} are more than the ${reserved} of reservedConcurrency`;
      context.addIssue({ code: 'custom', path: ['provisioned', name], message });
    }
  })
  .prefault({});

export type FunctionsConfiguration = z.output<typeof functionsSchema>;
