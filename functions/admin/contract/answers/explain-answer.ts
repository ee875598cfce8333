/** What `explain` answers. */
import * as z from 'zod';
import { screenRecordSchema } from '../../../../policy/event.ts';
import { itemProblem } from './policy-document.ts';

export const explainedLineSchema = z.object({
  /** As it was sent, without CR LF; of AUTH no more than the mechanism. What else happens stands in brackets. */
  line: z.string(),
  /** Octets, CR LF counted. */
  octets: z.int(),
  /** The whole reply, its lines parted by a line feed; absent where none is due. */
  reply: z.string().optional(),
  /** What decided, as an item key, `settings#attribute` or a name of the screen. */
  rule: z.string().optional(),
  /** The limit that the rule held it to. */
  limit: z.number().optional(),
  /** Where mail to this recipient is handed on. */
  nextHop: z.string().optional(),
  /** The machine's state behind it. */
  state: z.string(),
  /** Refusals that were let pass since the server is `reportOnly`, each with its rule. */
  reportOnly: z.array(z.string()).optional(),
  /** What screening rules said at the end of a message: which rule, by which facts, and what was seen. */
  screen: screenRecordSchema.optional(),
  /** What was assumed, and why a line had no effect. */
  notes: z.array(z.string()).optional(),
});
export type ExplainedLine = z.output<typeof explainedLineSchema>;

export const explanationSchema = z.object({
  /** The connection: the greeting, or why the client is not served. */
  greeting: explainedLineSchema,
  lines: z.array(explainedLineSchema),
  isClosed: z.boolean(),
  /** False when time ran out before the last line. */
  isComplete: z.boolean(),
});
export type Explanation = z.output<typeof explanationSchema>;

export const explainAnswer = z.object({
  server: z.string(),
  policyVersion: z.string(),
  /** Whether it is the policy in force, or the one that came with the request. */
  basis: z.enum(['in force', 'document']),
  /** Items that are not in force as they stand. */
  problems: z.array(itemProblem),
  client: z.object({ address: z.string(), port: z.int(), tls: z.boolean() }),
  identity: z.string().optional(),
  ...explanationSchema.shape,
});
export type ExplainAnswer = z.output<typeof explainAnswer>;
