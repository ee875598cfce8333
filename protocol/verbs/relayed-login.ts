/**
 * Logins that the next hop judges: the exchange goes through the screen, a line at a time.
 *
 * What a client says is screened for its length and for base64 before a hop hears it, and read along to know who logs
 * in (`relayed-login-witness.ts`). What the hop says is a challenge for the client or a verdict, and nothing else. No line is kept.
 */
import { REPLIES, type Reply } from '../../policy/reply.ts';
import { assertNever } from '../../policy/result.ts';
import type { RelayedLoginReply } from '../hop/relayed-login-reply.ts';
import {
  hear,
  identityOf,
  isServerFirst,
  newWitness,
  type RelayedLoginWitness,
  UNKNOWN_IDENTITY,
} from '../sasl/relayed-login-witness.ts';
import { isOAuth } from '../sasl/sasl.ts';
import type { SessionContext } from '../session/session-context.ts';
import type { RelayedLogin } from '../session/session-state.ts';
import { decodeInitial } from './directory-login.ts';

/** More than any mechanism has; a hop that goes on challenging is given up. */
export const MAX_CHALLENGES = 20;

/** @param initial the initial response as it came */
export function startRelayedLogin(context: SessionContext, mechanism: string, initial: string | undefined): undefined {
  const { hello } = context;
  const nextHop = context.policy.settings.defaultNextHop;
  if (hello?.verb === 'HELO') {
    // Mechanisms are learnt at EHLO; RFC 4954 section 4 has AUTH after EHLO only.
    return context.refuse(REPLIES.helloFirst);
  }
  if (hello?.hopMechanisms === undefined || nextHop.kind !== 'smtp') {
    return context.refuse(REPLIES.authenticationDeferred, undefined, 'next-hop-down');
  }
  if (!hello.hopMechanisms.includes(mechanism)) return context.refuse(REPLIES.mechanismUnknown);
  const response = decodeInitial(initial);
  if (response?.ok === false || (initial !== undefined && isServerFirst(mechanism))) {
    return context.refuse(REPLIES.badBase64);
  }
  const witness = newWitness(mechanism);
  const heard = response === undefined ? witness : heardOf(context, witness, response.value);
  if (heard === undefined) return;
  pass(context, { witness: heard, challenges: 0 });
  context.do({ kind: 'hop-auth', nextHop, mechanism, ...(initial === undefined ? {} : { initial }) });
}

export interface Response {
  /** As it came. */
  readonly text: string;
  /** Decoded. */
  readonly octets: Uint8Array;
}

export function relayResponse(context: SessionContext, login: RelayedLogin, { text, octets }: Response): void {
  const witness = heardOf(context, login.witness, octets);
  if (witness === undefined) return;
  pass(context, { witness, challenges: login.challenges });
  context.do({ kind: 'hop-auth-response', response: text });
}

/** `*` of the client. A challenge after a token says that the token is bad, so that login has failed (RFC 7628 section 3.2.3). */
export function cancelRelayedLogin(context: SessionContext, { witness }: RelayedLogin): void {
  context.enter('login-over');
  context.do({ kind: 'hop-auth-cancel' });
  if (!isOAuth(witness.mechanism) || witness.messages === 0) {
    context.reply(REPLIES.authenticationCancelled);
    return;
  }
  record(context, witness, 'reject', REPLIES.credentialsInvalid);
  context.refuseLogin(REPLIES.credentialsInvalid, 'next-hop');
}

function pass(context: SessionContext, login: RelayedLogin): void {
  context.enter('auth-line', { login });
  context.deadlineMs = undefined;
}

/** The witness, with this message heard; `undefined` when the client has been refused for it. */
function heardOf(
  context: SessionContext,
  witness: RelayedLoginWitness,
  message: Uint8Array,
): RelayedLoginWitness | undefined {
  const testimony = hear(witness, message);
  if (testimony.kind === 'heard') return testimony.witness;
  if (context.state.kind === 'exchange') {
    context.enter('login-over');
    context.do({ kind: 'hop-auth-cancel' });
  }
  if (testimony.kind === 'malformed') {
    context.reply(REPLIES.badBase64);
    return undefined;
  }
  record(context, testimony.witness, 'reject', REPLIES.credentialsInvalid);
  context.refuseLogin(REPLIES.credentialsInvalid);
  return undefined;
}

export function receiveRelayedLoginReply(context: SessionContext, answer: RelayedLoginReply): void {
  if (context.state.kind !== 'hop-login') return;
  const { login } = context.state;
  switch (answer.kind) {
    case 'challenge':
      challenge(context, login, answer.text);
      return;
    case 'taken':
      permit(context, login.witness);
      return;
    case 'refused':
      refuse(context, login.witness, answer.reply);
      return;
    case 'deferred':
      defer(context, login.witness);
      return;
    default:
      assertNever(answer);
  }
}

function challenge(context: SessionContext, { witness, challenges }: RelayedLogin, text: string): void {
  if (challenges === MAX_CHALLENGES) {
    context.do({ kind: 'hop-auth-cancel' });
    defer(context, witness);
    return;
  }
  context.enter('challenge', { exchange: { by: 'next-hop', witness, challenges: challenges + 1 } });
  context.reply({ code: 334, text });
}

/** The published server judges what its users may send; the policy of this screen applies all the same. */
function permit(context: SessionContext, witness: RelayedLoginWitness): void {
  const name = identityOf(witness);
  if (name === undefined) {
    context.do({ kind: 'hop-auth-cancel' });
    defer(context, witness);
    return;
  }
  context.enter('login-over');
  context.identity = { name, senders: ['*'], mayBounce: true, limits: {} };
  record(context, witness, 'permit', REPLIES.authenticated);
  context.reply(REPLIES.authenticated);
}

function refuse(context: SessionContext, witness: RelayedLoginWitness, reply: Reply): void {
  context.enter('login-over');
  record(context, witness, 'reject', reply);
  if (reply === REPLIES.credentialsInvalid) context.refuseLogin(reply, 'next-hop');
  else context.reply(reply, undefined, 'next-hop');
}

function defer(context: SessionContext, witness: RelayedLoginWitness): void {
  context.enter('login-over');
  record(context, witness, 'defer', REPLIES.authenticationDeferred);
  context.reply(REPLIES.authenticationDeferred, undefined, 'next-hop');
}

function record(
  context: SessionContext,
  { mechanism, username = UNKNOWN_IDENTITY }: RelayedLoginWitness,
  verdict: 'permit' | 'reject' | 'defer',
  reply: Reply,
): void {
  context.recordLogin({ mechanism, username, verdict, reply });
}
