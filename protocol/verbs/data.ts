/** DATA and the content after it (RFC 5321 section 4.1.1.4). */
import type { CheckLimitsDecision } from '../../policy/decision.ts';
import { REPLIES, type Reply, withText } from '../../policy/reply.ts';
import { ContentStart } from '../content/content-start.ts';
import { type BadOctet, type ContentFault, DataScanner, MAX_RECEIVED_FIELDS } from '../content/data-scanner.ts';
import { type HeaderFault, HeaderFromCheck } from '../content/header-from-check.ts';
import { MessageIdReader } from '../content/message-id.ts';
import type { HopAnswer } from '../hop/hop-answer.ts';
import type { Refusal, SessionContext } from '../session/session-context.ts';
import {
  noteHopTls,
  type Outcome,
  type RefusedContent,
  replyLine,
  type Transaction,
  verdictOf,
} from '../session/transaction.ts';
import { receivedField } from './received-field.ts';

/** Octets of content that re-arm the data timeout; fewer in that time is a client that drips. */
export const PROGRESS_OCTETS = 4096;

/** The content has octets that a next hop lacks the extension for: refused on the hop's behalf, and not by policy. */
const HOP_LACKS = {
  '8-bit-header': { reply: REPLIES.headerNeedsSmtpUtf8, isTaken: false, rule: 'next-hop' },
  '8-bit-body': { reply: REPLIES.bodyNeeds8BitMime, isTaken: false, rule: 'next-hop' },
} as const satisfies Partial<Record<ContentFault, HopAnswer>>;

type PolicyFault = Exclude<ContentFault, keyof typeof HOP_LACKS>;

export function DATA(context: SessionContext): void {
  const { transaction } = context;
  if (transaction === undefined) throw new TypeError('DATA came without a transaction');
  if (transaction.acceptedRecipients === 0) {
    // RFC 5321 section 3.3: 503, or 554 when recipients were named and all refused.
    if (!transaction.hasRefusedRecipient) context.reply(REPLIES.recipientFirst);
    // After a next hop's refusals a client that pipelines has not erred: no error of its own is counted.
    else if (transaction.unknownRecipients > 0) context.passOn(REPLIES.noValidRecipients);
    else context.reply(REPLIES.noValidRecipients);
    return;
  }
  context.enter('DATA', { transaction });
  context.deadlineMs = undefined;
  context.do({ kind: 'start-content' });
}

export function receiveContentAnswer(context: SessionContext, answer: HopAnswer): void {
  if (context.state.kind !== 'opening') return;
  const { transaction } = context.state;
  if (!answer.isTaken) {
    context.abandon(transaction);
    conclude(context, transaction, outcomeOf(answer), answer.reply);
    return;
  }
  noteHopTls(transaction, answer);
  const { maxMessageOctets: maxOctets, bareNewline } = context.policy.settings;
  const mustBeAscii = asciiParts(transaction);
  const scanner = new DataScanner({ maxOctets, bareNewline, ...(mustBeAscii && { mustBeAscii }) });
  const headerFrom = headerFromCheck(context);
  context.enter('opened', {
    transaction,
    scanner,
    contentStart: new ContentStart(),
    headerFrom,
    messageId: new MessageIdReader(),
  });
  context.do({ kind: 'content', octets: Buffer.from(receivedField(context, transaction)), isTrace: true });
  context.reply(REPLIES.startMail);
  awaitContent(context);
}

/** Where octets above 0x7F are more than a next hop takes. Without SMTPUTF8 it is 8BITMIME that a header needs. */
function asciiParts({ lacks, mail }: Transaction): { header: boolean; body: boolean } | undefined {
  if (lacks.size === 0) return undefined;
  const body = lacks.has('8BITMIME');
  return { header: lacks.has('SMTPUTF8') || (body && !mail.isSmtpUtf8), body };
}

/** The check that a message of this session needs; an identity that may send as anybody needs none. */
function headerFromCheck({ identity, policy: { settings } }: SessionContext): HeaderFromCheck | undefined {
  if (identity === undefined || identity.senders.includes('*')) return undefined;
  if (!settings.checkHeaderFrom && !settings.checkHeaderSender) return undefined;
  return new HeaderFromCheck(identity.senders, settings);
}

function refusedHeader({ setting, text }: HeaderFault): RefusedContent {
  return {
    reply: withText(REPLIES.headerFromNotAllowed, text),
    refusal: { rule: `settings#${setting}` },
  };
}

/** Starts the time in which the next part of the content must come. */
export function awaitContent(context: SessionContext): void {
  context.deadlineMs = context.nowMs + context.policy.settings.dataTimeoutSeconds * 1000;
}

/** Takes content from `chunk`, and returns the offset after the last octet used. */
export function receiveContent(context: SessionContext, chunk: Buffer, start: number): number {
  if (context.state.kind !== 'content') throw new TypeError('No content is under way');
  const { transaction, scanner, contentStart, headerFrom, messageId } = context.state;
  const scanned: Uint8Array[] = [];
  const end = scanner.scan(chunk, start, scanned);
  const pieces = contentStart.receive(scanned, scanner.isComplete);
  const headerFault = headerFrom?.receive(pieces, scanner.isComplete);
  if (headerFault !== undefined) transaction.refused ??= refusedHeader(headerFault);
  const isRefused = transaction.refused !== undefined && !context.policy.settings.reportOnly;
  // What was held of the content's start may come after a fault, when no hop is there any more.
  const isHandedOn = !isRefused && !transaction.isAbandoned;
  if (isHandedOn) for (const octets of pieces) context.do({ kind: 'content', octets });
  if (Math.floor(scanner.octets / PROGRESS_OCTETS) > Math.floor(transaction.octets / PROGRESS_OCTETS)) {
    awaitContent(context);
  }
  if (!messageId.isDone) {
    for (const octets of pieces) messageId.receive(octets);
    // Once, at the end of the header, or of a content that is nothing else.
    if (messageId.isDone || scanner.isComplete) transaction.messageId = messageId.value;
  }
  transaction.octets = scanner.octets;
  if (scanner.fault !== undefined || isRefused) context.abandon(transaction);
  if (scanner.isComplete) endContent(context, transaction, scanner);
  return end;
}

