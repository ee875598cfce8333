/** MAIL (RFC 5321 section 4.1.1.2) with SIZE, BODY, SMTPUTF8 and AUTH. */
import type { Mailbox } from '../../policy/address.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';
import { maySendAs, ownAddress, senderDenial } from '../../policy/sender-rule.ts';
import type { MailCommand } from '../hop/hop-answer.ts';
import type { Refusal, SessionContext } from '../session/session-context.ts';
import { newTransaction } from '../session/transaction.ts';
import { hasAuthentication, needsTlsToAuthenticate } from './hello.ts';
import { NON_ASCII, type Parameter, parseParameters, parsePathArgument, REPLACEMENT } from './path.ts';

type MailDraft = { -readonly [Name in keyof MailCommand]: MailCommand[Name] };

export function MAIL(context: SessionContext, argument: string): undefined {
  const { settings } = context.policy;
  if (settings.authentication === 'required' && context.identity === undefined) {
    return context.refuse(firstStep(context), { rule: 'settings#authentication' });
  }
  const split = parsePathArgument(argument, 'FROM:', settings.envelopeSyntax);
  if (split === undefined) return context.refuse(REPLIES.badArgument);
  const { path, rest } = split;
  if (NON_ASCII.test(rest)) return context.refuse(REPLIES.badOctets);
  const parameters = parseParameters(rest);
  const isUtf8 = NON_ASCII.test(argument);
  // RFC 6531 section 3.4: SMTPUTF8 must be said before an address may be in UTF-8.
  const saysUtf8 = parameters?.some(({ keyword }) => keyword === 'SMTPUTF8') === true;
  if (isUtf8 && !saysUtf8) return context.refuse(REPLIES.needsSmtpUtf8);
  if (path.kind !== 'mailbox' && path.kind !== 'null') return context.refuse(REPLIES.badReversePath);
  if (isUtf8 && argument.includes(REPLACEMENT)) return context.refuse(REPLIES.badReversePath);
  if (parameters === undefined) return context.refuse(REPLIES.badArgument);
  const sender = path.kind === 'mailbox' ? path.mailbox : undefined;
  const mail: MailDraft = { path: sender?.text ?? '', isSmtpUtf8: false };
  const badParameter = takeParameters(context, parameters, mail);
  if (badParameter !== undefined) return context.refuse(badParameter);
  const { maxMessageOctets: limit } = settings;
  if (mail.size !== undefined && BigInt(mail.size) > limit) {
    const octets = Math.min(Number(mail.size), Number.MAX_SAFE_INTEGER);
    return context.refuse(REPLIES.messageTooLarge, { rule: 'settings#maxMessageOctets', limit, octets });
  }
  const refused = refusedSender(context, sender);
  if (refused !== undefined && context.isRefused(refused.reply, refused.refusal)) {
    return context.refuse(refused.reply, refused.refusal);
  }

  if (sender === undefined) nameOwnAddress(context, mail);
  context.transactions += 1;
  const id = `${context.session.id}.${context.transactions}`;
  context.enter('MAIL', { transaction: newTransaction(id, mail, context.nowMs) });
  context.reply(REPLIES.senderOk);
}

/** What must come before MAIL: AUTH, and STARTTLS before it (RFC 3207 section 4) where that is so and can be. */
function firstStep(context: SessionContext): Reply {
  const needsTls = needsTlsToAuthenticate(context) && context.policy.commands.STARTTLS.allowed;
  return needsTls ? REPLIES.startTlsFirst : REPLIES.authenticationRequired;
}

/**
 * Takes parameters into `mail`, and returns what is wrong with them. Those that EHLO did not offer to this session are
 * unknown; after HELO that is all of them.
 */
function takeParameters(context: SessionContext, parameters: readonly Parameter[], mail: MailDraft): Reply | undefined {
  if (parameters.length === 0) return undefined;
  const seen = new Set<string>();
  for (const { keyword, value = '' } of parameters) {
    if (context.hello?.verb !== 'EHLO') return REPLIES.unknownParameter;
    if (seen.has(keyword)) return REPLIES.repeatedParameter;
    seen.add(keyword);
    const wrong = takeParameter(context, keyword, value, mail);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function takeParameter(context: SessionContext, keyword: string, value: string, mail: MailDraft): Reply | undefined {
  switch (keyword) {
    case 'SIZE': // RFC 1870 section 4; any number of digits
      mail.size = value.replace(/^0+(?=\d)/, '');
      return /^\d+$/.test(value) ? undefined : REPLIES.badSize;
    case 'BODY': {
      // RFC 6152 section 2
      const body = value.toUpperCase();
      if (body !== '7BIT' && body !== '8BITMIME') return REPLIES.badBody;
      mail.body = body;
      return undefined;
    }
    case 'SMTPUTF8': // RFC 6531 section 3.4
      mail.isSmtpUtf8 = true;
      return value === '' ? undefined : REPLIES.badArgument;
    case 'AUTH': // RFC 4954 section 5: taken where AUTH is offered, believed of no client, told to no next hop
      if (!hasAuthentication(context)) return REPLIES.unknownParameter;
      return value === '' ? REPLIES.badArgument : undefined;
    default:
      return REPLIES.unknownParameter;
  }
}

/** What policy has against a sender, `undefined` for the null reverse-path. */
function refusedSender(
  context: SessionContext,
  sender: Mailbox | undefined,
): { reply: Reply; refusal: Refusal } | undefined {
  const { identity, policy } = context;
  const denied = sender === undefined ? undefined : senderDenial(sender, policy.deniedSenders);
  if (denied !== undefined) return { reply: REPLIES.senderDenied, refusal: { rule: denied } };
  if (identity === undefined) return undefined;
  const mayUse = sender === undefined ? identity.mayBounce : maySendAs(sender, identity.senders);
  if (mayUse) return undefined;
  const rule = sender === undefined ? 'user#mayBounce' : 'user#senders';
  return { reply: REPLIES.senderNotAllowed, refusal: { rule } };
}

/** Names the user who sends what has no sender, for hops that take no null reverse-path. */
function nameOwnAddress({ identity, policy }: SessionContext, mail: MailDraft): void {
  const address = identity && ownAddress(identity.name, identity.senders, policy.deniedSenders);
  if (address !== undefined) mail.ownAddress = address;
}
