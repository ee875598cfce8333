/** DynamoDB's batch calls may leave keys and items unprocessed when throttled; this asks again for what was left. */
import { setTimeout } from 'node:timers/promises';

/** Milliseconds; the pause doubles from the first to the longest, each shortened at random by up to a half. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 400;

/**
 * Calls `attempt` with what is left until nothing is, or until `boundMs` is over.
 *
 * Returns what is left then, empty when all was processed. What `attempt` throws is thrown; it is given a signal that
 * aborts at the bound, so that no call outlasts it. A call that the bound cuts off throws only when it is the first: of
 * later ones what is left is known.
 */
export async function untilProcessed<T>(
  items: readonly T[],
  attempt: (left: readonly T[], signal: AbortSignal) => Promise<readonly T[]>,
  boundMs: number,
): Promise<readonly T[]> {
  const signal = AbortSignal.timeout(boundMs);
  let left = await attempt(items, signal);
  for (let pauseMs = FIRST_PAUSE_MS; left.length > 0; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if (!(await paused(pauseMs * (1 - Math.random() / 2), signal))) break;
    try {
      left = await attempt(left, signal);
    } catch (error) {
      if (signal.aborted) break;
      throw error;
    }
  }
  return left;
}

/** Waits; false when the signal ended the wait. */
async function paused(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await setTimeout(milliseconds, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
