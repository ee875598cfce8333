/**
 * RCPT (RFC 5321 section 4.1.1.3): syntax here, relay by `check-relay`, the mailbox by the next hop.
 *
 * Recipients that came together are a group (RFC 2920 section 3.1): decided by one question, offered to their hops at
 * once, and answered each in its turn.
 */
import type { CheckRelayDecision } from '../../policy/decision.ts';
import { nextHopName } from '../../policy/next-hop.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';
import type { HopAnswer } from '../hop/hop-answer.ts';
import type { RecipientOffer } from '../session/effect.ts';
import type { ScreenedLine } from '../session/line-reader.ts';
import { argumentOf, recordedLine } from '../session/screen.ts';
import type { Refusal, SessionContext } from '../session/session-context.ts';
import type { DecidedRecipient, NamedRecipient } from '../session/session-state.ts';
import { MAX_RECORDED_COMMANDS, noteHopTls, replyLine, type Transaction, verdictOf } from '../session/transaction.ts';
import { NON_ASCII, type Path, parseParameters, parsePathArgument, REPLACEMENT } from './path.ts';

/** Recipients of one group at most: as many as a transaction must be able to have (RFC 5321 section 4.5.3.1.8). */
export const MAX_GROUP = 100;

type Judged = { readonly recipient: string } | { readonly reply: Reply; readonly refusal?: Refusal };

export function RCPT(context: SessionContext, argument: string): undefined {
  const { transaction } = context;
  if (transaction === undefined) throw new TypeError('RCPT came without a transaction');
  const judged = judge(context, transaction, argument);
  if ('reply' in judged) return context.refuse(judged.reply, judged.refusal);
  const { command } = context;
  context.enter('RCPT', { transaction, group: [{ recipient: judged.recipient, command }] });
}

/**
 * Lets the next command join the group under way. Returns false, and changes nothing, where it is no RCPT, there is
 * something against it, or what the recipients before it will hear might be: it is taken once they are answered.
 */
export function joinGroup(context: SessionContext, line: ScreenedLine): boolean {
  if (context.state.kind !== 'gathering') return false;
  const { transaction, group } = context.state;
  if (!isClean(context, line) || group.length >= groupRoom(context, transaction)) return false;
  const judged = judge(context, transaction, argumentOf(line));
  if ('reply' in judged) return false;
  const command = { verb: 'RCPT', octets: line.octets, line: recordedLine(line, 'RCPT') };
  group.push({ recipient: judged.recipient, command });
  return true;
}

/** Asks for the decisions about a group that is whole. */
export function askForGroup(context: SessionContext): void {
  if (context.state.kind !== 'gathering') return;
  const { transaction, group } = context.state;
  context.enter('group-whole', { transaction, group });
  context.deadlineMs = undefined;
  context.do({ kind: 'check-relay', recipients: group.map(({ recipient }) => recipient) });
}

/** Whether the screen lets a line of RCPT pass without a word, a report included. */
function isClean({ policy }: SessionContext, line: ScreenedLine): boolean {
  if (line.name !== 'RCPT' || line.isOverlong || line.hasBadOctets) return false;
  const { allowed, maxOctets } = policy.commands.RCPT;
  return allowed && line.octets <= maxOctets;
}

/**
 * Recipients that a group may have: so many that none of them is asked for in vain, whatever a hop says to those before
 * it. One by one they would be asked for too, and be answered the same.
 */
function groupRoom(context: SessionContext, { acceptedRecipients, unknownRecipients }: Transaction): number {
  const { maxRecipients, maxUnknownRecipients } = context.policy.settings;
  if (!context.isStranger) return Math.min(MAX_GROUP, maxRecipients - acceptedRecipients);
  const untilFull = maxRecipients - acceptedRecipients - unknownRecipients;
  const untilClosed = acceptedRecipients > 0 ? MAX_GROUP : maxUnknownRecipients - context.unknownRecipients;
  return Math.min(MAX_GROUP, untilFull, untilClosed);
}

