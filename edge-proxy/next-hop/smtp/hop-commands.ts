/** The commands of a transaction as a next hop is told them. */
import type { MailCommand } from '../../../protocol/hop/hop-answer.ts';
import type { HopCapabilities } from '../../../protocol/hop/hop-reply.ts';

/** MAIL with those of its parameters that the hop offered (RFC 5321 section 4.1.1.11), CR LF included. */
export function mailLine(mail: MailCommand, capabilities: HopCapabilities): string {
  const size = mail.size !== undefined && capabilities.hasSize ? ` SIZE=${mail.size}` : '';
  // Without BODY, 7BIT holds (RFC 6152 section 2); content that turns out to need more than the hop has never gets its end.
  const body = mail.body !== undefined && capabilities.has8BitMime ? ` BODY=${mail.body}` : '';
  const smtpUtf8 = mail.isSmtpUtf8 && capabilities.hasSmtpUtf8 ? ' SMTPUTF8' : '';
  return `MAIL FROM:<${mail.path}>${size}${body}${smtpUtf8}\r\n`;
}

export function recipientLine(forwardPath: string): string {
  return `RCPT TO:<${forwardPath}>\r\n`;
}
