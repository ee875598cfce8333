/** Whom XCLIENT names to hops for a session, as it stands now; nobody where policy does not pass clients on. */
import type { SmtpSession } from '../../protocol/session/session.ts';
import type { XclientIdentity } from '../next-hop/smtp/xclient.ts';

export function xclientIdentity(session: SmtpSession, address: string): XclientIdentity | undefined {
  if (session.policy.settings.passClient !== 'xclient') return undefined;
  return { address, hello: session.hello, login: session.identityName };
}
