/** AUTH and the lines of its exchange (RFC 4954), whoever judges the login: the directory, or the next hop. */
import { REPLIES, type Reply } from '../../policy/reply.ts';
import { assertNever } from '../../policy/result.ts';
import { decodeBase64 } from '../sasl/sasl.ts';
import { withoutFinalBlanks } from '../session/blanks.ts';
import type { ScreenedLine } from '../session/line-reader.ts';
import type { Refusal, SessionContext } from '../session/session-context.ts';
import { hearResponse, startDirectoryLogin } from './directory-login.ts';
import { hasAuthentication, needsTlsToAuthenticate } from './hello.ts';
import { cancelRelayedLogin, relayResponse, startRelayedLogin } from './relayed-login.ts';

export function AUTH(context: SessionContext, argument: string): undefined {
  if (context.identity !== undefined) return context.refuse(REPLIES.alreadyAuthenticated);
  if (needsTlsToAuthenticate(context)) {
    return context.refuse(REPLIES.encryptionRequired, { rule: 'settings#authenticationRequiresTls' });
  }
  const [name = '', initial, ...rest] = argument.split(/ +/);
  if (name === '' || rest.length > 0) return context.refuse(REPLIES.badArgument);
  const isRelayed = context.policy.settings.authenticator === 'next-hop';
  if (isRelayed) startRelayedLogin(context, name.toUpperCase(), initial);
  else startDirectoryLogin(context, name, initial);
}

/** AUTH where this server has none, whatever else is wrong with it. */
export function refuseAuthentication(context: SessionContext): boolean {
  if (hasAuthentication(context)) return false;
  context.reply(REPLIES.authenticationNotOffered, { rule: 'settings#authentication' });
  return true;
}

/** A line of the exchange. A fault ends the exchange, not the session. */
export function receiveResponse(context: SessionContext, line: ScreenedLine): void {
  if (context.state.kind !== 'exchange') throw new TypeError('No exchange is under way');
  const { exchange } = context.state;
  if (exchange.by === 'refusal') {
    endRefusedLogin(context, line, exchange);
    return;
  }
  if (line.isOverlong) {
    failExchange(context, REPLIES.authLineTooLong, { rule: 'command#AUTH', limit: line.limit });
    return;
  }
  const text = withoutFinalBlanks(line.text);
  if (text === '*') {
    if (exchange.by === 'next-hop') cancelRelayedLogin(context, exchange);
    else failExchange(context, REPLIES.authenticationCancelled);
    return;
  }
  const response = decodeBase64(text);
  if (!response.ok) {
    failExchange(context, REPLIES.badBase64);
    return;
  }
  switch (exchange.by) {
    case 'directory':
      hearResponse(context, exchange.sasl, response.value);
      return;
    case 'next-hop':
      relayResponse(context, exchange, { text, octets: response.value });
      return;
    default:
      assertNever(exchange);
  }
}

/** The client's answer to a last challenge means nothing (RFC 7628 section 3.2.3); only its length is looked at. */
function endRefusedLogin(
  context: SessionContext,
  line: ScreenedLine,
  { reply, rule }: { readonly reply: Reply; readonly rule: string | undefined },
): void {
  context.enter('login-over');
  if (!line.isOverlong) {
    context.refuseLogin(reply, rule);
    return;
  }
  const refusal = { rule: 'command#AUTH', limit: line.limit };
  context.recordRefusal(REPLIES.authLineTooLong, refusal);
  context.refuseLogin(REPLIES.authLineTooLong, refusal.rule);
}

function failExchange(context: SessionContext, reply: Reply, refusal?: Refusal): void {
  const isRelayed = context.state.kind === 'exchange' && context.state.exchange.by === 'next-hop';
  context.enter('login-over');
  if (isRelayed) context.do({ kind: 'hop-auth-cancel' });
  context.reply(reply, refusal);
}
