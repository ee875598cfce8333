/**
 * What Amazon SES is known to refuse at a recipient, so that no one has to ask it: the edge proxy decides by this, and
 * so does whoever explains a session that never takes place.
 */
import { REPLIES, type Reply } from '../../policy/reply.ts';
import { type EightBitCapabilities, type MailCommand, needsSmtpUtf8 } from './hop-answer.ts';

/** Recipients of one call; the quota of both APIs. */
export const MAX_SES_CALL_RECIPIENTS = 50;
/** Recipients of one transaction: twenty calls, which are made while the client waits for our reply. */
export const MAX_SES_RECIPIENTS = 1000;
/** Octets; the quota of SES API v2 for one message. */
export const MAX_SES_MESSAGE_OCTETS = 41_943_040;

export const SES_NULL_REVERSE_PATH = {
  code: 550,
  enhanced: '5.7.1',
  text: 'Amazon SES takes no message with a null reverse-path',
} as const satisfies Reply;

/** Messages go to it in base64, so that octets above 0x7F pass in the body; addresses and header fields it wants in ASCII. */
export const SES_CAPABILITIES: EightBitCapabilities = { has8BitMime: true, hasSmtpUtf8: false };

/**
 * In whose name a message goes out: SES takes no null reverse-path, so what a user sends with it (a read receipt, a
 * vacation reply) goes out in the user's own. `undefined` where there is no one.
 */
export function sesSender({ path, ownAddress }: MailCommand): string | undefined {
  return path === '' ? ownAddress : path;
}

/**
 * Why SES would not take one more recipient; `undefined` when it is worth asking at the end.
 *
 * @param taken recipients of this transaction that SES has already
 */
export function sesRecipientRefusal(mail: MailCommand, forwardPath: string, taken: number): Reply | undefined {
  const { size } = mail;
  const sender = sesSender(mail);
  if (sender === undefined) return SES_NULL_REVERSE_PATH;
  if (needsSmtpUtf8(sender) || needsSmtpUtf8(forwardPath)) return REPLIES.hopLacksSmtpUtf8;
  if (size !== undefined && Number(size) > MAX_SES_MESSAGE_OCTETS) return REPLIES.messageTooLarge;
  return taken < MAX_SES_RECIPIENTS ? undefined : REPLIES.tooManyRecipients;
}
