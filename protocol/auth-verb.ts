/** AUTH and its exchange (RFC 4954). Credentials leave the machine in one effect and are kept nowhere. */
import type { AuthenticateDecision } from '../policy/decision.ts';
import { REPLIES } from '../policy/reply.ts';
import { assertNever } from '../policy/result.ts';
import { hasAuthentication, needsTlsToAuthenticate } from './hello-verbs.ts';
import type { ScreenedLine } from './line-reader.ts';
import { continueExchange, decodeBase64, mechanismNamed, type SaslStep, startExchange } from './sasl.ts';
import type { SessionContext } from './session-context.ts';
import { replyLine } from './transaction.ts';

export function AUTH(context: SessionContext, argument: string): void {
  if (context.identity !== undefined) {
    context.reply(REPLIES.alreadyAuthenticated);
    return;
  }
  if (needsTlsToAuthenticate(context)) {
    context.reply(REPLIES.encryptionRequired, { rule: 'settings#authenticationRequiresTls' });
    return;
  }
  const [name = '', initial, ...rest] = argument.split(' ');
  if (name === '' || rest.length > 0) {
    context.reply(REPLIES.badArgument);
    return;
  }
  const mechanism = mechanismNamed(name);
  if (mechanism === undefined) {
    context.reply(REPLIES.mechanismUnknown);
    return;
  }
  const response = decodeInitial(initial);
  if (response?.ok === false) {
    context.reply(REPLIES.badBase64);
    return;
  }
  take(context, startExchange(mechanism, response?.value), mechanism);
}

/** AUTH where this server has none, whatever else is wrong with it. */
export function refuseAuthentication(context: SessionContext): boolean {
  if (hasAuthentication(context)) return false;
  context.reply(REPLIES.authenticationNotOffered, { rule: 'settings#authentication' });
  return true;
}

/** `=` is an empty initial response; RFC 4954 section 4. */
function decodeInitial(initial: string | undefined) {
  if (initial === undefined) return undefined;
  return decodeBase64(initial === '=' ? '' : initial);
}

/** A line of the exchange. A fault ends the exchange, not the session. */
export function receiveResponse(context: SessionContext, line: ScreenedLine): void {
  if (context.state.kind !== 'exchange') throw new TypeError('No exchange is under way');
  const { exchange } = context.state;
  if (line.isOverlong) {
    context.enter({ kind: 'ready' });
    context.reply(REPLIES.authLineTooLong, { rule: 'command#AUTH', limit: line.limit });
    return;
  }
  if (line.text === '*') {
    context.enter({ kind: 'ready' });
    context.reply(REPLIES.authenticationCancelled);
    return;
  }
  const response = decodeBase64(line.text);
  if (!response.ok) {
    context.enter({ kind: 'ready' });
    context.reply(REPLIES.badBase64);
    return;
  }
  take(context, continueExchange(exchange, response.value), exchange.mechanism);
}

function take(context: SessionContext, step: SaslStep, mechanism: 'PLAIN' | 'LOGIN'): void {
  switch (step.kind) {
    case 'challenge':
      context.enter({ kind: 'exchange', exchange: step.exchange });
      context.reply({ code: 334, text: step.text });
      return;
    case 'malformed':
      if (context.state.kind === 'exchange') context.enter({ kind: 'ready' });
      context.reply(REPLIES.badBase64);
      return;
    case 'credentials':
      takeCredentials(context, step, mechanism);
      return;
    default:
      assertNever(step);
  }
}

/** Nobody may act for another: an authorization identity that differs is refused without asking (RFC 4616 section 2). */
function takeCredentials(
  context: SessionContext,
  step: Extract<SaslStep, { kind: 'credentials' }>,
  mechanism: 'PLAIN' | 'LOGIN',
): void {
  const { authorization, username, password } = step;
  context.enter({ kind: 'authenticating', mechanism, username });
  if (authorization !== '' && authorization !== username) {
    receiveAuthentication(context, { kind: 'reject', reply: REPLIES.credentialsInvalid });
    return;
  }
  context.deadlineMs = undefined;
  context.do({ kind: 'authenticate', mechanism, username, password });
}

export function receiveAuthentication(context: SessionContext, decision: AuthenticateDecision): void {
  if (context.state.kind !== 'authenticating') return;
  const { mechanism, username } = context.state;
  const reply = decision.kind === 'permit' ? REPLIES.authenticated : decision.reply;
  context.enter({ kind: 'ready' });
  if (decision.kind === 'permit') context.identity = { name: decision.identity, senders: decision.senders };
  context.record({
    type: 'login',
    mechanism,
    username: username.slice(0, 256),
    verdict: decision.kind,
    reply: replyLine(reply),
  });
  if (decision.kind === 'reject') context.refuseLogin(reply);
  else context.reply(reply);
}
