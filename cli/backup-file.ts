/** A deployment in one file: the policy of each server, and the users with their verifiers. */
import * as z from 'zod';
import { policyDocumentSchema } from '../functions/admin/contract/answers/policy-document.ts';

export const backupSchema = z.strictObject({
  /** What the file is, and of which form. */
  postern: z.literal('backup'),
  form: z.literal(1),
  at: z.string(),
  servers: z.record(z.string(), policyDocumentSchema),
  users: z.array(z.looseObject({ user: z.string(), verifier: z.string().optional() })),
});
export type Backup = z.output<typeof backupSchema>;

/** What a user is made of; what the API tells of one beside it is not the file's to say. */
export const USER_ATTRIBUTES = [
  ...['user', 'verifier', 'enabled', 'servers', 'senders', 'mayBounce', 'limits', 'note'],
] as const;
