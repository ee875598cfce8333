/** EHLO and HELO (RFC 5321 section 4.1.1.1), and STARTTLS (RFC 3207). */
import { MAX_DOMAIN_OCTETS } from '../../policy/address.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';
import { directoryMechanisms, relayedMechanisms } from '../sasl/mechanisms.ts';
import type { SessionContext } from '../session/session-context.ts';
import { helloReply } from './hello-replies.ts';
import { traceName } from './received-field.ts';

export function EHLO(context: SessionContext, argument: string): void {
  hello(context, 'EHLO', argument);
}

export function HELO(context: SessionContext, argument: string): void {
  hello(context, 'HELO', argument);
}

/** What a name is refused for, outer blanks dropped; whatever it says, it is printable ASCII. */
function nameRefusal(name: string): Reply | undefined {
  if (name === '') return REPLIES.nameRequired;
  if (name.includes(' ')) return REPLIES.nameHasBlank;
  return name.length > MAX_DOMAIN_OCTETS ? REPLIES.nameTooLong : undefined;
}

/** The name is not held against the client's address: RFC 5321 section 4.1.4 forbids to refuse mail for it. */
function hello(context: SessionContext, verb: 'EHLO' | 'HELO', name: string): undefined {
  const refusal = nameRefusal(name);
  if (refusal !== undefined) return context.refuse(refusal);
  context.giveUpTransaction(verb);
  context.hello = { verb, name, traceName: traceName(name) };
  context.enter(verb);
  const { hostname, authenticator, defaultNextHop } = context.policy.settings;
  if (verb === 'HELO') {
    context.reply({ code: 250, text: hostname });
    return;
  }
  if (authenticator !== 'next-hop' || !mayAuthenticateNow(context)) {
    offerExtensions(context);
    return;
  }
  context.enter('mechanisms-asked');
  context.deadlineMs = undefined;
  context.do({ kind: 'learn-mechanisms', nextHop: defaultNextHop });
}

/** What the hop that authenticates offers under TLS; `undefined` when it could not be asked. */
export function receiveMechanisms(context: SessionContext, offered: readonly string[] | undefined): void {
  if (context.state.kind !== 'learning' || context.hello === undefined) return;
  context.enter('mechanisms-known');
  const { policy, hello } = context;
  if (offered !== undefined) context.hello = { ...hello, hopMechanisms: relayedMechanisms(policy, offered) };
  offerExtensions(context);
}

function offerExtensions(context: SessionContext): void {
  context.reply(helloReply(context.policy, { isTls: context.isTls, mechanisms: mechanismsNow(context) }));
}

function mechanismsNow(context: SessionContext): readonly string[] {
  if (!mayAuthenticateNow(context)) return [];
  const isRelayed = context.policy.settings.authenticator === 'next-hop';
  return isRelayed ? (context.hello?.hopMechanisms ?? []) : directoryMechanisms(context.policy);
}

/** Whether this server has AUTH at all, perhaps only after STARTTLS. */
export function hasAuthentication(context: SessionContext): boolean {
  return context.policy.settings.authentication !== 'none' && context.policy.commands.AUTH.allowed;
}

export function needsTlsToAuthenticate(context: SessionContext): boolean {
  return context.policy.settings.authenticationRequiresTls && !context.isTls;
}

function mayAuthenticateNow(context: SessionContext): boolean {
  return hasAuthentication(context) && !needsTlsToAuthenticate(context) && context.identity === undefined;
}

export function STARTTLS(context: SessionContext): undefined {
  if (context.isTls) return context.refuse(REPLIES.alreadyTls);
  context.reply(REPLIES.startTls);
  context.do({ kind: 'start-tls' });
  context.enter('STARTTLS');
  awaitHandshake(context);
}

/** A handshake never outlasts the time that a command may take, nor `withinMs`. */
export function awaitHandshake(context: SessionContext, withinMs = Number.POSITIVE_INFINITY): void {
  const { tlsHandshakeTimeoutSeconds, commandTimeoutSeconds } = context.policy.settings;
  const timeoutMs = Math.min(tlsHandshakeTimeoutSeconds, commandTimeoutSeconds) * 1000;
  context.deadlineMs = context.nowMs + Math.min(timeoutMs, withinMs);
}
