/** Under which keys a relay decision is remembered, and found again. */
import { carriesRouting, parseMailbox } from '../../policy/address.ts';
import type { CheckRelayRequest } from '../../policy/request.ts';

type Asker = Pick<CheckRelayRequest, 'server' | 'identity' | 'trusted'>;

/** The question itself, and that of its whole domain; the latter is absent where the local part carries routing. */
export interface RelayKeys {
  readonly recipientKey: string;
  readonly domainKey: string | undefined;
}

/** Keys by server, identity, trust, and scope. */
export function relayKeys({ server, identity, trusted }: Asker, recipient: string): RelayKeys {
  // No part holds NUL: names of servers and users are without it, and the screen lets none pass in a path.
  const who = `${server}\0${identity ?? ''}\0${trusted}\0`;
  const domain = sharedDomain(recipient);
  return {
    recipientKey: `${who}recipient ${recipient}`,
    domainKey: domain === undefined ? undefined : `${who}domain ${domain}`,
  };
}

/** The domain whose decision may stand for this recipient. */
function sharedDomain(recipient: string): string | undefined {
  const mailbox = parseMailbox(recipient);
  if (!mailbox.ok || carriesRouting(mailbox.value.localPart)) return undefined;
  return mailbox.value.domain;
}
