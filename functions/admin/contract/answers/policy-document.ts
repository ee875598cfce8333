/** The whole policy of a server as one document: `{settings, commands: {VERB: {…}}, domains: {NAME: {…}}, …}`. */
import * as z from 'zod';
import { COLLECTIONS } from './collection-answer.ts';
import { givenSchema } from './item-answer.ts';

export const SECTIONS = ['commands', ...COLLECTIONS] as const;
export type Section = (typeof SECTIONS)[number];

const section = z.record(z.string(), givenSchema).optional();

/**
 * What an answer has beside the policy may stand in a document too, so that what was read can be written back. The
 * versions say on what the document is based: one that is not the server's any more refuses it, so that an old copy
 * undoes no newer change. They bind the server that they name, and no other that the document is given to.
 */
const basis = {
  server: z.string().optional(),
  /** As events carry it: of the snapshot that proxies decide by. */
  policyVersion: z.string().nullish(),
  /** The version of all items: domains, notes and what is not in force too. */
  itemsVersion: z.string().optional(),
  problems: z.unknown().optional(),
};

export const policyDocumentSchema = z.strictObject({
  settings: givenSchema,
  commands: section,
  domains: section,
  clients: section,
  senders: section,
  issuers: section,
  screens: section,
  ...basis,
});
export type PolicyDocument = z.output<typeof policyDocumentSchema>;

export const itemProblem = z.object({ item: z.string(), problem: z.string() });

export const policyAnswer = policyDocumentSchema.extend({
  server: z.string(),
  policyVersion: z.string().nullable(),
  itemsVersion: z.string(),
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
  policyVersion: z.string().nullable(),
  itemsVersion: z.string(),
});

/** Seconds that one call may take, and does where nothing is said. */
const MOST_APPLY_SECONDS = 20;

/** After so many seconds no further step is begun; who wants to show progress asks for few. */
export const applySeconds = z
  .string()
  .regex(/^(?:[1-9]|1\d|20)$/, `must be a number from 1 to ${MOST_APPLY_SECONDS}`)
  .transform(Number)
  .default(MOST_APPLY_SECONDS);

export const applyQuery = {
  /** Whether a document is to be written whatever the versions in it say. */
  force: z.enum(['true', 'false']).default('false'),
  seconds: applySeconds,
};
