/** What came of asking a next hop, already in the words that the client is to hear. */
import type { ScreenRecord } from '../../policy/event.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';

/** Who decided: the hop by its reply, or its failing to give a sane one. */
export type HopRule = 'next-hop' | 'next-hop-down' | 'next-hop-dropped' | 'next-hop-insane';

/**
 * Who decided where content is kept: the item of a screening rule, `settings#whenUnreadable`, or what kept content or
 * held mail failed by.
 */
export type KeptRule = string & {};

export interface HopAnswer {
  /** For the client. A hop's 421, 530 and 535 are already 451: they are about our session with it, not about the client's. */
  readonly reply: Reply;
  /** Whether the hop took what it was asked to: the recipient, the start of content, the message. */
  readonly isTaken: boolean;
  /** Who decided: the hop, or where content is kept the rule that did. */
  readonly rule: HopRule | KeptRule;
  /** What became of a message that was taken and not handed on. */
  readonly verdict?: 'held' | 'discarded';
  /** What the Message Screener saw, on servers that have rules. */
  readonly screen?: ScreenRecord;
  /** For the log: the hop's own words or the error; printable US-ASCII, bounded. */
  readonly detail?: string;
  /** Whether the connection is under TLS; set by an SMTP hop that took it. */
  readonly isTls?: boolean;
  /** Recipients for whom the hop took the message all the same: it is asked for them in several calls, and refused a later one. */
  readonly served?: readonly string[];
  /** Extensions that MAIL named and this hop lacks: the content has to do without them. Absent when there are none. */
  readonly lacks?: readonly ContentExtension[];
}

/** Extensions that concern octets above 0x7F in the content. */
export type ContentExtension = '8BITMIME' | 'SMTPUTF8';

/** `answer`, or `next-hop-insane` when its reply and `isTaken` contradict each other: then nothing was taken. */
export function coherentAnswer(answer: HopAnswer): HopAnswer {
  if (answer.isTaken === answer.reply.code < 400) return answer;
  return { reply: REPLIES.hopInsane, isTaken: false, rule: 'next-hop-insane' };
}

/** What MAIL said, as far as a next hop is told of it. */
export interface MailCommand {
  /** Reverse-path without its angle brackets; empty for the null one. */
  readonly path: string;
  /** With the null one, the address of the user who sends; absent where no one has logged in, or the user has none. */
  readonly ownAddress?: string;
  /** Value of SIZE, digits as the client gave them. */
  readonly size?: string;
  readonly body?: '7BIT' | '8BITMIME';
  readonly isSmtpUtf8: boolean;
}

const NON_ASCII = /[^\x00-\x7F]/;

/** Whether a path can only be said with SMTPUTF8 (RFC 6531 section 3.3). */
export function needsSmtpUtf8(path: string): boolean {
  return NON_ASCII.test(path);
}

/** A next hop's extensions for octets above 0x7F. */
export interface EightBitCapabilities {
  readonly has8BitMime: boolean;
  readonly hasSmtpUtf8: boolean;
}

/**
 * What MAIL named and a hop lacks. Many programs name whatever EHLO offers (Go's net/smtp does): a parameter says what
 * the content may hold, and not that it holds it (RFC 6152 section 3; RFC 6531 section 3.2).
 */
export function lackedExtensions(
  { body, isSmtpUtf8 }: MailCommand,
  { has8BitMime, hasSmtpUtf8 }: EightBitCapabilities,
): readonly ContentExtension[] {
  const lacks: ContentExtension[] = [];
  if (body === '8BITMIME' && !has8BitMime) lacks.push('8BITMIME');
  if (isSmtpUtf8 && !hasSmtpUtf8) lacks.push('SMTPUTF8');
  return lacks;
}

/** `answer`, with what the hop lacks where it took what it was asked and there is anything. */
export function lacking(answer: HopAnswer, lacks: readonly ContentExtension[]): HopAnswer {
  return answer.isTaken && lacks.length > 0 ? { ...answer, lacks } : answer;
}
