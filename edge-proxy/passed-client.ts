/** Whom XCLIENT names to hops for a session, as it stands now; nobody where policy does not pass clients on. */
import type { SmtpSession } from '../protocol/session.ts';
import type { PassedClient } from './next-hop/xclient.ts';

export function passedClient(session: SmtpSession, address: string): PassedClient | undefined {
  if (session.policy.settings.passClient !== 'xclient') return undefined;
  return { address, hello: session.hello, login: session.identityName };
}
