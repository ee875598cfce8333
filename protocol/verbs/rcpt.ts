/** RCPT (RFC 5321 section 4.1.1.3): syntax here, relay by `check-relay`, the mailbox by the next hop. */
import type { CheckRelayDecision } from '../../policy/decision.ts';
import { nextHopName } from '../../policy/next-hop.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';
import type { HopAnswer } from '../hop/hop-answer.ts';
import type { SessionContext } from '../session/session-context.ts';
import { MAX_RECORDED_COMMANDS, noteHopTls, replyLine, type Transaction, verdictOf } from '../session/transaction.ts';
import { NON_ASCII, type Path, parseParameters, parsePathArgument, REPLACEMENT } from './path.ts';

export function RCPT(context: SessionContext, argument: string): undefined {
  const { transaction } = context;
  if (transaction === undefined) throw new TypeError('RCPT came without a transaction');
  const { envelopeSyntax, maxRecipients } = context.policy.settings;
  const split = parsePathArgument(argument, 'TO:', envelopeSyntax);
  if (split === undefined) return context.refuse(REPLIES.badArgument);
  const { path, rest } = split;
  if (NON_ASCII.test(rest)) return context.refuse(REPLIES.badOctets);
  const isUtf8 = NON_ASCII.test(argument);
  // RFC 6531 section 3.4: MAIL has to say SMTPUTF8 before an address may be in UTF-8.
  if (isUtf8 && !transaction.mail.isSmtpUtf8) return context.refuse(REPLIES.needsSmtpUtf8);
  if (path.kind === 'bad' || path.kind === 'null') return context.refuse(REPLIES.badForwardPath);
  if (isUtf8 && argument.includes(REPLACEMENT)) return context.refuse(REPLIES.badForwardPath);
  const parameters = parseParameters(rest);
  if (parameters === undefined) return context.refuse(REPLIES.badArgument);
  // No extension that EHLO offers has a parameter of RCPT.
  if (parameters.length > 0) return context.refuse(REPLIES.unknownParameter);
  if (askedRecipients(context, transaction) >= maxRecipients) {
    const refusal = { rule: 'settings#maxRecipients', limit: maxRecipients, ...namedRecipient(path) };
    // Told once a transaction: replies of class 4 end no session, and each event costs.
    const isTold = transaction.lastRefusal?.rule === refusal.rule;
    return context.refuse(REPLIES.tooManyRecipients, isTold ? undefined : refusal);
  }
  if (path.kind === 'source-route') return context.refuse(REPLIES.relayDenied, { rule: 'source-route' });

  const recipient = recipientText(path);
  context.enter('RCPT', { transaction, recipient });
  context.deadlineMs = undefined;
  context.do({ kind: 'check-relay', recipient });
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

export function receiveRelayDecision(context: SessionContext, decision: CheckRelayDecision): void {
  if (context.state.kind !== 'relaying') return;
  const { transaction, recipient } = context.state;
  if (decision.kind === 'permit') {
    const { nextHop, rule } = decision;
    context.enter('permitted', { transaction, offer: { recipient, rule, nextHop: nextHopName(nextHop) } });
    context.do({ kind: 'offer-recipient', nextHop, mail: transaction.mail, forwardPath: recipient });
    return;
  }
  const rule = decision.kind === 'reject' ? decision.rule : 'check-relay';
  refuse(context, transaction, { recipient, rule }, decision.reply);
}

/** The hop's reply to RCPT is the client's. */
export function receiveRecipientAnswer(context: SessionContext, answer: HopAnswer): void {
  if (context.state.kind !== 'offering') return;
  const { transaction, offer } = context.state;
  if (!answer.isTaken) {
    const detail = answer.detail === undefined ? {} : { detail: answer.detail };
    refuse(context, transaction, { ...offer, rule: answer.rule, ...detail }, answer.reply);
    return;
  }
  transaction.acceptedRecipients += 1;
  if (answer.lacks !== undefined) transaction.lacks = new Set([...transaction.lacks, ...answer.lacks]);
  noteHopTls(transaction, answer);
  const { recipient, rule, nextHop } = offer;
  transaction.recipients.push({ address: recipient, reply: answer.reply.code, rule, nextHop });
  context.enter('some-taken', { transaction });
  context.reply(answer.reply, undefined, rule);
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
  context.enter(transaction.acceptedRecipients > 0 ? 'some-taken' : 'none-taken', { transaction });
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
