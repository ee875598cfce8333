/**
 * The report that a sender gets of a hard bounce (RFC 3464) or of a complaint (RFC 5965), as a message in octets.
 *
 * It is ASCII alone and its lines are short: what strangers' servers said, and what the message's own header says, is
 * quoted in it.
 */
import type { DeliveryEvent, ToldDelivery } from './ses-event.ts';

export interface Report {
  readonly from: string;
  readonly to: string;
  readonly message: string;
}

/** Who makes the report, and when. */
export interface Reporter {
  /** Name of the published server, as DNS knows it. */
  readonly hostname: string;
  readonly nowMs: number;
}

/** Fields of the message that are quoted: those by which a sender knows it again. */
const QUOTED_FIELDS = ['from', 'to', 'cc', 'subject', 'date', 'message-id'];
/** Octets of a line (RFC 5322 section 2.1.1 allows 998). */
const MAX_LINE = 900;

/**
 * Whether a sender is to be told: of hard bounces and complaints, and never about a report.
 *
 * A report about a report could go round for ever (RFC 3834 section 2). So there is none about a message from the null
 * path, one that says that no person sent it, a delivery report, or one from a postmaster, as reports themselves are.
 */
export function isReportable({ event, origin, mail }: ToldDelivery): boolean {
  const isBad = event.outcome === 'complained' || (event.outcome === 'bounced' && event.bounce === 'permanent');
  if (!isBad || event.recipients.length === 0 || origin.hasNullSender) return false;
  if (!/^[^@\s<>]+@[^@\s<>]+$/.test(mail.source)) return false;
  if (/^(?:postmaster|mailer-daemon)@/i.test(mail.source)) return false;
  return !mail.headers.some(({ name, value }) => {
    const field = name.toLowerCase();
    if (field === 'auto-submitted') return !/^\s*no\b/i.test(value);
    return field === 'content-type' && /^\s*multipart\/report\b/i.test(value);
  });
}

/** The report about what is told; it goes to the sender, from the postmaster of the sender's own domain. */
export function makeReport(told: ToldDelivery, reporter: Reporter): Report {
  const { source } = told.mail;
  const from = `postmaster@${source.slice(source.lastIndexOf('@') + 1)}`;
  const isComplaint = told.event.outcome === 'complained';
  const { type, part } = isComplaint ? feedbackPart(told) : statusPart(told, reporter);
  const boundary = `postern-${told.event.id}`;
  const message = [
    `From: Mail Delivery System <${from}>`,
    `To: <${source}>`,
    `Subject: ${isComplaint ? 'A recipient complained of your message' : 'Your message was not delivered'}`,
    `Date: ${new Date(reporter.nowMs).toUTCString().replace('GMT', '+0000')}`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=${type};`,
    ` boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=us-ascii',
    '',
    ...wordsOf(told),
    '',
    `--${boundary}`,
    ...part,
    '',
    `--${boundary}`,
    'Content-Type: text/rfc822-headers',
    '',
    ...quotedFields(told),
    '',
    `--${boundary}--`,
    '',
  ];
  return { from, to: source, message: message.map(asciiLine).join('\r\n') };
}

function wordsOf({ event, origin, mail }: ToldDelivery): readonly string[] {
  const isComplaint = event.outcome === 'complained';
  const what = isComplaint
    ? ['Somebody who got your message has marked it as one that was not wanted.']
    : ['Your message could not be delivered to these recipients. It is not tried again.'];
  const subject = mail.headers.find(({ name }) => name.toLowerCase() === 'subject')?.value;
  return [
    ...what,
    '',
    ...event.recipients.map(
      ({ address, detail }) => `  <${address}>${isComplaint ? '' : `: ${reasonOf(detail, event)}`}`,
    ),
    '',
    ...(subject === undefined ? [] : [`Subject: ${subject}`]),
    `Sent: ${mail.timestamp}`,
    `Id: ${origin.transaction}`,
    '',
    'This mail was made by a program, and no one reads what answers it.',
  ];
}

function reasonOf(own: string | undefined, { detail }: Pick<DeliveryEvent, 'detail'>): string {
  return own ?? detail ?? 'no reason was given';
}

/** RFC 3464 section 2. */
function statusPart({ event, mail }: ToldDelivery, { hostname }: Reporter): { type: string; part: readonly string[] } {
  const part = [
    'Content-Type: message/delivery-status',
    '',
    `Reporting-MTA: dns; ${hostname}`,
    `Arrival-Date: ${mailDate(mail.timestamp)}`,
    ...event.recipients.flatMap(({ address, status, detail }) => [
      '',
      `Final-Recipient: rfc822; ${address}`,
      'Action: failed',
      `Status: ${statusOf(status)}`,
      `Diagnostic-Code: smtp; ${reasonOf(detail, event)}`,
      `Last-Attempt-Date: ${mailDate(event.at)}`,
    ]),
  ];
  return { type: 'delivery-status', part };
}

/** RFC 5965 section 3. */
function feedbackPart({ event, mail }: ToldDelivery): { type: string; part: readonly string[] } {
  const part = [
    'Content-Type: message/feedback-report',
    '',
    `Feedback-Type: ${/^[a-z-]+$/.test(event.detail ?? '') ? event.detail : 'other'}`,
    'User-Agent: Postern',
    'Version: 1',
    `Original-Mail-From: <${mail.source}>`,
    ...event.recipients.map(({ address }) => `Original-Rcpt-To: <${address}>`),
    `Arrival-Date: ${mailDate(mail.timestamp)}`,
  ];
  return { type: 'feedback-report', part };
}

/** What SES gives may be empty, or no code at all; `5.0.0` says no more than that it failed for good (RFC 3463 section 3.1). */
function statusOf(status: string | undefined): string {
  return status !== undefined && /^5\.\d{1,3}\.\d{1,3}$/.test(status) ? status : '5.0.0';
}

function quotedFields({ mail }: ToldDelivery): readonly string[] {
  return mail.headers
    .filter(({ name }) => QUOTED_FIELDS.includes(name.toLowerCase()))
    .map(({ name, value }) => `${name}: ${value}`);
}

function mailDate(iso: string): string {
  return new Date(iso).toUTCString().replace('GMT', '+0000');
}

/** A line of ours: without line ends and other control characters that came in with a value, ASCII, and not too long. */
function asciiLine(line: string): string {
  return line.replace(/[^\x20-\x7E]+/g, (run) => (/^[\s]+$/.test(run) ? ' ' : '?')).slice(0, MAX_LINE);
}
