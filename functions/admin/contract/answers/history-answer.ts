/** What the history of a server's policy answers, and what is asked of it. */
import * as z from 'zod';
import { givenSchema } from './item-answer.ts';
import { pageAnswer } from './page-answer.ts';
import { policyDocumentSchema } from './policy-document.ts';

/** One item, as it was and as it is after; without either it was made, or is gone. */
export const itemChangeAnswer = z.object({
  item: z.string(),
  action: z.enum(['made', 'changed', 'deleted']),
  before: givenSchema.optional(),
  after: givenSchema.optional(),
});
export type ItemChangeAnswer = z.output<typeof itemChangeAnswer>;

export const versionAnswer = z.object({
  version: z.string(),
  at: z.string(),
  who: z.string(),
  /** What the version changed. */
  changes: z.array(itemChangeAnswer),
  /** Changes beyond those that are listed. */
  changesOmitted: z.int().optional(),
});
export type VersionAnswer = z.output<typeof versionAnswer>;

export const historyAnswer = z.object({ versions: z.array(versionAnswer), ...pageAnswer });

export const pastPolicyAnswer = versionAnswer.extend({
  server: z.string(),
  /** The policy as it was; null where the server had no settings. */
  policy: policyDocumentSchema.nullable(),
  /** What a rollback to it would change in what stands now. */
  differences: z.array(itemChangeAnswer),
});

export const rollbackBody = z.strictObject({
  version: z.string().min(1),
  /** Whether nothing is to be changed, and only said what would be. */
  dryRun: z.boolean().default(false),
});

export const rollbackPlanAnswer = z.object({
  version: z.string(),
  dryRun: z.literal(true),
  steps: z.array(itemChangeAnswer),
  /** Items that stand as they stood then. */
  unchanged: z.int(),
});
