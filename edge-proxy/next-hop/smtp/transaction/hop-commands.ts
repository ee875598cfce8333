/** The commands of a transaction as a next hop is told them. */
import { REPLIES } from '../../../../policy/reply.ts';
import {
  type ContentExtension,
  type HopAnswer,
  lackedExtensions,
  type MailCommand,
  needsSmtpUtf8,
} from '../../../../protocol/hop/hop-answer.ts';
import type { HopCapabilities } from '../../../../protocol/hop/hop-reply.ts';
import { isSafePath } from '../../next-hop.ts';

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

/** MAIL where it is to be said, RCPT for each recipient, and DATA where it is known to follow (RFC 2920 section 3.1). */
export function commandGroup(
  mail: string | undefined,
  recipients: readonly string[],
  hasData: boolean,
): { readonly text: string; readonly count: number } {
  let text = mail ?? '';
  for (const path of recipients) text += recipientLine(path);
  if (hasData) text += 'DATA\r\n';
  return { text, count: Number(mail !== undefined) + recipients.length + Number(hasData) };
}

/** Whether a path needs SMTPUTF8, and the hop lacks it: the only thing for which MAIL or RCPT must not be said. */
function cannotSay({ hasSmtpUtf8 }: HopCapabilities, path: string): boolean {
  return !hasSmtpUtf8 && needsSmtpUtf8(path);
}

const LACKS_SMTPUTF8: HopAnswer = { reply: REPLIES.hopLacksSmtpUtf8, isTaken: false, rule: 'next-hop' };
const UNSAFE_FORWARD_PATH: HopAnswer = { reply: REPLIES.badForwardPath, isTaken: false, rule: 'next-hop' };
const UNSAFE_REVERSE_PATH: HopAnswer = { reply: REPLIES.badReversePath, isTaken: false, rule: 'next-hop' };

/** Why a recipient is not even asked for; `capabilities` where they are known already. */
export function unsayable(
  reversePath: string,
  forwardPath: string,
  capabilities: HopCapabilities | undefined,
): HopAnswer | undefined {
  if (!isSafePath(forwardPath)) return UNSAFE_FORWARD_PATH;
  if (!isSafePath(reversePath)) return UNSAFE_REVERSE_PATH;
  if (capabilities === undefined) return undefined;
  return cannotSay(capabilities, reversePath) || cannotSay(capabilities, forwardPath) ? LACKS_SMTPUTF8 : undefined;
}

/** What a client was told of a connection. */
export interface Told {
  readonly mail: MailCommand;
  /** Those taken. */
  readonly recipients: readonly string[];
  /** What MAIL named and it lacks. */
  readonly lacks: readonly ContentExtension[];
}

/** Whether another connection, of another host perhaps, has all that the client was told the one before had. */
export function canSayAgain({ mail, recipients, lacks }: Told, capabilities: HopCapabilities): boolean {
  if (lackedExtensions(mail, capabilities).some((extension) => !lacks.includes(extension))) return false;
  return ![mail.path, ...recipients].some((path) => cannotSay(capabilities, path));
}
