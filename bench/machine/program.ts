/** A program that the benchmark starts: on the core that it is given, ended with the benchmark whatever becomes of that. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Listening, Part } from '../../local/start/part.ts';
import { BenchError } from '../bench-error.ts';
import { pinned } from './cores.ts';

const REAPER = join(import.meta.dirname, 'reaper.mjs');
/** Milliseconds from SIGTERM to SIGKILL: longer than an edge proxy drains (3 s). */
const KILL_MS = 6000;

export interface ProgramSpec {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** As `taskset -c` takes them; everybody else's when undefined. */
  readonly cores?: string | undefined;
  /** Whether it is a Node program that can send and take messages. */
  readonly isOurs: boolean;
}

const running = new Set<Program>();
let reaper: ChildProcess | undefined;

/** However this process ends, none of the programs outlives it. */
export function endProgramsOnExit(): void {
  process.on('exit', () => {
    for (const program of running) program.kill('SIGKILL');
  });
  // It has a group of its own, or a terminal's Ctrl-C would end it first.
  reaper = spawn(process.execPath, [REAPER], { detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  reaper.unref();
  reaper.channel?.unref();
}

export class Program {
  readonly name: string;
  readonly pid: number;
  /** Resolves at the line `{"event":"listening",…}` that every program of ours writes. */
  readonly listening: Promise<Listening>;
  readonly #part: Part;
  readonly #exited: Promise<void>;
  #isStopping = false;
  /** How it ended. */
  #ending: BenchError | undefined;

  constructor({ name, command, environment, cores, isOurs }: ProgramSpec) {
    const part = new Part({ name, command, environment, launcher: pinned(cores, []), isForeign: !isOurs });
    this.#part = part;
    this.name = name;
    this.pid = part.pid;
    this.listening = asBenchError(part.listening);
    this.listening.catch(() => undefined);
    this.#exited = part.exited.then((exit) => {
      this.#ending = new BenchError(part.describe(exit));
      running.delete(this);
      if (reaper?.connected === true) reaper.send({ forget: this.pid });
    });
    running.add(this);
    reaper?.send({ watch: this.pid });
  }

  /** Sends a message and gives the next one that comes back. */
  async ask(message: object): Promise<unknown> {
    return await asBenchError(this.#part.ask(message));
  }

  kill(signal: NodeJS.Signals): void {
    this.#part.kill(signal);
  }

  /** Resolves when it has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), KILL_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** @throws BenchError when it has ended by itself */
  check(): void {
    if (this.#ending !== undefined && !this.#isStopping) throw this.#ending;
  }
}

async function asBenchError<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw new BenchError(error instanceof Error ? error.message : String(error));
  }
}
