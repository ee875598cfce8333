/** The relay rule: who may send to whom, and by which next hop. */
import { carriesRouting, parseMailbox } from './address.ts';
import { MAX_RELAY_CACHE_SECONDS } from './bounds.ts';
import type { CheckRelayAnswer } from './decision.ts';
import type { DomainItem } from './item.ts';
import { nextHopName } from './next-hop.ts';
import { REPLIES } from './reply.ts';
import type { CheckRelayRequest } from './request.ts';
import type { Settings } from './settings.ts';

export type RelayQuestion = Pick<CheckRelayRequest, 'identity' | 'recipient' | 'trusted'>;
type Scope = Pick<Exclude<CheckRelayAnswer, { kind: 'defer' }>, 'scope' | 'cacheSeconds' | 'rule'>;

/** `<postmaster>` without a domain, in any case: always taken (RFC 5321 section 4.5.1). */
export function isBarePostmaster(recipient: string): boolean {
  return recipient.toLowerCase() === 'postmaster';
}

/** The domain whose `domain#` item bears on a recipient; `undefined` when none can. */
export function relayDomain(recipient: string): string | undefined {
  const mailbox = parseMailbox(recipient);
  return mailbox.ok ? mailbox.value.domain : undefined;
}

/**
 * Decides one recipient. An identity or a trusted client goes where `settings.relay` allows; everybody else to listed
 * domains only, and never with routing in the local part.
 *
 * @param listed the `domain#` item of the recipient's domain, `undefined` when there is none
 */
export function decideRelay(
  question: RelayQuestion,
  settings: Settings,
  listed: DomainItem | undefined,
): CheckRelayAnswer {
  const lasting = (scope: Scope['scope'], rule: string): Scope => ({
    scope,
    cacheSeconds: MAX_RELAY_CACHE_SECONDS,
    rule,
  });
  const defaultNextHop = nextHopName(settings.defaultNextHop);
  if (isBarePostmaster(question.recipient)) {
    return { kind: 'permit', nextHop: defaultNextHop, ...lasting('recipient', 'postmaster') };
  }

  const mailbox = parseMailbox(question.recipient);
  if (!mailbox.ok)
    return { kind: 'reject', reply: REPLIES.badForwardPath, ...lasting('recipient', 'recipient-syntax') };
  const { localPart, domain } = mailbox.value;
  const isTrusted = question.identity !== undefined || question.trusted;
  const isRouted = carriesRouting(localPart);
  if (isRouted && !isTrusted) {
    return { kind: 'reject', reply: REPLIES.relayDenied, ...lasting('recipient', 'routed-local-part') };
  }

  const scope = isRouted ? 'recipient' : 'domain';
  if (listed !== undefined) {
    const nextHop = listed.nextHop === undefined ? defaultNextHop : nextHopName(listed.nextHop);
    return { kind: 'permit', nextHop, ...lasting(scope, `domain#${domain}`) };
  }
  if (isTrusted && settings.relay === 'any-domain') {
    return { kind: 'permit', nextHop: defaultNextHop, ...lasting(scope, 'settings#relay') };
  }
  return {
    kind: 'reject',
    reply: REPLIES.relayDenied,
    ...lasting(scope, isTrusted ? 'settings#relay' : 'relay-domains'),
  };
}
