/** What a server says of itself, to many clients the same: made once for a policy. */
import { fixedReply, type Reply } from '../../policy/reply.ts';
import type { Policy } from '../../policy/snapshot.ts';

/** What EHLO's reply depends on besides policy. */
export interface Offer {
  readonly isTls: boolean;
  /** SASL mechanisms; none where AUTH may not come now. */
  readonly mechanisms: readonly string[];
}

interface HelloReplies {
  readonly greeting: Reply;
  /** By what they offer; as many as there are states of a session, and lists of mechanisms of the next hop. */
  readonly offers: Map<string, Reply>;
}

/** Lists that a next hop may change as it likes are not kept without end. */
const MAX_OFFERS = 10;

const known = new WeakMap<Policy, HelloReplies>();

export function greeting(policy: Policy): Reply {
  return repliesOf(policy).greeting;
}

export function helloReply(policy: Policy, offer: Offer): Reply {
  const { offers } = repliesOf(policy);
  const key = `${offer.isTls} ${offer.mechanisms.join(' ')}`;
  const kept = offers.get(key);
  if (kept !== undefined) return kept;
  const text = [policy.settings.hostname, ...extensions(policy, offer)].join('\n');
  const reply = fixedReply({ code: 250, text });
  if (offers.size < MAX_OFFERS) offers.set(key, reply);
  return reply;
}

function repliesOf(policy: Policy): HelloReplies {
  const kept = known.get(policy);
  if (kept !== undefined) return kept;
  const greets = fixedReply({ code: 220, text: `${policy.settings.hostname} ESMTP Postern` });
  const replies = { greeting: greets, offers: new Map<string, Reply>() };
  known.set(policy, replies);
  return replies;
}

/** No CHUNKING and no DSN, on purpose: a proxy without a queue cannot honour them. */
function extensions({ settings, commands }: Policy, { isTls, mechanisms }: Offer): string[] {
  const offered = ['PIPELINING', `SIZE ${settings.maxMessageOctets}`, '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES'];
  if (!isTls && commands.STARTTLS.allowed) offered.push('STARTTLS');
  if (mechanisms.length > 0) offered.push(`AUTH ${mechanisms.join(' ')}`);
  return offered;
}
