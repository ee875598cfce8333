/**
 * What Amazon SES tells of a message that it took, as it publishes it to SNS: a JSON text, read here into an event of ours.
 *
 * Shapes: "Contents of event data that Amazon SES publishes to Amazon SNS" in the developer guide of SES. Fields that we do
 * not know, and types of events that we did not ask for, are passed over.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { BOUNCES, type PosternEvent } from '../../policy/event.ts';
import { readSesTags, type SesOrigin } from '../../policy/ses-tags.ts';

export type DeliveryEvent = Extract<PosternEvent, { type: 'delivery' }>;

/** What is told of a message of ours. */
export interface ToldDelivery {
  readonly event: Omit<DeliveryEvent, 'keepDays'>;
  readonly origin: SesOrigin;
  readonly mail: ToldMail;
}

const time = z.string().transform((text, context) => {
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  context.addIssue({ code: 'custom', message: 'is no time' });
  return z.NEVER;
});

const recipientSchema = z.object({
  emailAddress: z.string(),
  status: z.string().optional(),
  /** `smtp; 550 5.1.1 user unknown` */
  diagnosticCode: z.string().optional(),
});

const mailSchema = z.object({
  timestamp: time,
  messageId: z.string().min(1),
  source: z.string().default(''),
  destination: z.array(z.string()).default([]),
  headers: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  tags: z.record(z.string(), z.array(z.string())).default({}),
});
export type ToldMail = z.output<typeof mailSchema>;

const toldSchema = z.discriminatedUnion('eventType', [
  z.object({
    eventType: z.literal('Delivery'),
    mail: mailSchema,
    delivery: z.object({ timestamp: time, recipients: z.array(z.string()), smtpResponse: z.string().optional() }),
  }),
  z.object({
    eventType: z.literal('DeliveryDelay'),
    mail: mailSchema,
    deliveryDelay: z.object({
      timestamp: time,
      delayType: z.string().optional(),
      delayedRecipients: z.array(recipientSchema),
    }),
  }),
  z.object({
    eventType: z.literal('Bounce'),
    mail: mailSchema,
    bounce: z.object({
      timestamp: time,
      feedbackId: z.string().optional(),
      bounceType: z.string(),
      bounceSubType: z.string().optional(),
      bouncedRecipients: z.array(recipientSchema),
    }),
  }),
  z.object({
    eventType: z.literal('Complaint'),
    mail: mailSchema,
    complaint: z.object({
      timestamp: time,
      feedbackId: z.string().optional(),
      complaintFeedbackType: z.string().nullish(),
      complaintSubType: z.string().nullish(),
      complainedRecipients: z.array(recipientSchema),
    }),
  }),
  z.object({
    eventType: z.literal('Reject'),
    mail: mailSchema,
    reject: z.object({ reason: z.string().optional() }),
  }),
]);
type Told = z.output<typeof toldSchema>;

const TYPES: readonly string[] = ['Delivery', 'DeliveryDelay', 'Bounce', 'Complaint', 'Reject'];

/** Code units of a text that is kept of what a stranger's server said. */
const MAX_TEXT = 512;

/**
 * Reads the text of a notification.
 *
 * @returns nothing for what is not told of a message of ours: the text by which SES tries a new destination, events that
 *   were not asked for, mail of others that goes by the same configuration set
 * @throws ZodError for an event of ours that cannot be read
 */
export function readSesEvent(text: string): ToldDelivery | undefined {
  const value = parsedJson(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { eventType, mail } = value as { readonly eventType?: unknown; readonly mail?: unknown };
  if (typeof eventType !== 'string' || !TYPES.includes(eventType)) return undefined;
  const tags = mailSchema.pick({ tags: true }).safeParse(mail);
  const origin = tags.success ? readSesTags(tags.data.tags) : undefined;
  if (origin === undefined) return undefined;
  const told = toldSchema.parse(value);
  return { event: eventOf(told, origin), origin, mail: told.mail };
}

function eventOf(told: Told, { server, transaction, identity }: SesOrigin): Omit<DeliveryEvent, 'keepDays'> {
  const { at, feedbackId, ...outcome } = outcomeOf(told);
  const { messageId } = told.mail;
  const addresses = outcome.recipients.map(({ address }) => address).sort();
  // The same for the same event, however often SNS delivers it.
  const name = JSON.stringify([messageId, told.eventType, at, feedbackId ?? '', addresses]);
  const id = createHash('sha256').update(name).digest('base64url').slice(0, 22);
  return { type: 'delivery', id, at, server, transaction, identity, sesMessage: messageId, ...outcome };
}

interface Outcome extends Pick<DeliveryEvent, 'at' | 'outcome' | 'bounce' | 'recipients' | 'detail'> {
  readonly feedbackId?: string | undefined;
}

function outcomeOf(told: Told): Outcome {
  switch (told.eventType) {
    case 'Delivery': {
      const { timestamp, recipients, smtpResponse } = told.delivery;
      const detail = printable(smtpResponse);
      return { at: timestamp, outcome: 'delivered', recipients: recipients.map((address) => ({ address, detail })) };
    }
    case 'DeliveryDelay': {
      const { timestamp, delayedRecipients, delayType } = told.deliveryDelay;
      const recipients = delayedRecipients.map(recipientOf);
      return { at: timestamp, outcome: 'delayed', recipients, detail: printable(delayType) };
    }
    case 'Bounce': {
      const { timestamp, bouncedRecipients, bounceType, bounceSubType, feedbackId } = told.bounce;
      const bounce = BOUNCES.find((each) => each === bounceType.toLowerCase()) ?? 'undetermined';
      const recipients = bouncedRecipients.map(recipientOf);
      return { at: timestamp, outcome: 'bounced', bounce, recipients, detail: printable(bounceSubType), feedbackId };
    }
    case 'Complaint': {
      const { timestamp, complainedRecipients, complaintFeedbackType, complaintSubType, feedbackId } = told.complaint;
      const detail = printable(complaintFeedbackType ?? complaintSubType);
      const recipients = complainedRecipients.map(recipientOf);
      return { at: timestamp, outcome: 'complained', recipients, detail, feedbackId };
    }
    default: {
      // A reject concerns the whole message, and has no time of its own.
      const { timestamp, destination } = told.mail;
      const recipients = destination.map((address) => ({ address }));
      return { at: timestamp, outcome: 'rejected', recipients, detail: printable(told.reject.reason) };
    }
  }
}

function recipientOf({ emailAddress, status, diagnosticCode }: z.output<typeof recipientSchema>) {
  // What goes before is the kind of the code (RFC 3464 section 2.3.6), and it is always `smtp`.
  return {
    address: addressIn(emailAddress),
    status: printable(status),
    detail: printable(diagnosticCode?.replace(/^smtp;\s*/i, '')),
  };
}

/** SES names some recipients as the message's header does. */
export function addressIn(text: string): string {
  return /<([^<>]*)>\s*$/.exec(text)?.[1] ?? text.trim();
}

/** One line, without control characters; absent where there is nothing. */
function printable(text: string | null | undefined): string | undefined {
  const line = text
    ?.replace(/[\0-\x1F\x7F]+/g, ' ')
    .trim()
    .slice(0, MAX_TEXT)
    .toWellFormed();
  return line === '' ? undefined : line;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
