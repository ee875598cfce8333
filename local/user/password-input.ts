/** Gets a password: typed twice without echo on a terminal, or read from standard input. */

import { StringDecoder } from 'node:string_decoder';
import type { ReadStream } from 'node:tty';
import { MAX_PASSWORD_OCTETS, preparePassword } from '../../policy/password.ts';
import { RunError } from '../run-error.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const ERASE = ['\u0008', '\u007f'];

/**
 * The prepared password.
 *
 * @throws RunError when it cannot be one, the two differ, or the user breaks off
 */
export async function readPassword(input: NodeJS.ReadStream, prompt: NodeJS.WritableStream): Promise<string> {
  const text = input.isTTY ? await askTwice(input, prompt) : await readAll(input);
  const password = preparePassword(text);
  if (!password.ok) throw new RunError(`The password ${password.problem}`);
  return password.value;
}

/** Raw mode from before the first question to after the last key, so that the terminal shows nothing of either. */
async function askTwice(input: ReadStream, prompt: NodeJS.WritableStream): Promise<string> {
  input.setRawMode(true);
  try {
    const first = await ask(input, prompt, 'Password: ');
    const second = await ask(input, prompt, 'Password again: ');
    if (first !== second) throw new RunError('The two passwords differ');
    return first;
  } finally {
    input.setRawMode(false);
  }
}

function ask(input: ReadStream, prompt: NodeJS.WritableStream, question: string): Promise<string> {
  prompt.write(question);
  const line = new HiddenLine();
  return new Promise((resolve, reject) => {
    const receive = (octets: Buffer): void => {
      const state = line.receive(octets);
      if (state === 'open') return;
      input.off('data', receive).pause();
      prompt.write('\n');
      if (state === 'done') resolve(line.text);
      else reject(new RunError('No password was given'));
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

async function readAll(input: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let octets = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    octets += chunk.length;
    if (octets > 2 * MAX_PASSWORD_OCTETS) break;
  }
  return Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n$/, '');
}