function endContent(context: SessionContext, transaction: Transaction, { fault, badOctet }: DataScanner): void {
  if (fault === '8-bit-header' || fault === '8-bit-body') {
    const answer = HOP_LACKS[fault];
    conclude(context, transaction, outcomeOf(answer), answer.reply);
    return;
  }
  const refused = fault === undefined ? transaction.refused : faultReply(context, fault, badOctet);
  if (refused === undefined) {
    countMessage(context, transaction);
    return;
  }
  const { reply } = refused;
  const refusal: Refusal = { ...refused.refusal, verb: 'DATA', octets: transaction.octets };
  if (fault === undefined && !context.isRefused(reply, refusal)) {
    countMessage(context, transaction);
    return;
  }
  conclude(context, transaction, { verdict: 'refused', rule: refusal.rule, reply: replyLine(reply) }, reply, refusal);
}

/** An identity with limits has the message counted first; no one else's is. */
function countMessage(context: SessionContext, transaction: Transaction): void {
  const { identity } = context;
  context.deadlineMs = undefined;
  if (identity === undefined || Object.keys(identity.limits).length === 0) {
    commit(context, transaction);
    return;
  }
  context.enter('limits-asked', { transaction });
  const { name, limits } = identity;
  context.do({ kind: 'check-limits', identity: name, recipients: transaction.acceptedRecipients, limits });
}

function commit(context: SessionContext, transaction: Transaction): void {
  context.enter('whole', { transaction });
  context.do({ kind: 'finish' });
}

export function receiveLimitsDecision(context: SessionContext, decision: CheckLimitsDecision): void {
  if (context.state.kind !== 'counting') return;
  const { transaction } = context.state;
  if (decision.kind === 'permit') {
    commit(context, transaction);
    return;
  }
  context.abandon(transaction);
  const { reply } = decision;
  const rule = decision.kind === 'reject' ? decision.rule : 'check-limits';
  if (decision.kind === 'reject') context.recordLimit(rule, decision.limit, reply);
  conclude(context, transaction, { verdict: verdictOf(reply), rule, reply: replyLine(reply) }, reply);
}

function faultReply(
  context: SessionContext,
  fault: PolicyFault,
  badOctet: BadOctet | undefined,
): { reply: Reply; refusal: Refusal } {
  const limit = context.policy.settings.maxMessageOctets;
  const replies = {
    'too-large': { reply: REPLIES.messageTooLarge, refusal: { rule: 'settings#maxMessageOctets', limit } },
    'bad-content': { reply: badContent(badOctet), refusal: { rule: 'settings#bareNewline' } },
    'mail-loop': { reply: REPLIES.mailLoop, refusal: { rule: 'received-fields', limit: MAX_RECEIVED_FIELDS } },
  } as const satisfies Record<PolicyFault, { reply: Reply; refusal: Refusal }>;
  return replies[fault];
}

/** Says what is wrong and where, for who has to correct the program that sent it. */
function badContent(badOctet: BadOctet | undefined): Reply {
  if (badOctet === undefined) return REPLIES.badContent;
  return withText(REPLIES.badContent, `Message has a ${badOctet.name} in line ${badOctet.line}`);
}

/** The one promise: 250 only for a message that the next hop took. */
export function receiveFinalAnswer(context: SessionContext, answer: HopAnswer): void {
  if (context.state.kind !== 'committing') return;
  const { transaction } = context.state;
  const reply = answer.isTaken ? withText(REPLIES.ok, `OK ${transaction.id}`) : answer.reply;
  transaction.screen = answer.screen;
  conclude(context, transaction, outcomeOf(answer, reply), reply, screenRefusal(transaction, answer));
}

/** The refusal by a screening rule, which is policy's and not the hop's; nothing where none refused. */
function screenRefusal({ octets }: Transaction, { rule, isTaken, screen }: HopAnswer): Refusal | undefined {
  return !isTaken && screen?.action === 'refuse' ? { rule, verb: 'DATA', octets } : undefined;
}

/** @param reply what the client hears */
function outcomeOf({ isTaken, rule, detail, verdict, reply: itsReply }: HopAnswer, reply = itsReply): Outcome {
  const outcome = {
    verdict: verdict ?? (isTaken ? 'accepted' : verdictOf(itsReply)),
    rule,
    reply: replyLine(reply),
  } as const;
  return detail === undefined ? outcome : { ...outcome, detail };
}

function conclude(
  context: SessionContext,
  transaction: Transaction,
  outcome: Outcome,
  reply: Reply,
  refusal?: Refusal,
): void {
  transaction.outcome = outcome;
  // By the reply: whether it was handed on, held or discarded, the client was told that we have it.
  if (reply.code < 300) context.forgiveErrors();
  if (outcome.rule === 'next-hop') context.passOn(reply, outcome.rule);
  else context.reply(reply, refusal, outcome.rule);
  if (context.state.kind === 'closed') return;
  context.recordTransaction(transaction);
  context.enter('concluded');
}
