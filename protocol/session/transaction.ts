/** A mail transaction, from MAIL to the answer after its content, RSET or the session's end. */
import {
  type CommandRecord,
  MAX_RECORDED_LINE,
  type RecipientRecord,
  type ScreenRecord,
  type SessionEvent,
  type Verdict,
} from '../../policy/event.ts';
import { encodeReply, type Reply } from '../../policy/reply.ts';
import type { ContentExtension, HopAnswer, MailCommand } from '../hop/hop-answer.ts';

/** Why a transaction came out as it did. */
export interface Outcome {
  readonly verdict: Verdict;
  /** An item key, `settings#attribute`, or a name of the screen or the next hop's answer. */
  readonly rule: string;
  readonly reply: string;
  /** The next hop's own words, or the error that kept us from it. */
  readonly detail?: string;
}

export interface RefusedContent {
  readonly reply: Reply;
  readonly refusal: { readonly rule: string };
}

export interface Transaction {
  readonly id: string;
  readonly mail: MailCommand;
  readonly startedAtMs: number;
  readonly commands: CommandRecord[];
  readonly recipients: RecipientRecord[];
  acceptedRecipients: number;
  /** Whether a RCPT was refused for whatever reason. */
  hasRefusedRecipient: boolean;
  /** Recipients that a next hop refused. */
  unknownRecipients: number;
  /** The last recipient's refusal; what the transaction is judged by when no content follows. */
  lastRefusal: Outcome | undefined;
  /** Extensions that MAIL named and one of the next hops lacks. */
  lacks: ReadonlySet<ContentExtension>;
  /** Whether all SMTP hops that took a recipient are spoken to under TLS; undefined where there is none. */
  hopTls: boolean | undefined;
  octets: number;
  /** What the content's Message-ID says, once it has come. */
  messageId: string | undefined;
  /** Set when DATA or the content was answered. */
  outcome: Outcome | undefined;
  /** What policy has against the content, said once it has been read to its end. */
  refused: RefusedContent | undefined;
  /** What the Message Screener saw; absent on servers without rules. */
  screen: ScreenRecord | undefined;
  /** Whether the next hop was told that nothing comes of it. */
  isAbandoned: boolean;
}

/** Commands kept of one transaction or session; a client that never ends does not grow it. */
export const MAX_RECORDED_COMMANDS = 200;

const NOTHING: ReadonlySet<ContentExtension> = new Set();

export function newTransaction(id: string, mail: MailCommand, nowMs: number): Transaction {
  return {
    id,
    mail,
    startedAtMs: nowMs,
    commands: [],
    recipients: [],
    acceptedRecipients: 0,
    hasRefusedRecipient: false,
    unknownRecipients: 0,
    lastRefusal: undefined,
    lacks: NOTHING,
    hopTls: undefined,
    octets: 0,
    messageId: undefined,
    outcome: undefined,
    refused: undefined,
    screen: undefined,
    isAbandoned: false,
  };
}

/** Takes in whether a hop that took what it was asked is spoken to under TLS. */
export function noteHopTls(transaction: Transaction, { isTls }: HopAnswer): void {
  if (isTls !== undefined) transaction.hopTls = isTls && transaction.hopTls !== false;
}

/** How a reply below 600 judges what it answers. */
export function verdictOf(reply: Reply): Verdict {
  if (reply.code < 400) return 'accepted';
  return reply.code < 500 ? 'deferred' : 'refused';
}

/** A reply as one line for the log. */
export function replyLine(reply: Reply): string {
  const { code, enhanced, text } = reply;
  if (text.includes('\n')) return encodeReply(reply).trimEnd().replaceAll('\r\n', ' ');
  return (enhanced === undefined ? `${code} ${text}` : `${code} ${enhanced} ${text}`).trimEnd();
}

/** What the records keep of a reply: enhanced status and first line. A challenge of AUTH is not kept. */
export function answerText(reply: Reply): string {
  if (reply.code === 334) return '';
  const end = reply.text.indexOf('\n');
  const text = end === -1 ? reply.text : reply.text.slice(0, end);
  return (reply.enhanced === undefined ? text : `${reply.enhanced} ${text}`).slice(0, MAX_RECORDED_LINE);
}

/** How a transaction came out; one that no content followed by its last refusal, or by what ended it. */
function outcomeOf(transaction: Transaction, ending: string): Outcome {
  if (transaction.outcome !== undefined) return transaction.outcome;
  const abandoned: Outcome = { verdict: 'abandoned', rule: ending, reply: '' };
  return transaction.acceptedRecipients === 0 ? (transaction.lastRefusal ?? abandoned) : abandoned;
}

/** What became of the message for a recipient: RCPT's own reply, else what became of the message. */
function recipientOutcome({ reply }: RecipientRecord, verdict: Verdict): Verdict {
  if (reply < 400) return verdict;
  return reply < 500 ? 'deferred' : 'refused';
}

const TAKEN: readonly Verdict[] = ['accepted', 'held', 'discarded'];

/** Says of each recipient what became of the message, and counts those for whom it was taken, and was not. */
function judgeRecipients(recipients: readonly RecipientRecord[], verdict: Verdict) {
  let acceptedCount = 0;
  let refusedCount = 0;
  for (const recipient of recipients) {
    const outcome = recipientOutcome(recipient, verdict);
    recipient.outcome = outcome;
    if (TAKEN.includes(outcome)) acceptedCount += 1;
    else if (outcome !== 'abandoned') refusedCount += 1;
  }
  return { acceptedCount, refusedCount };
}

/** @param ending what ended it, if it was not answered */
export function transactionEvent(transaction: Transaction, ending: string, nowMs: number): SessionEvent {
  const nextHop = transaction.recipients.find((recipient) => recipient.reply < 300)?.nextHop;
  const { verdict, rule, reply, detail } = outcomeOf(transaction, ending);
  const event: SessionEvent = {
    type: 'transaction',
    transaction: transaction.id,
    sender: transaction.mail.path,
    recipients: transaction.recipients,
    ...judgeRecipients(transaction.recipients, verdict),
    octets: transaction.octets,
    verdict,
    rule,
    reply,
    durationMs: Math.max(0, Math.round(nowMs - transaction.startedAtMs)),
    commands: transaction.commands,
  };
  if (detail !== undefined) event.detail = detail;
  if (transaction.messageId !== undefined) event.messageId = transaction.messageId;
  if (nextHop !== undefined) event.nextHop = nextHop;
  if (transaction.hopTls !== undefined) event.hopTls = transaction.hopTls;
  if (transaction.screen !== undefined) event.screen = transaction.screen;
  return event;
}
