/**
 * The sending limits: whether a user may send one more message, by what the user sent in this hour and on this day (UTC).
 *
 * A message is counted when it is let pass, before a next hop has its end: one that the hop then refuses has counted.
 */
import type { CheckLimitsDecision } from '../../policy/decision.ts';
import { REPLIES, type Reply, withText } from '../../policy/reply.ts';
import type { CheckLimitsRequest } from '../../policy/request.ts';
import type { SendingLimit, SendingLimits } from '../../policy/user.ts';
import { logProblem, problemOfError } from '../log.ts';
import type { SendingCounters, SentCounts } from './sending-counters.ts';
import { exceededLimit, LIMIT_UNITS } from './sending-limits.ts';

/** A request whose limits are all known: one that is not understood must not be none. */
export type LimitedMessage = Omit<CheckLimitsRequest, 'limits'> & { readonly limits: SendingLimits };

export interface LimitParts {
  readonly counters: SendingCounters;
  readonly nowMs: () => number;
}

const NOTHING_SENT: SentCounts = { messagesPerHour: 0, messagesPerDay: 0, recipientsPerHour: 0, recipientsPerDay: 0 };

/**
 * Counts one message and permits it, or rejects it with a limit that it would exceed and counts nothing.
 *
 * A message that is over a limit all by itself hears 450 like any other, since the limit is the user's and may be
 * raised while the client tries again; its text says that waiting alone will not do.
 */
export async function checkLimits(
  { server, session, identity, recipients, limits }: LimitedMessage,
  { counters, nowMs }: LimitParts,
): Promise<CheckLimitsDecision> {
  const hopeless = exceededLimit(NOTHING_SENT, recipients, limits);
  if (hopeless !== undefined) return rejected(hopeless, limits, aloneOver(hopeless, recipients, limits));
  const now = nowMs();
  let sent: SentCounts | undefined;
  try {
    sent = await counters.count({ user: identity, recipients, nowMs: now }, limits);
  } catch (error) {
    logProblem({ server, session, problem: `Cannot count messages: ${problemOfError(error)}` });
    return { kind: 'defer', reply: REPLIES.decisionDeferred };
  }
  if (sent === undefined) return { kind: 'permit' };
  const limit = exceededLimit(sent, recipients, limits);
  if (limit === undefined) throw new Error('Message was not counted though no limit is reached');
  return rejected(limit, limits, reached(limit, limits, now));
}

function rejected(name: SendingLimit, limits: SendingLimits, reply: Reply): CheckLimitsDecision {
  const { code, enhanced = '', text } = reply;
  return { kind: 'reject', reply: { code, enhanced, text }, rule: `user#limits.${name}`, limit: limits[name] ?? 0 };
}

function reached(name: SendingLimit, limits: SendingLimits, nowMs: number): Reply {
  const hour = (new Date(nowMs).getUTCHours() + 1) % 24;
  const end = LIMIT_UNITS[name].window === 'day' ? '00:00' : `${String(hour).padStart(2, '0')}:00`;
  const text = `Sending limit reached (${textOf(name, limits)}), try again after ${end} UTC`;
  return withText(REPLIES.sendingLimitReached, text);
}

function aloneOver(name: SendingLimit, recipients: number, limits: SendingLimits): Reply {
  const message = LIMIT_UNITS[name].what === 'messages' ? 'Message' : `Message to ${recipients} recipients`;
  const text = `${message} is over the sending limit by itself (${textOf(name, limits)})`;
  return withText(REPLIES.sendingLimitReached, text);
}

function textOf(name: SendingLimit, limits: SendingLimits): string {
  const { what, window } = LIMIT_UNITS[name];
  return `${what} per ${window}: ${limits[name]}`;
}
