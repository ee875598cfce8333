/** Logins that the directory judges. Credentials leave the machine in one effect and are kept nowhere. */
import type { AuthenticateDecision } from '../../policy/decision.ts';
import { REPLIES } from '../../policy/reply.ts';
import { assertNever } from '../../policy/result.ts';
import { directoryMechanisms } from '../sasl/mechanisms.ts';
import {
  continueExchange,
  decodeBase64,
  mechanismNamed,
  type SaslCredentials,
  type SaslExchange,
  type SaslMechanism,
  type SaslStep,
  startExchange,
} from '../sasl/sasl.ts';
import type { SessionContext } from '../session/session-context.ts';

/** @param initial the initial response as it came */
export function startDirectoryLogin(context: SessionContext, name: string, initial: string | undefined): undefined {
  const mechanism = mechanismNamed(name);
  if (mechanism === undefined || !directoryMechanisms(context.policy).includes(mechanism)) {
    return context.refuse(REPLIES.mechanismUnknown);
  }
  const response = decodeInitial(initial);
  if (response?.ok === false) return context.refuse(REPLIES.badBase64);
  take(context, startExchange(mechanism, response?.value), mechanism);
}

/** `=` is an empty initial response; RFC 4954 section 4. */
export function decodeInitial(initial: string | undefined) {
  if (initial === undefined) return undefined;
  return decodeBase64(initial === '=' ? '' : initial);
}

/** A response in the exchange, decoded. */
export function hearResponse(context: SessionContext, exchange: SaslExchange, response: Uint8Array): void {
  take(context, continueExchange(exchange, response), exchange.mechanism);
}

function take(context: SessionContext, step: SaslStep, mechanism: SaslMechanism): void {
  switch (step.kind) {
    case 'challenge':
      context.enter('challenge', { exchange: { by: 'directory', sasl: step.exchange } });
      context.reply({ code: 334, text: step.text });
      return;
    case 'malformed':
      if (context.state.kind === 'exchange') context.enter('login-over');
      context.reply(REPLIES.badBase64);
      return;
    case 'credentials':
      takeCredentials(context, step, mechanism);
      return;
    case 'unprepared':
      context.enter('credentials', { mechanism, username: step.username });
      receiveAuthentication(context, { kind: 'reject', reply: REPLIES.credentialsInvalid });
      return;
    default:
      assertNever(step);
  }
}

/** No one may act for another: an authorization identity that differs is refused without asking (RFC 4616 section 2). */
function takeCredentials(context: SessionContext, credentials: SaslCredentials, mechanism: SaslMechanism): void {
  const { kind: _, authorization, ...rest } = credentials;
  const { username } = credentials;
  context.enter('credentials', { mechanism, username });
  if (authorization !== '' && authorization !== username) {
    receiveAuthentication(context, { kind: 'reject', reply: REPLIES.credentialsInvalid });
    return;
  }
  context.deadlineMs = undefined;
  context.do({ kind: 'authenticate', mechanism, ...rest });
}

export function receiveAuthentication(context: SessionContext, decision: AuthenticateDecision): void {
  if (context.state.kind !== 'authenticating') return;
  const { mechanism, username } = context.state;
  const reply = decision.kind === 'permit' ? REPLIES.authenticated : decision.reply;
  context.enter('login-over');
  if (decision.kind === 'permit') {
    const { identity: name, senders, limits, mayBounce = true } = decision;
    context.identity = { name, senders, limits, mayBounce };
  }
  context.recordLogin({ mechanism, username, verdict: decision.kind, reply });
  if (decision.kind === 'reject') refuse(context, decision);
  else context.reply(reply);
}

/** An OAuth client is told first what is wrong with its token: a challenge, since a reply has no place for it (RFC 7628 section 3.2.2). */
function refuse(context: SessionContext, decision: Extract<AuthenticateDecision, { kind: 'reject' }>): void {
  const { reply, rule, challenge } = decision;
  if (rule !== undefined) context.recordLimit(rule, context.policy.settings.lockoutFailures, reply);
  if (challenge === undefined) {
    context.refuseLogin(reply, rule);
    return;
  }
  context.enter('challenge', { exchange: { by: 'refusal', reply, rule } });
  context.reply({ code: 334, text: Buffer.from(challenge, 'utf8').toString('base64') });
}
