/** MAIL (RFC 5321 section 4.1.1.2) with SIZE, BODY, SMTPUTF8 and AUTH. */
import type { Mailbox } from '../../policy/address.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';
import { maySendAs, ownAddress, senderDenial } from '../../policy/sender-rule.ts';
import type { MailCommand } from '../hop/hop-answer.ts';
import type { Refusal, SessionContext } from '../session/session-context.ts';
import { newTransaction } from '../session/transaction.ts';
import { hasAuthentication, needsTlsToAuthenticate } from './hello.ts';
import { type Parameter, type Path, parseParameters, parsePathArgument } from './path.ts';

type Extensions = Omit<MailCommand, 'path'>;
type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reply: Reply };

const NO_EXTENSIONS: Extensions = { isSmtpUtf8: false };
const NON_ASCII = /[^\x00-\x7F]/;
/** Stands for octets that are no UTF-8. */
export const REPLACEMENT = '\uFFFD';

export function MAIL(context: SessionContext, argument: string): void {
  const { settings } = context.policy;
  if (settings.authentication === 'required' && context.identity === undefined) {
    context.reply(whatIsFirst(context), { rule: 'settings#authentication' });
    return;
  }
  const read = readMail(context, argument);
  if (!read.ok) {
    context.reply(read.reply);
    return;
  }
  const { path } = read.value;
  const mail = path.kind === 'null' ? withOwnAddress(context, read.value.mail) : read.value.mail;
  if (mail.size !== undefined && BigInt(mail.size) > settings.maxMessageOctets) {
    const octets = Math.min(Number(mail.size), Number.MAX_SAFE_INTEGER);
    context.reply(REPLIES.messageTooLarge, {
      rule: 'settings#maxMessageOctets',
      limit: settings.maxMessageOctets,
      octets,
    });
    return;
  }
  const refused = refusedSender(context, path.kind === 'mailbox' ? path.mailbox : undefined);
  if (refused !== undefined && context.isRefused(refused.reply, refused.refusal)) {
    context.reply(refused.reply, refused.refusal);
    return;
  }
  context.transactions += 1;
  const id = `${context.session.id}.${context.transactions}`;
  context.enter('MAIL', { transaction: newTransaction(id, mail, context.nowMs) });
  context.reply(REPLIES.senderOk);
}

/** What must come before MAIL: AUTH, and STARTTLS before it (RFC 3207 section 4) where that is so and can be. */
function whatIsFirst(context: SessionContext): Reply {
  const needsTls = needsTlsToAuthenticate(context) && context.policy.commands.STARTTLS.allowed;
  return needsTls ? REPLIES.startTlsFirst : REPLIES.authenticationRequired;
}

/** Who sends what has no sender, for hops that take no null reverse-path. */
function withOwnAddress({ identity, policy }: SessionContext, mail: MailCommand): MailCommand {
  const address = identity && ownAddress(identity.name, identity.senders, policy.deniedSenders);
  return address === undefined ? mail : { ...mail, ownAddress: address };
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

function readMail(context: SessionContext, argument: string): Checked<{ path: Path; mail: MailCommand }> {
  const split = parsePathArgument(argument, 'FROM:', context.policy.settings.envelopeSyntax);
  if (split === undefined) return bad(REPLIES.badArgument);
  const { path, rest } = split;
  if (NON_ASCII.test(rest)) return bad(REPLIES.badOctets);
  const parameters = parseParameters(rest);
  const isUtf8 = NON_ASCII.test(argument);
  if (isUtf8 && !saysUtf8(parameters)) return bad(REPLIES.needsSmtpUtf8);
  const isPath = path.kind === 'mailbox' || path.kind === 'null';
  if (!isPath || (isUtf8 && argument.includes(REPLACEMENT))) return bad(REPLIES.badReversePath);
  if (parameters === undefined) return bad(REPLIES.badArgument);

  const extensions = readExtensions(context, parameters);
  if (!extensions.ok) return extensions;
  const text = path.kind === 'mailbox' ? path.mailbox.text : '';
  const { value } = extensions;
  const mail = value === NO_EXTENSIONS ? { path: text, isSmtpUtf8: false } : { path: text, ...value };
  return { ok: true, value: { path, mail } };
}

function saysUtf8(parameters: readonly Parameter[] | undefined): boolean {
  return parameters?.some(({ keyword }) => keyword === 'SMTPUTF8') === true;
}

/** Parameters that EHLO did not offer to this session are unknown; after HELO that is all of them. */
function readExtensions(context: SessionContext, parameters: readonly Parameter[]): Checked<Extensions> {
  if (parameters.length === 0) return good(NO_EXTENSIONS);
  const seen = new Set<string>();
  let extensions: Extensions = { isSmtpUtf8: false };
  for (const { keyword, value } of parameters) {
    if (context.hello?.verb !== 'EHLO') return bad(REPLIES.unknownParameter);
    if (seen.has(keyword)) return bad(REPLIES.repeatedParameter);
    seen.add(keyword);
    const result = readExtension(context, keyword, value);
    if (!result.ok) return result;
    extensions = { ...extensions, ...result.value };
  }
  return { ok: true, value: extensions };
}

function readExtension(context: SessionContext, keyword: string, value = ''): Checked<Partial<Extensions>> {
  switch (keyword) {
    case 'SIZE': // RFC 1870 section 4; any number of digits
      return /^\d+$/.test(value) ? good({ size: value.replace(/^0+(?=\d)/, '') }) : bad(REPLIES.badSize);
    case 'BODY': {
      // RFC 6152 section 2
      const body = value.toUpperCase();
      return body === '7BIT' || body === '8BITMIME' ? good({ body }) : bad(REPLIES.badBody);
    }
    case 'SMTPUTF8': // RFC 6531 section 3.4
      return value === '' ? good({ isSmtpUtf8: true }) : bad(REPLIES.badArgument);
    case 'AUTH': // RFC 4954 section 5: taken where AUTH is offered, believed of nobody, told to no next hop
      if (!hasAuthentication(context)) return bad(REPLIES.unknownParameter);
      return value === '' ? bad(REPLIES.badArgument) : good({});
    default:
      return bad(REPLIES.unknownParameter);
  }
}

function good<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

function bad(reply: Reply): { readonly ok: false; readonly reply: Reply } {
  return { ok: false, reply };
}
