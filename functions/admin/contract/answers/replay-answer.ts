/** What `replay` answers. */
import * as z from 'zod';

const outcomeSchema = z.object({
  /** Code, enhanced status and first line; absent where what would be said cannot be told. */
  reply: z.string().optional(),
  rule: z.string().optional(),
  nextHop: z.string().optional(),
  /** Why what would be said cannot be told: what was refused unread was never recorded. */
  unknown: z.string().optional(),
});
export type ShownOutcome = z.output<typeof outcomeSchema>;

const differenceSchema = z.object({
  /** As it was recorded; `(connects)` for the greeting, `.` for the end of a message. */
  line: z.string(),
  /** As it was recorded. */
  before: outcomeSchema,
  /** Under the document. */
  after: outcomeSchema,
});
export type Difference = z.output<typeof differenceSchema>;

export const replayAnswerSchema = z.object({
  server: z.string(),
  since: z.string(),
  until: z.string(),
  /** Version of the document. */
  policyVersion: z.string(),
  /** Version of the policy in force. */
  inForceVersion: z.string(),
  /** Sessions looked at. */
  scanned: z.int(),
  sessions: z.array(
    z.object({
      session: z.string(),
      /** When it ended. */
      at: z.string(),
      client: z.string(),
      identity: z.string().optional(),
      differences: z.array(differenceSchema),
    }),
  ),
  /**
   * Sessions that the policy in force would answer otherwise than they were answered, as far as their records tell, and
   * the document the same way: it is not what makes the difference.
   */
  differentAlready: z.int(),
  notReplayed: z.array(z.object({ session: z.string(), at: z.string(), why: z.string() })),
  /** Where the next page goes on; absent when there are no further sessions. */
  next: z.string().optional(),
});
export type ReplayAnswer = z.output<typeof replayAnswerSchema>;
