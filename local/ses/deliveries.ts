/**
 * What SES would tell of mail that it took, on one machine: told to a function in SNS's envelope, as its topic does.
 *
 * What becomes of a recipient goes by its address. Those of SES's mailbox simulator do as in SES, `suppressionlist` and `ooto`
 * too; besides, so that any domain may be used, a local part that begins with `bounce`, `softbounce`, `complaint`, `delay` or
 * `reject` and ends there or at a `+` or `-`. All others are delivered.
 */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { SendRequest } from './send-request.ts';

/** Where events go. */
export const destinationSchema = z.strictObject({
  /** URL of the Lambda endpoint. */
  lambda: z.url(),
  function: z.string().min(1),
});
export type EventDestination = z.output<typeof destinationSchema>;

/** A message as SES knows it. */
export interface TakenMail extends SendRequest {
  readonly id: string;
  /** ISO time. */
  readonly takenAt: string;
}

type Fate = 'delivered' | 'bounce' | 'softbounce' | 'complaint' | 'delay' | 'reject' | 'suppressionlist';

const FATES: readonly Fate[] = ['bounce', 'softbounce', 'complaint', 'delay', 'reject', 'suppressionlist'];
/** SES names the message's header up to 10 KB. */
const MAX_HEADER_OCTETS = 10_240;

export function fateOf(recipient: string): Fate {
  const [, word = ''] = /^([a-z]+)(?:[+-][^@]*)?@/i.exec(recipient) ?? [];
  return FATES.find((fate) => fate === word.toLowerCase()) ?? 'delivered';
}

/** Events about a message, in the order in which SES would publish them. */
export function sesEventsOf(mail: TakenMail, nowMs: number): readonly object[] {
  const rejected = mail.recipients.find((recipient) => fateOf(recipient) === 'reject');
  const common = { mail: mailOf(mail) };
  // A virus is the whole message's.
  if (rejected !== undefined) return [{ eventType: 'Reject', ...common, reject: { reason: 'Bad content' } }];
  const timestamp = new Date(nowMs).toISOString();
  return mail.recipients.flatMap((recipient) =>
    toldOf(recipient, timestamp).map((told): object => ({ ...told, ...common })),
  );
}

function toldOf(recipient: string, timestamp: string): readonly object[] {
  const feedbackId = `0100-${randomBytes(8).toString('hex')}-000000`;
  const delivery = {
    eventType: 'Delivery',
    delivery: {
      timestamp,
      processingTimeMillis: 500,
      recipients: [recipient],
      smtpResponse: '250 2.6.0 Message received',
      reportingMTA: 'a8-70.smtp-out.amazonses.com',
    },
  };
  const bounced = (bounceType: string, bounceSubType: string, status: string, diagnostic: string): object => ({
    eventType: 'Bounce',
    bounce: {
      ...{ bounceType, bounceSubType, timestamp, feedbackId, reportingMTA: 'dns; amazonses.com' },
      bouncedRecipients: [{ emailAddress: recipient, action: 'failed', status, diagnosticCode: `smtp; ${diagnostic}` }],
    },
  });
  switch (fateOf(recipient)) {
    case 'bounce':
      return [bounced('Permanent', 'General', '5.1.1', '550 5.1.1 user unknown')];
    case 'suppressionlist':
      return [bounced('Permanent', 'Suppressed', '5.1.1', 'Amazon SES has suppressed sending to this address')];
    case 'softbounce':
      return [bounced('Transient', 'MailboxFull', '4.2.2', '452 4.2.2 Mailbox full')];
    case 'delay': {
      const expirationTime = new Date(Date.parse(timestamp) + 14 * 3_600_000).toISOString();
      const diagnosticCode = 'smtp; 421 4.4.1 Unable to connect to remote host';
      const delayedRecipients = [{ emailAddress: recipient, status: '4.4.1', diagnosticCode }];
      const deliveryDelay = {
        timestamp,
        delayType: 'TransientCommunicationFailure',
        expirationTime,
        delayedRecipients,
      };
      return [{ eventType: 'DeliveryDelay', deliveryDelay }];
    }
    case 'complaint': {
      // After the delivery: a trace shows them in the order of their times.
      const complainedAt = new Date(Date.parse(timestamp) + 1).toISOString();
      const complaint = {
        ...{ complainedRecipients: [{ emailAddress: recipient }], timestamp: complainedAt, feedbackId },
        ...{ userAgent: 'Embedded run', complaintFeedbackType: 'abuse', arrivalDate: complainedAt },
      };
      return [delivery, { eventType: 'Complaint', complaint }];
    }
    default:
      return [delivery];
  }
}

function mailOf({ id, takenAt, sender, recipients, message, tags }: TakenMail): object {
  const header = message.toString('latin1', 0, MAX_HEADER_OCTETS).split('\r\n\r\n', 1)[0] ?? '';
  const headers = [...header.replace(/\r\n[ \t]+/g, ' ').matchAll(/^([^\s:]+)[ \t]*:[ \t]*(.*?)\r?$/gm)].map(
    ([, name = '', value = '']) => ({ name, value }),
  );
  return {
    ...{ timestamp: takenAt, source: sender, sendingAccountId: '000000000000', messageId: id, destination: recipients },
    ...{ headersTruncated: message.length > MAX_HEADER_OCTETS, headers },
    tags: {
      'ses:configuration-set': ['embedded-run'],
      ...Object.fromEntries(tags.map(({ name, value }) => [name, [value]])),
    },
  };
}

/** The event that Lambda gets of SNS, about one notification. */
export function snsEvent(event: object): object {
  return { Records: [{ EventSource: 'aws:sns', Sns: { Type: 'Notification', Message: JSON.stringify(event) } }] };
}

/** Tells an event, asynchronously as SNS does: 202, and what it comes to is in the function's log. */
export async function tellFunction({ lambda, function: name }: EventDestination, event: object): Promise<void> {
  const answer = await fetch(`${lambda}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
    method: 'POST',
    headers: { 'x-amz-invocation-type': 'Event', 'content-type': 'application/json' },
    body: JSON.stringify(snsEvent(event)),
  });
  if (answer.status !== 202) throw new Error(`Cannot tell of a delivery: HTTP ${answer.status}`);
  await answer.arrayBuffer();
}
