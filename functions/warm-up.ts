/** What a function does before its first call. */
import { logProblem, problemOfError } from './log.ts';

/**
 * Waits for a question that is asked only so that the first real one need not open the connection, sign for the first time
 * and have the code for it compiled. Lambda gives loading a whole processor, whatever the function's memory.
 *
 * Never rejects: what keeps the question from its answer will keep the real one too, and is told there.
 */
export async function warmedUp(ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    logProblem({ problem: `Cannot warm up: ${problemOfError(error)}` });
  }
}
