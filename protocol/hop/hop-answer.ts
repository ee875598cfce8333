/** What came of asking a next hop, already in the words that the client is to hear. */
import { REPLIES, type Reply } from '../../policy/reply.ts';

/** Who decided: the hop by its reply, or its failing to give a sane one. */
export type HopRule = 'next-hop' | 'next-hop-down' | 'next-hop-dropped' | 'next-hop-insane';

export interface HopAnswer {
  /** For the client. A hop's 421, 530 and 535 are already 451: they are about our session with it, not about the client's. */
  readonly reply: Reply;
  /** Whether the hop took what it was asked to: the recipient, the start of content, the message. */
  readonly isTaken: boolean;
  readonly rule: HopRule;
  /** For the log: the hop's own words or the error; printable US-ASCII, bounded. */
  readonly detail?: string;
}

/** `answer`, or `next-hop-insane` when its reply and `isTaken` contradict each other: then nothing was taken. */
export function coherentAnswer(answer: HopAnswer): HopAnswer {
  if (answer.isTaken === answer.reply.code < 400) return answer;
  return { reply: REPLIES.hopInsane, isTaken: false, rule: 'next-hop-insane' };
}

/** What MAIL said, as far as a next hop is told of it. */
export interface MailCommand {
  /** Reverse-path without its angle brackets; empty for the null one. */
  readonly path: string;
  /** Value of SIZE, digits as the client gave them. */
  readonly size?: string;
  readonly body?: '7BIT' | '8BITMIME';
  readonly isSmtpUtf8: boolean;
}
