/** Users in bulk: many in one request, and all with their verifiers. */
import * as z from 'zod';
import { pageAnswer } from './answers/page-answer.ts';
import { userAnswer } from './answers/user-answer.ts';
import { putUserSchema } from './user-body.ts';

/** Users of one request: with passwords of their own, each is 70 ms of a processor. */
export const MOST_USERS = 100;

export const importUserSchema = z.strictObject({
  user: z.string(),
  ...putUserSchema.shape,
  /** In place of a password: `$argon2id$…` or `$scrypt$…`, as the table and an export have it. */
  verifier: z.string({ error: () => 'must be text' }).optional(),
});
export type ImportUser = z.output<typeof importUserSchema>;

export const importUsersBody = z.strictObject({
  /** Each is judged by itself. */
  users: z.array(z.unknown()).max(MOST_USERS),
  existing: z.enum(['keep', 'replace']).default('keep'),
  /** Whether nothing is to be written, and only said what would be. */
  dryRun: z.boolean().default(false),
});

export const importedUsersAnswer = z.object({
  made: z.array(z.string()),
  replaced: z.array(z.string()),
  /** That were there, and stayed as they are. */
  kept: z.array(z.string()),
  failed: z.array(z.object({ user: z.string(), detail: z.string() })),
});
export type ImportedUsers = z.output<typeof importedUsersAnswer>;

export const exportedUsersAnswer = z.object({
  users: z.array(userAnswer.extend({ verifier: z.string().optional() })),
  ...pageAnswer,
});
