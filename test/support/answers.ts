/** What the decision functions and the next hop say in a test. The relay rule is the real one. */

import { parseDomain } from '../../policy/address.ts';
import type { AuthenticateDecision, CheckLimitsDecision, CheckRelayDecision } from '../../policy/decision.ts';
import { checkRelayDecisionSchema } from '../../policy/decision.ts';
import type { DomainItem } from '../../policy/item.ts';
import { decideRelay, type RelayQuestion, relayDomain } from '../../policy/relay-rule.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';
import type { Policy } from '../../policy/snapshot.ts';
import type { HopAnswer, MailCommand } from '../../protocol/hop/hop-answer.ts';
import type { RelayedLoginReply } from '../../protocol/hop/relayed-login-reply.ts';

export interface LoginQuestion {
  readonly username: string;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
}

/** A line of AUTH as the hop hears it. */
export type AuthRequest =
  | { readonly kind: 'start'; readonly mechanism: string; readonly initial?: string }
  | { readonly kind: 'response'; readonly response: string };

export interface LimitsQuestion {
  readonly identity: string;
  readonly recipients: number;
  readonly limits: Readonly<Record<string, number>>;
}

export type HopRequest =
  | { readonly kind: 'recipient'; readonly mail: MailCommand; readonly forwardPath: string }
  | { readonly kind: 'content' }
  | { readonly kind: 'finish' };

/** `undefined` leaves the question open; the test answers it later. */
export interface Answers {
  authenticate(question: LoginQuestion): AuthenticateDecision | undefined;
  checkRelay(question: RelayQuestion, policy: Policy): CheckRelayDecision | undefined;
  hop(request: HopRequest): HopAnswer | undefined;
  /** Permits when absent. */
  checkLimits?(question: LimitsQuestion): CheckLimitsDecision | undefined;
  /** Mechanisms of the hop; when absent, or `undefined`, it cannot be asked. */
  mechanisms?(): readonly string[] | undefined;
  /** The hop's answer to a line of AUTH; when absent it cannot be asked. `undefined` leaves it open. */
  hopAuth?(request: AuthRequest): RelayedLoginReply | undefined;
}

export const ALICE = { username: 'alice@example.com', password: 'wonderland' } as const;

export function permitLogin(
  identity: string,
  senders: readonly string[],
  rest: Partial<Extract<AuthenticateDecision, { kind: 'permit' }>> = {},
): AuthenticateDecision {
  return { kind: 'permit', identity, senders: [...senders], limits: {}, cacheSeconds: 0, ...rest };
}

/** Lets in ALICE, who may send as herself. */
export function authenticateAlice({ username, password }: LoginQuestion): AuthenticateDecision {
  return username === ALICE.username && password === ALICE.password
    ? permitLogin(ALICE.username, [ALICE.username])
    : { kind: 'reject', reply: REPLIES.credentialsInvalid };
}

/** The relay rule over a list of domains. */
export function relayTo(domains: readonly string[]): Answers['checkRelay'] {
  return (question, policy) => {
    const domain = relayDomain(question.recipient);
    const listed = domain !== undefined && domains.includes(domain) ? domainItem(domain) : undefined;
    return checkRelayDecisionSchema.parse(decideRelay(question, policy.settings, listed));
  };
}

function domainItem(name: string): DomainItem {
  const domain = parseDomain(name);
  if (!domain.ok) throw new TypeError(`Cannot list the test's domain: ${domain.problem}`);
  return { kind: 'domain', domain: domain.value };
}

export function taken(reply: Reply): HopAnswer {
  return { reply, isTaken: true, rule: 'next-hop' };
}

export function refused(reply: Reply): HopAnswer {
  return { reply, isTaken: false, rule: 'next-hop' };
}

/** A next hop that takes everything. */
export function willingHop(request: HopRequest): HopAnswer {
  const replies = { recipient: REPLIES.recipientOk, content: REPLIES.startMail, finish: REPLIES.ok } as const;
  return taken(replies[request.kind]);
}

export const WILLING: Answers = {
  authenticate: authenticateAlice,
  checkRelay: relayTo(['example.com']),
  hop: willingHop,
};
