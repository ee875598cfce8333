/** A program of another language that reads messages, one for all of them: a line of base64 in, a line of JSON out. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Authors } from './readers.ts';

export interface ReaderProgram {
  readonly command: string;
  /** Shows by its exit status whether the program can run here. */
  readonly probe: readonly string[];
  /** Beside this file. */
  readonly script: string;
}

export const READER_PROGRAMS = {
  python: { command: 'python3', probe: ['-c', 'import email'], script: 'readers.py' },
  perl: { command: 'perl', probe: ['-MMail::Address', '-MMail::Header', '-MJSON::PP', '-e', '1'], script: 'reader.pl' },
  ruby: { command: 'ruby', probe: ['-e', 'require "mail"'], script: 'reader.rb' },
} as const satisfies Record<string, ReaderProgram>;

export function canRun({ command, probe }: ReaderProgram): boolean {
  return spawnSync(command, probe, { stdio: 'ignore' }).status === 0;
}

export class ReaderProcess {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #waiting: ((authors: Authors) => void)[] = [];
  #failed: ((error: Error) => void)[] = [];

  constructor({ command, script }: ReaderProgram) {
    this.#process = spawn(command, [fileURLToPath(new URL(script, import.meta.url))]);
    this.#process.stderr.resume();
    this.#lines = createInterface({ input: this.#process.stdout });
    this.#lines.on('line', (line) => {
      this.#failed.shift();
      this.#waiting.shift()?.(JSON.parse(line) as Authors);
    });
    this.#process.once('exit', () => {
      for (const fail of this.#failed) fail(new Error(`${command} ${script} ended`));
    });
  }

  read(message: Uint8Array): Promise<Authors> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve);
      this.#failed.push(reject);
      this.#process.stdin.write(`${Buffer.from(message).toString('base64')}\n`);
    });
  }

  close(): void {
    this.#failed = [];
    this.#process.stdin.end();
  }
}
