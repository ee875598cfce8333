/**
 * What the edge proxy tells `record-events`: one event per transaction, per session, per refusal by policy, per login,
 * per limit reached, per change of policy; what becomes of mail that Amazon SES took, `record-deliveries`. No credential ever; of an AUTH line only its length.
 */
import * as z from 'zod';
import { ATTACHMENT_TYPES, STRUCTURE_FLAGS } from './screen/message-facts.ts';
import { SCREEN_ACTIONS } from './screen/screen-rule.ts';

const octets = z.int().min(0);

/** One command and what it was answered, for the list that a session or transaction carries. */
export const commandRecordSchema = z.object({
  verb: z.string(),
  octets,
  /** Reply code, 0 while unanswered. */
  reply: z.int(),
  /** The line as it came, cut to `MAX_RECORDED_LINE`; of AUTH no more than the mechanism, of its exchange nothing. */
  line: z.string().optional(),
  /** Enhanced status and first line of the reply's text, cut likewise. */
  answer: z.string().optional(),
  /** What decided, where policy or a next hop did. */
  rule: z.string().optional(),
  /** Milliseconds from the session's start to the reply. */
  atMs: z.int().min(0).optional(),
});

/** Characters of a Message-ID that is recorded; a line of a message has no more (RFC 5322 section 2.1.1). */
export const MAX_MESSAGE_ID = 998;

/** Characters kept of a command line and of a reply. */
export const MAX_RECORDED_LINE = 512;

const screenMatchSchema = z.object({ rule: z.string(), action: z.enum(SCREEN_ACTIONS), facts: z.array(z.string()) });

/** What the Message Screener saw and did; never content. */
export const screenRecordSchema = z.object({
  action: z.enum(SCREEN_ACTIONS),
  /** The rule that decided; absent where none did. */
  rule: z.string().optional(),
  /** Rules that acted, those that tagged first, each with the facts by which it holds. */
  matches: z.array(screenMatchSchema),
  /** Rules that would have acted, and only report. */
  reported: z.array(screenMatchSchema),
  structure: z.array(z.object({ flag: z.enum(STRUCTURE_FLAGS), reason: z.string() })),
  parts: z.array(
    z.object({
      names: z.array(z.string()),
      namesInside: z.array(z.string()),
      mimeTypes: z.array(z.string()),
      types: z.array(z.enum(ATTACHMENT_TYPES)),
      octets,
      isAttachment: z.boolean(),
    }),
  ),
  /** Parts beyond those that are listed. */
  partsOmitted: z.int().optional(),
});

