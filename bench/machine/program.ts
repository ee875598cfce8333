/**
 * A program that the benchmark starts: in a process group of its own, on the core that it is given, ended with the
 * benchmark whatever becomes of that.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { LineSplitter } from '../../local/start/line-splitter.ts';
import type { Listening } from '../../local/start/part.ts';
import { BenchError } from '../bench-error.ts';
import { pinned } from './cores.ts';

const EXIT_WITH_PARENT = join(import.meta.dirname, '..', '..', 'local', 'exit-with-parent.mjs');
const REAPER = join(import.meta.dirname, 'reaper.mjs');
const LAST_LINES = 15;
/** Milliseconds; a start from a cold disk on a busy machine takes a tenth of it. */
const LISTEN_TIMEOUT_MS = 60_000;
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
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #lastLines: string[] = [];
  #isStopping = false;

  constructor(spec: ProgramSpec) {
    const [file = '', ...flags] = commandLine(spec);
    this.name = spec.name;
    this.#child = spawn(file, flags, {
      detached: true,
      env: spec.environment,
      stdio: ['ignore', 'pipe', 'pipe', ...(spec.isOurs ? (['ipc'] as const) : [])],
    });
    this.pid = this.#child.pid ?? 0;
    const listening = Promise.withResolvers<Listening>();
    this.listening = listening.promise;
    this.listening.catch(() => undefined);
    this.exited = this.#watchExit(listening.reject);
    this.#readOutput(listening.resolve);
    const late = (): void => listening.reject(new BenchError(`${spec.name} did not listen within 60 s`));
    setTimeout(late, LISTEN_TIMEOUT_MS).unref();
    running.add(this);
    reaper?.send({ watch: this.pid });
  }

  /** Sends a message and gives the next one that comes back. */
  async ask(message: object): Promise<unknown> {
    const answered = new Promise<unknown>((resolve) => this.#child.once('message', resolve));
    this.#child.send(message);
    const answer = await Promise.race([answered, this.exited]);
    if (answer === undefined) throw this.#ended();
    return answer;
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.pid === 0) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Resolves when it has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), KILL_MS);
    await this.exited;
    clearTimeout(timer);
  }

  /** @throws BenchError when it has ended by itself */
  check(): void {
    if (!running.has(this) && !this.#isStopping) throw this.#ended();
  }

  #ended(): BenchError {
    const said = this.#lastLines.map((line) => `\n  ${line}`).join('');
    const how = this.#child.signalCode ?? `exit code ${this.#child.exitCode ?? 'unknown'}`;
    return new BenchError(`${this.name} ended: ${how}${said === '' ? '' : `, its last words:${said}`}`);
  }

  #readOutput(onListening: (listening: Listening) => void): void {
    const keep = (line: string): void => {
      this.#lastLines.push(line);
      if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
    };
    let isListening = false;
    const lines = new LineSplitter((line) => {
      if (isListening) return;
      const listening = parseListening(line);
      if (listening === undefined) return keep(line);
      isListening = true;
      onListening(listening);
    });
    const output = this.#child.stdout;
    // What comes later is read and dropped: a reader that parsed it would take processor time from the generator.
    output?.on('data', (octets: Buffer) => (isListening ? undefined : lines.receive(octets)));
    const errors = new LineSplitter(keep);
    this.#child.stderr?.on('data', (octets: Buffer) => errors.receive(octets));
  }

  #watchExit(onFailedStart: (error: BenchError) => void): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        running.delete(this);
        if (reaper?.connected === true) reaper.send({ forget: this.pid });
        onFailedStart(this.#ended());
        resolve();
      };
      this.#child.once('error', (error) => {
        this.#lastLines.push(error.message);
        end();
      });
      this.#child.once('close', end);
    });
  }
}

function commandLine({ command, cores, isOurs }: ProgramSpec): readonly string[] {
  return pinned(cores, isOurs ? [process.execPath, '--import', EXIT_WITH_PARENT, ...command] : command);
}

function parseListening(line: string): Listening | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    const isListening = typeof value === 'object' && value !== null && 'event' in value && value.event === 'listening';
    return isListening ? (value as Listening) : undefined;
  } catch {
    return undefined;
  }
}
