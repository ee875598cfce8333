/** Questions to whoever sits at the terminal. */
import { createInterface } from 'node:readline';
import { CliError, Interrupted } from '../cli-error.ts';
import type { Context } from '../context.ts';

export interface Question {
  /** What is about to happen, and why it may not be meant; one line or more. */
  readonly what: string;
  /** Whether the option was given by which nothing is asked. */
  readonly isForced: boolean;
  /** --force where nothing is said. */
  readonly option?: string;
}

/** @throws CliError where the answer is not yes, or there is no terminal to ask */
export async function confirm({ what, isForced, option = '--force' }: Question, context: Context): Promise<void> {
  if (isForced) return;
  const { input, output, signal } = context;
  if (!input.isTTY) {
    throw new CliError(`${what}\nNothing was changed: there is no terminal to ask; ${option} does it all the same`);
  }
  for (const line of what.split('\n')) output.note(line);
  output.prompt('Go on? [y/N] ');
  const lines = createInterface({ input, terminal: false, signal });
  // At the end of the input there is no answer.
  const typed = await lines[Symbol.asyncIterator]().next();
  lines.close();
  if (signal.aborted) throw new Interrupted('Nothing was changed');
  const isYes = typed.done !== true && /^y(?:es)?$/i.test(typed.value.trim());
  if (!isYes) throw new CliError('Nothing was changed');
}
