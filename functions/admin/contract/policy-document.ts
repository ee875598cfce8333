/** The whole policy of a server as one document: `{settings, commands: {VERB: {…}}, domains: {NAME: {…}}, …}`. */
import * as z from 'zod';
import { COLLECTIONS } from './collection-answer.ts';
import { givenSchema } from './item-answer.ts';

export const SECTIONS = ['commands', ...COLLECTIONS] as const;
export type Section = (typeof SECTIONS)[number];

const section = z.record(z.string(), givenSchema).optional();

/** What an answer has beside the policy may stand in a document too, so that what was read can be written back. */
const notPolicy = {
  server: z.unknown().optional(),
  policyVersion: z.unknown().optional(),
  problems: z.unknown().optional(),
};

export const policyDocumentSchema = z.strictObject({
  settings: givenSchema,
  commands: section,
  domains: section,
  clients: section,
  senders: section,
  issuers: section,
  ...notPolicy,
});
export type PolicyDocument = z.output<typeof policyDocumentSchema>;

export const itemProblem = z.object({ item: z.string(), problem: z.string() });

export const policyAnswer = policyDocumentSchema.extend({
  server: z.string(),
  policyVersion: z.string().nullable(),
  problems: z.array(itemProblem),
});
export type PolicyAnswer = z.output<typeof policyAnswer>;

export const appliedAnswer = z.object({
  done: z.boolean(),
  /** Keys of the items that this call wrote and deleted. */
  applied: z.object({ put: z.array(z.string()), deleted: z.array(z.string()) }),
  unchanged: z.int(),
  /** Items that are still to be written or deleted: send the same document again. */
  left: z.int(),
});