export const VERDICTS = ['accepted', 'refused', 'deferred', 'abandoned', 'held', 'discarded'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What Amazon SES says became of a message that it took. */
export const DELIVERY_OUTCOMES = ['delivered', 'delayed', 'bounced', 'complained', 'rejected'] as const;
export const BOUNCES = ['permanent', 'transient', 'undetermined'] as const;
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

const recipientRecordSchema = z.object({
  address: z.string(),
  /** Code of the reply to RCPT. */
  reply: z.int(),
  rule: z.string(),
  nextHop: z.string().optional(),
  /** What became of the message for this recipient: one that RCPT refused has no part in the transaction's verdict. */
  outcome: z.enum(VERDICTS).optional(),
});

const recordShape = {
  /** Unique: writing an event twice changes nothing. */
  id: z.string().min(1),
  /** ISO 8601 time, UTC, milliseconds. */
  at: z.iso.datetime(),
  /** Published server; `*` for what concerns all, such as a user. */
  server: z.string().min(1),
  /** Days after which the item expires: the server's `eventDays`. */
  keepDays: z.int().min(1),
};

const baseShape = {
  ...recordShape,
  /** Hash of the policy snapshot in force. */
  policyVersion: z.string(),
};

const sessionShape = {
  ...baseShape,
  session: z.string().min(1),
  client: z.object({ address: z.string(), port: z.int(), helo: z.string().optional(), tls: z.boolean() }),
  identity: z.string().optional(),
};

/** Troubles of a next hop that last. */
export const HOP_TROUBLES = [
  /** A host of a hop, or an address of it, cannot be reached or will not have us. */
  'next-hop-host-failed',
  /** Its TLS is broken, and mail goes to it in the clear. */
  'next-hop-tls-failed',
  /** Its certificate, which is verified, ends within three weeks. */
  'next-hop-certificate-expiring',
  /** It offers XCLIENT and will not have it from us. */
  'xclient-refused',
] as const;
export type HopTrouble = (typeof HOP_TROUBLES)[number];

export const CHANGE_ACTIONS = ['made', 'changed', 'deleted', 'password', 'unlocked'] as const;
export type ChangeAction = (typeof CHANGE_ACTIONS)[number];

const count = z.int().min(0).optional();

/** What became of a session's messages, logins and commands; absent is none. */
const sessionOutcomeSchema = z.object({
  accepted: count,
  refused: count,
  deferred: count,
  abandoned: count,
  held: count,
  discarded: count,
  failedLogins: count,
  /** Refusals by policy. */
  refusals: count,
} satisfies Record<Verdict | 'failedLogins' | 'refusals', unknown>);
export type SessionOutcome = z.output<typeof sessionOutcomeSchema>;

export const eventSchema = z.discriminatedUnion('type', [
  z.object({
    ...sessionShape,
    type: z.literal('transaction'),
    transaction: z.string(),
    /** Reverse-path, empty for the null one. */
    sender: z.string(),
    recipients: z.array(recipientRecordSchema),
    /** Recipients for whom the message was taken: accepted, held or discarded. */
    acceptedCount: z.int().min(0).optional(),
    /** Recipients for whom it was refused or deferred, at RCPT or with the content. */
    refusedCount: z.int().min(0).optional(),
    /** Octets of content as received, dot-stuffing and terminator not counted. */
    octets,
    /** What the Message-ID field says, without its angle brackets. */
    messageId: z.string().max(MAX_MESSAGE_ID).optional(),
    verdict: z.enum(VERDICTS),
    /** What decided the verdict, as an item key, `settings#attribute` or a name of the screen. */
    rule: z.string(),
    reply: z.string(),
    /** The next hop's own words, or the error that kept us from it. */
    detail: z.string().optional(),
    nextHop: z.string().optional(),
    /** Whether all SMTP hops that took a recipient were spoken to under TLS. */
    hopTls: z.boolean().optional(),
    durationMs: z.int().min(0),
    /** What was seen on a server with screening rules. */
    screen: screenRecordSchema.optional(),
    commands: z.array(commandRecordSchema),
  }),
  z.object({
    ...sessionShape,
    type: z.literal('session'),
    /** Why it ended: `QUIT`, `client-closed`, `reset`, or the rule that closed it. */
    ending: z.string(),
    transactions: z.int().min(0),
    outcome: sessionOutcomeSchema.optional(),
    durationMs: z.int().min(0),
    commands: z.array(commandRecordSchema),
  }),
  z.object({
    ...sessionShape,
    type: z.literal('refusal'),
    rule: z.string(),
    verb: z.string(),
    /** Whom a refused RCPT named. */
    recipient: z.string().optional(),
    /** Octets seen of the refused line or message. */
    octets,
    /** The limit in force, in octets; absent where the rule has none. */
    limit: octets.optional(),
    reply: z.string(),
    /** Whether it was only recorded, and let pass: the server is `reportOnly`. */
    reportOnly: z.boolean().optional(),
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
    ...recordShape,
    type: z.literal('policy-invalid'),
    /** The policy of the task that met it; absent when the table's own check found it. */
    policyVersion: z.string().optional(),
    item: z.string(),
    problem: z.string(),
  }),
  z.object({
    ...recordShape,
    type: z.literal('policy-changed'),
    /** Sorts the changes of one server in the order in which they were made, whatever the clock of each said. */
    order: z.string().optional(),
    /** Who changed it: the caller's ARN, or `console or SDK` when the table alone saw it. */
    who: z.string(),
    /** Key of the item, `user#NAME` for a user. */
    item: z.string(),
    /** What was done; `password` where that alone is another, `unlocked` where failed logins were forgotten. */
    action: z.enum(CHANGE_ACTIONS).optional(),
    /** Attributes without keys; absent where there was no item. Never a verifier. */
    before: z.record(z.string(), z.unknown()).optional(),
    after: z.record(z.string(), z.unknown()).optional(),
  }),
  z.object({
    ...recordShape,
    type: z.literal('users-exported'),
    /** The caller's ARN. */
    who: z.string(),
    /** Users whose verifiers were given; an export asks for several pages. */
    count: z.int().min(0),
  }),
  z.object({
    ...recordShape,
    type: z.literal('held'),
    /** Id of the held message. */
    transaction: z.string(),
    /** `viewed`, `released` and `denied` by people; `delivered`, `failed` and `deferred` by the task that hands it on. */
    act: z.enum(['viewed', 'released', 'denied', 'delivered', 'failed', 'deferred']),
    who: z.string(),
    detail: z.string().optional(),
  }),
  z.object({
    ...recordShape,
    type: z.literal('delivery'),
    /** Id of the message, as its client heard it. */
    transaction: z.string(),
    /** Who had logged in. */
    identity: z.string().optional(),
    /** The message's id at Amazon SES. */
    sesMessage: z.string(),
    outcome: z.enum(DELIVERY_OUTCOMES),
    /** The kind of a bounce: a permanent one is a hard bounce, a transient one came after SES had tried for long. */
    bounce: z.enum(BOUNCES).optional(),
    recipients: z.array(
      z.object({
        address: z.string(),
        /** Enhanced status code. */
        status: z.string().optional(),
        /** What the receiving server said, or why it was not asked. */
        detail: z.string().optional(),
      }),
    ),
    /** What SES calls the kind of bounce, delay or complaint, or why it rejected the message. */
    detail: z.string().optional(),
  }),
  z.object({
    ...baseShape,
    type: z.literal('next-hop'),
    trouble: z.enum(HOP_TROUBLES),
    state: z.enum(['begun', 'over']),
    /** The hop's URL, as policy has it. */
    nextHop: z.string(),
    /** One of its hosts, with its port; absent where the trouble is the hop's. */
    host: z.string().optional(),
    /** Absent when it is over. */
    problem: z.string().optional(),
  }),
  z.object({
    ...recordShape,
    type: z.literal('certificate'),
    /** The secret that tasks watch. */
    secret: z.string(),
    names: z.array(z.string()),
    /** URL of the issuer's directory. */
    issuer: z.string(),
    outcome: z.enum(['renewed', 'kept', 'failed']),
    /** Why it was renewed, or what failed. */
    detail: z.string(),
    /** End of the certificate that is in force; absent where there is none. */
    expiresAtIso: z.iso.datetime().optional(),
    daysLeft: z.int().optional(),
  }),
  z.object({
    ...recordShape,
    type: z.literal('probe'),
    host: z.string(),
    port: z.int(),
    /** Which way was taken: to the public address, or inside the network, since AWS blocks port 25 from functions. */
    way: z.enum(['public', 'private']),
    verdict: z.enum(['clean', 'faults']),
    /** What was found to be wrong, each by the name of its check. */
    faults: z.array(z.object({ check: z.string(), detail: z.string(), todo: z.string() })),
    /** Whole days that the certificate lasts; absent where none was seen. */
    certificateDays: z.int().optional(),
    durationMs: z.int().min(0),
  }),
]);

/** What `record-events` is asked to keep: here, so that the other functions need not know events. */
export const recordEventsRequestSchema = z.object({ events: z.array(eventSchema) });

export type RecordEventsRequest = z.output<typeof recordEventsRequestSchema>;
export type PosternEvent = z.output<typeof eventSchema>;
export type ScreenRecord = z.output<typeof screenRecordSchema>;
export type CommandRecord = z.output<typeof commandRecordSchema>;
export type RecipientRecord = z.output<typeof recipientRecordSchema>;
/** An event of a session before the shell gives it what the machine does not know: id, time, server, session, client. */
export type SessionEvent = DistributiveOmit<
  Extract<PosternEvent, { session: string }>,
  keyof typeof baseShape | 'session' | 'client'
>;

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
