/** Where `check-limits` counts what users send, over all sessions, tasks and its own copies. */
import type { SendingLimit, SendingLimits } from '../../policy/user.ts';

export interface CountedMessage {
  /** Who sends: the key of the table *users*. */
  readonly user: string;
  readonly recipients: number;
  /** When; its hour and its day (UTC) are the windows it counts in. */
  readonly nowMs: number;
}

/** What was sent in the windows of a message, itself not included. */
export type SentCounts = Readonly<Record<SendingLimit, number>>;

export interface SendingCounters {
  /**
   * Counts a message in all of its windows, if no limit would be exceeded; `undefined` then.
   * Else counts it in none, and returns what stands there. Rejects when the store does not answer.
   */
  count(message: CountedMessage, limits: SendingLimits): Promise<SentCounts | undefined>;
}
