/** Gets a password: typed twice without echo on a terminal, or read from standard input. */

import { StringDecoder } from 'node:string_decoder';
import type { ReadStream } from 'node:tty';
import { MAX_PASSWORD_OCTETS, preparePassword } from '../policy/password.ts';
import { CliError, UsageError } from './cli-error.ts';
import { readStandardInput } from './standard-input.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const ERASE = ['\u0008', '\u007f'];

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
 * @throws CliError when it cannot be one, the two differ, or the user breaks off; UsageError when nobody can be asked
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

/** Raw mode from before the first question to after the last key, so that the terminal shows nothing of either. */
async function askTwice(input: ReadStream, prompt: PasswordSource['prompt']): Promise<string> {
  input.setRawMode(true);
  try {
    const first = await ask(input, prompt, 'Password: ');
    const second = await ask(input, prompt, 'Password again: ');
    if (first !== second) throw new CliError('The two passwords differ');
    return first;
  } finally {
    input.setRawMode(false);
  }
}

function ask(input: ReadStream, prompt: PasswordSource['prompt'], question: string): Promise<string> {
  prompt(question);
  const line = new HiddenLine();
  return new Promise((resolve, reject) => {
    const receive = (octets: Buffer): void => {
      const state = line.receive(octets);
      if (state === 'open') return;
      input.off('data', receive).pause();
      prompt('\n');
      if (state === 'done') resolve(line.text);
      else reject(new CliError('No password was given'));
    };
    input.on('data', receive).resume();
  });
}

/** A line under edit, as its keys arrive. */
export class HiddenLine {
  readonly #decoder = new StringDecoder('utf8');
  #characters: string[] = [];

  get text(): string {
    return this.#characters.join('');
  }

  receive(octets: Buffer): 'open' | 'done' | 'given-up' {
    for (const key of this.#decoder.write(octets)) {
      if (key === '\r' || key === '\n') return 'done';
      if (key === CTRL_C || key === CTRL_D) return 'given-up';
      if (key === CTRL_U) this.#characters = [];
      else if (ERASE.includes(key)) this.#characters.pop();
      else this.#characters.push(key);
    }
    return 'open';
  }
}
