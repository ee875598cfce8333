/** What a server says of itself. */
import type { Reply } from '../../policy/reply.ts';
import type { Policy } from '../../policy/snapshot.ts';

/** What EHLO's reply depends on besides policy. */
export interface Advertised {
  readonly isTls: boolean;
  /** SASL mechanisms; none where AUTH may not come now. */
  readonly mechanisms: readonly string[];
}

export function greeting({ settings }: Policy): Reply {
  return { code: 220, text: `${settings.hostname} ESMTP Postern` };
}

export function helloReply(policy: Policy, advertised: Advertised): Reply {
  return { code: 250, text: [policy.settings.hostname, ...extensions(policy, advertised)].join('\n') };
}

/** No CHUNKING and no DSN, on purpose: a proxy without a queue cannot honour them. */
function extensions({ settings, commands }: Policy, { isTls, mechanisms }: Advertised): string[] {
  const offered = ['PIPELINING', `SIZE ${settings.maxMessageOctets}`, '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES'];
  if (!isTls && commands.STARTTLS.allowed) offered.push('STARTTLS');
  if (mechanisms.length > 0) offered.push(`AUTH ${mechanisms.join(' ')}`);
  return offered;
}
