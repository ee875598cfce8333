/** Under which keys a relay decision is remembered, and found again. */
import { carriesRouting, parseMailbox } from '../../policy/address.ts';
import type { CheckRelayRequest } from '../../policy/request.ts';

/** The question itself, and that of its whole domain; the latter is absent where the local part carries routing. */
export interface RelayKeys {
  readonly recipientKey: string;
  readonly domainKey: string | undefined;
}

/**
 * Keys by server, identity, trust, and scope.
 *
 * @param domainOf for the proof that the fast path changes nothing
 */
export function relayKeys(request: CheckRelayRequest, domainOf = quickDomain): RelayKeys {
  const { server, identity, trusted, recipient } = request;
  // No part holds NUL: names of servers and users are without it, and the screen lets none pass in a path.
  const who = `${server}\0${identity ?? ''}\0${trusted}\0`;
  const domain = domainOf(recipient);
  return {
    recipientKey: `${who}recipient ${recipient}`,
    domainKey: domain === undefined ? undefined : `${who}domain ${domain}`,
  };
}

/** Letters, digits and what else a plain address has; nothing that is read in two ways. */
const PLAIN_ADDRESS = /^[A-Za-z0-9._+=-]{1,64}@(?:[A-Za-z0-9]{1,50}[.-]){0,4}[A-Za-z]{2,20}$/;

/** As `parsedDomain`, without parsing most addresses: a microsecond for each recipient whose answer is remembered. */
function quickDomain(recipient: string): string | undefined {
  if (!PLAIN_ADDRESS.test(recipient)) return parsedDomain(recipient);
  return recipient.slice(recipient.indexOf('@') + 1).toLowerCase();
}

/** The domain whose decision may stand for this recipient. */
export function parsedDomain(recipient: string): string | undefined {
  const mailbox = parseMailbox(recipient);
  if (!mailbox.ok || carriesRouting(mailbox.value.localPart)) return undefined;
  return mailbox.value.domain;
}
