/** Gets a password: typed twice without echo on a terminal, or read from standard input. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { MAX_PASSWORD_OCTETS, preparePassword } from '../../policy/password.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { readStandardInput } from './standard-input.ts';

export interface PasswordSource {
  readonly input: NodeJS.ReadStream;
  /** Aborted by Ctrl-C where the terminal gives it; where a password is typed, it is a key. */
  readonly signal: AbortSignal;
  /** Whether it comes from standard input, and is not asked for. */
  readonly isPiped: boolean;
  /** Shows text on standard error. */
  readonly prompt: (text: string) => void;
}

/**
 * The prepared password.
 *
 * @throws CliError when it cannot be one, the two differ, or the user breaks off; UsageError when no one can be asked
 */
export async function readPassword({ input, signal, isPiped, prompt }: PasswordSource): Promise<string> {
  if (!isPiped && !input.isTTY) throw new UsageError('There is no terminal to ask for the password: use --stdin');
  const text = isPiped ? await readPiped(input, signal) : await askTwice(input, prompt);
  const password = preparePassword(text);
  if (!password.ok) throw new CliError(`The password ${password.problem}`);
  return password.value;
}

/** Less its last line end, which a shell puts there. */
async function readPiped(input: NodeJS.ReadStream, signal: AbortSignal): Promise<string> {
  const octets = await readStandardInput(input, signal, 2 * MAX_PASSWORD_OCTETS);
  return octets.toString().replace(/\r?\n$/, '');
}

/** One line editor for both questions, so that the terminal shows nothing of what is typed between them. */
async function askTwice(input: NodeJS.ReadStream, prompt: PasswordSource['prompt']): Promise<string> {
  const nowhere = new Writable({ write: (_octets, _encoding, done) => done() });
  const editor = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
  editor.once('SIGINT', () => editor.close());
  const lines = editor[Symbol.asyncIterator]();
  const ask = async (question: string): Promise<string> => {
    prompt(question);
    const typed = await lines.next();
    prompt('\n');
    if (typed.done === true) throw new CliError('No password was given');
    return typed.value;
  };
  try {
    const first = await ask('Password: ');
    const second = await ask('Password again: ');
    if (first !== second) throw new CliError('The two passwords differ');
    return first;
  } finally {
    editor.close();
  }
}
