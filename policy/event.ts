/**
 * What the edge proxy tells `record-events`: one event per transaction, per session, per refusal by policy, per login,
 * per limit reached, per change of policy. No credential ever; of an AUTH line only its length.
 */
import * as z from 'zod';

const octets = z.int().min(0);

/** One command and what it was answered, for the list that a session or transaction carries. */
export const commandRecordSchema = z.object({
  verb: z.string(),
  octets,
  /** Reply code, 0 while unanswered. */
  reply: z.int(),
});

const recipientRecordSchema = z.object({
  address: z.string(),
  reply: z.int(),
  rule: z.string(),
  nextHop: z.string().optional(),
});

const baseShape = {
  /** Unique: writing an event twice changes nothing. */
  id: z.string().min(1),
  /** ISO 8601 time, UTC, milliseconds. */
  at: z.iso.datetime(),
  server: z.string().min(1),
  /** Hash of the policy snapshot in force. */
  policyVersion: z.string(),
  /** Days after which the item expires: the server's `eventDays`. */
  keepDays: z.int().min(1),
};

const sessionShape = {
  ...baseShape,
  session: z.string().min(1),
  client: z.object({ address: z.string(), port: z.int(), helo: z.string().optional(), tls: z.boolean() }),
  identity: z.string().optional(),
};

export const VERDICTS = ['accepted', 'refused', 'deferred', 'abandoned'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const eventSchema = z.discriminatedUnion('type', [
  z.object({
    ...sessionShape,
    type: z.literal('transaction'),
    transaction: z.string(),
    /** Reverse-path, empty for the null one. */
    sender: z.string(),
    recipients: z.array(recipientRecordSchema),
    /** Octets of content as received, dot-stuffing and terminator not counted. */
    octets,
    verdict: z.enum(VERDICTS),
    /** What decided the verdict, as an item key, `settings#attribute` or a name of the screen. */
    rule: z.string(),
    reply: z.string(),
    /** The next hop's own words, or the error that kept us from it. */
    detail: z.string().optional(),
    nextHop: z.string().optional(),
    durationMs: z.int().min(0),
    commands: z.array(commandRecordSchema),
  }),
  z.object({
    ...sessionShape,
    type: z.literal('session'),
    /** Why it ended: `QUIT`, `client-closed`, `reset`, or the rule that closed it. */
    ending: z.string(),
    transactions: z.int().min(0),
    durationMs: z.int().min(0),
    commands: z.array(commandRecordSchema),
  }),
  z.object({
    ...sessionShape,
    type: z.literal('refusal'),
    rule: z.string(),
    verb: z.string(),
    /** Octets seen of the refused line or message. */
    octets,
    /** The limit in force, in octets; absent where the rule has none. */
    limit: octets.optional(),
    reply: z.string(),
  }),
  z.object({
    ...sessionShape,
    type: z.literal('login'),
    mechanism: z.string(),
    username: z.string(),
    verdict: z.enum(['permit', 'reject', 'defer']),
    reply: z.string(),
  }),
  z.object({ ...sessionShape, type: z.literal('limit'), rule: z.string(), limit: z.int(), reply: z.string() }),
  z.object({
    ...baseShape,
    type: z.literal('policy-invalid'),
    item: z.string(),
    problem: z.string(),
  }),
]);

export type PosternEvent = z.output<typeof eventSchema>;
export type CommandRecord = z.output<typeof commandRecordSchema>;
export type RecipientRecord = z.output<typeof recipientRecordSchema>;
/** An event of a session before the shell gives it what the machine does not know: id, time, server, session, client. */
export type SessionEvent = DistributiveOmit<
  Extract<PosternEvent, { session: string }>,
  keyof typeof baseShape | 'session' | 'client'
>;

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