/** What RCPT names, or what there is against it before anybody is asked. */
function judge(context: SessionContext, transaction: Transaction, argument: string): Judged {
  const { envelopeSyntax, maxRecipients } = context.policy.settings;
  const split = parsePathArgument(argument, 'TO:', envelopeSyntax);
  if (split === undefined) return { reply: REPLIES.badArgument };
  const { path, rest } = split;
  if (NON_ASCII.test(rest)) return { reply: REPLIES.badOctets };
  const isUtf8 = NON_ASCII.test(argument);
  // RFC 6531 section 3.4: MAIL has to say SMTPUTF8 before an address may be in UTF-8.
  if (isUtf8 && !transaction.mail.isSmtpUtf8) return { reply: REPLIES.needsSmtpUtf8 };
  if (path.kind === 'bad' || path.kind === 'null') return { reply: REPLIES.badForwardPath };
  if (isUtf8 && argument.includes(REPLACEMENT)) return { reply: REPLIES.badForwardPath };
  const parameters = parseParameters(rest);
  if (parameters === undefined) return { reply: REPLIES.badArgument };
  // No extension that EHLO offers has a parameter of RCPT.
  if (parameters.length > 0) return { reply: REPLIES.unknownParameter };
  if (askedRecipients(context, transaction) >= maxRecipients) return tooMany(transaction, path, maxRecipients);
  if (path.kind === 'source-route') return { reply: REPLIES.relayDenied, refusal: { rule: 'source-route' } };
  return { recipient: recipientText(path) };
}

function tooMany(transaction: Transaction, path: Path, maxRecipients: number): Judged {
  const reply = REPLIES.tooManyRecipients;
  const refusal = { rule: 'settings#maxRecipients', limit: maxRecipients, ...namedRecipient(path) };
  // Told once a transaction: replies of class 4 end no session, and each event costs.
  return transaction.lastRefusal?.rule === refusal.rule ? { reply } : { reply, refusal };
}

/**
 * Recipients that count towards `maxRecipients`. Of a stranger those that a next hop refused do too, beside good ones: one
 * good recipient would else let it guess without end, since `maxUnknownRecipients` waits for the transaction's end.
 */
function askedRecipients(context: SessionContext, { acceptedRecipients, unknownRecipients }: Transaction): number {
  const isGuessing = acceptedRecipients > 0 && unknownRecipients > 0 && context.isStranger;
  return isGuessing ? acceptedRecipients + unknownRecipients : acceptedRecipients;
}

function namedRecipient(path: Path): { readonly recipient?: string } {
  return path.kind === 'source-route' ? {} : { recipient: recipientText(path) };
}

function recipientText(path: Path): string {
  return path.kind === 'mailbox' ? path.mailbox.text : 'postmaster';
}

/** Offers those that are permitted to their hops, and answers the others in their turn. */
export function receiveRelayDecisions(context: SessionContext, decisions: readonly CheckRelayDecision[]): void {
  if (context.state.kind !== 'relaying') return;
  const { transaction, group } = context.state;
  const members = group.map((named, index) => decided(named, decisions[index]));
  context.enter('decided', { transaction, group: { members, next: 0 } });
  const offers = offersOf(context, members);
  if (offers.length > 0) context.do({ kind: 'offer-recipients', mail: transaction.mail, offers });
  answerRefused(context);
}

function decided({ recipient, command }: NamedRecipient, decision: CheckRelayDecision | undefined): DecidedRecipient {
  if (decision === undefined) throw new TypeError('Recipients were asked for, and not all decided');
  return { recipient, command, decision };
}

/** What hops are asked for: nothing after the refusal that will end the session. */
function offersOf(context: SessionContext, members: readonly DecidedRecipient[]): RecipientOffer[] {
  const offers: RecipientOffer[] = [];
  let { errorsLeft } = context;
  for (const { recipient, decision } of members) {
    if (decision.kind === 'permit') offers.push({ nextHop: decision.nextHop, forwardPath: recipient });
    else if (decision.reply.code >= 500) errorsLeft -= 1;
    if (errorsLeft === 0) break;
  }
  return offers;
}

