/** The trace field that stands in front of the content (RFC 5321 section 4.4). */
import type { SessionContext } from '../session/session-context.ts';
import type { Transaction } from '../session/transaction.ts';

let lastSecond = Number.NaN;
let lastText = '';

/**
 * Date and time of RFC 5322 section 3.3, in UTC; made once for all messages of a second.
 * Fast path: 0.6 µs a message (bench w2); equal by `received-field.test.ts`.
 */
export function mailDate(timeMs: number): string {
  const second = Math.floor(timeMs / 1000);
  if (second !== lastSecond) {
    lastText = new Date(timeMs).toUTCString().replace(', 0', ', ').replace('GMT', '+0000');
    lastSecond = second;
  }
  return lastText;
}

/** The transmission type of RFC 3848, and of RFC 6531 section 4.3 for a transaction that said SMTPUTF8. */
function transmissionType(context: SessionContext, transaction: Transaction): string {
  if (context.hello?.verb === 'HELO') return 'SMTP';
  const base = transaction.mail.isSmtpUtf8 ? 'UTF8SMTP' : 'ESMTP';
  return `${base}${context.isTls ? 'S' : ''}${context.identity === undefined ? '' : 'A'}`;
}

/** An address literal as RFC 5321 section 4.1.3 writes it. */
function addressLiteral(address: string): string {
  return address.includes(':') ? `[IPv6:${address}]` : `[${address}]`;
}

/** A name that EHLO gave, cut to what cannot break the field's grammar. */
export function traceName(name: string): string {
  return name.replace(/[^A-Za-z0-9.:[\]_-]/g, '?');
}

/** One field, folded, with its final CR LF. A recipient is named only when it is alone, so that no blind copy shows. */
export function receivedField(context: SessionContext, transaction: Transaction): string {
  const name = context.hello?.traceName ?? 'unknown';
  const isAlone = transaction.acceptedRecipients === 1;
  const only = isAlone ? transaction.recipients.find(({ reply }) => reply < 300) : undefined;
  const recipient = only === undefined ? '' : `\r\n\tfor <${only.address}>`;
  return (
    `Received: from ${name} (${addressLiteral(context.session.clientAddress)})\r\n` +
    `\tby ${context.policy.settings.hostname} (Postern) with ${transmissionType(context, transaction)}\r\n` +
    `\tid ${transaction.id}${recipient};\r\n` +
    `\t${mailDate(context.calendarMs)}\r\n`
  );
}
