/** Waiting for something to become so: looks again and again, no longer than a bound. */
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 20;
/** Milliseconds; far above what anything takes on a busy machine. */
const PATIENCE_MS = 20_000;

/**
 * The first value of `look` that is neither `undefined` nor `false`.
 *
 * @throws Error naming `what` when there is none in `patienceMs`
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadlineMs) throw new Error(`Not in ${patienceMs} ms: ${what}`);
    await delay(LOOK_MS);
  }
}