/** Answers what policy refused, up to the next recipient for whom a hop is asked, or to the end of the group. */
function answerRefused(context: SessionContext): void {
  while (context.state.kind === 'offering') {
    const { transaction, group } = context.state;
    const member = group.members[group.next];
    if (member === undefined) {
      context.enter(transaction.acceptedRecipients > 0 ? 'some-taken' : 'none-taken', { transaction });
      return;
    }
    const { decision, recipient } = member;
    if (decision.kind === 'permit') {
      context.deadlineMs = undefined;
      return;
    }
    group.next += 1;
    context.command = member.command;
    const rule = decision.kind === 'reject' ? decision.rule : 'check-relay';
    refuse(context, transaction, { recipient, rule }, decision.reply);
  }
}

/** The hop's reply to RCPT is the client's. */
export function receiveRecipientAnswer(context: SessionContext, answer: HopAnswer): void {
  if (context.state.kind !== 'offering') return;
  const { transaction, group } = context.state;
  const member = group.members[group.next];
  if (member?.decision.kind !== 'permit')
    throw new TypeError('A hop answers for a recipient that it was not asked for');
  group.next += 1;
  context.command = member.command;
  const { recipient, decision } = member;
  const offer = { recipient, rule: decision.rule, nextHop: nextHopName(decision.nextHop) };
  if (answer.isTaken) take(context, transaction, offer, answer);
  else refuseByHop(context, transaction, offer, answer);
  answerRefused(context);
}

function take(context: SessionContext, transaction: Transaction, offer: Offer, answer: HopAnswer): void {
  transaction.acceptedRecipients += 1;
  if (answer.lacks !== undefined) transaction.lacks = new Set([...transaction.lacks, ...answer.lacks]);
  noteHopTls(transaction, answer);
  const { recipient, rule, nextHop } = offer;
  transaction.recipients.push({ address: recipient, reply: answer.reply.code, rule, nextHop });
  context.reply(answer.reply, undefined, rule);
}

function refuseByHop(context: SessionContext, transaction: Transaction, offer: Offer, answer: HopAnswer): void {
  const detail = answer.detail === undefined ? {} : { detail: answer.detail };
  refuse(context, transaction, { ...offer, rule: answer.rule, ...detail }, answer.reply);
}

/** A recipient that policy permits, by which rule, and the hop that is asked for it. */
interface Offer {
  readonly recipient: string;
  readonly rule: string;
  readonly nextHop: string;
}

interface RefusedOffer {
  readonly recipient: string;
  readonly rule: string;
  readonly nextHop?: string;
  readonly detail?: string;
}

function refuse(context: SessionContext, transaction: Transaction, offer: RefusedOffer, reply: Reply): void {
  const { recipient: address, detail, ...rest } = offer;
  if (transaction.recipients.length < transaction.acceptedRecipients + MAX_RECORDED_COMMANDS) {
    transaction.recipients.push({ address, reply: reply.code, ...rest });
  }
  const refused = { verdict: verdictOf(reply), rule: offer.rule, reply: replyLine(reply) };
  transaction.lastRefusal = detail === undefined ? refused : { ...refused, detail };
  // A hop's refusal of a mailbox is not policy, and has its place in the transaction's own event.
  if (offer.nextHop !== undefined) refuseUnknown(context, transaction, reply, offer.rule);
  else context.reply(reply, reply.code >= 500 ? { rule: offer.rule, recipient: address } : undefined, offer.rule);
}

/**
 * A next hop's refusal of a recipient is the client's reply, until a stranger has had `maxUnknownRecipients` of them. A
 * transaction that has a good recipient goes on all the same: the message is for those that were taken.
 */
function refuseUnknown(context: SessionContext, transaction: Transaction, reply: Reply, rule: string): void {
  if (reply.code >= 500) {
    transaction.unknownRecipients += 1;
    context.unknownRecipients += 1;
  }
  const { maxUnknownRecipients } = context.policy.settings;
  const isOver = reply.code >= 500 && context.unknownRecipients >= maxUnknownRecipients;
  if (!isOver || transaction.acceptedRecipients > 0 || !context.isStranger) {
    context.passOn(reply, rule);
    return;
  }
  const limitRule = 'settings#maxUnknownRecipients';
  context.recordLimit(limitRule, maxUnknownRecipients, REPLIES.tooManyUnknownRecipients);
  context.closeWith(REPLIES.tooManyUnknownRecipients, limitRule);
}
