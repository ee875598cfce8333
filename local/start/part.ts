/**
 * One program that the embedded run, the benchmark or a test starts: in its own process group, so that a terminal's Ctrl-C
 * reaches only the run itself, which then stops its parts in order.
 *
 * A part says that it is ready by one line on standard output, JSON with `"event":"listening"` where nothing else is said.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { RunError } from '../run-error.ts';
import { LineSplitter } from './line-splitter.ts';

const EXIT_WITH_PARENT = join(import.meta.dirname, '..', 'exit-with-parent.mjs');
const LAST_LINES = 15;
/** Milliseconds; a start from a cold disk on a slow machine takes a tenth of it. */
const LISTEN_TIMEOUT_MS = 60_000;
/** Milliseconds that output may come after the end; a process left behind by a part could hold the pipe for ever. */
const OUTPUT_GRACE_MS = 300;

export interface PartSpec {
  readonly name: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A program that starts it, such as `taskset`, with its arguments. */
  readonly launcher?: readonly string[];
  /** Whether it is no Node program: it cannot be asked, and does not end by itself with its parent. */
  readonly isForeign?: boolean;
  /** What a line of standard output says, where it is the one that says that the program is ready. */
  readonly listeningIn?: (line: string) => Listening | undefined;
  /** Takes the other lines of standard output; absent, what comes after the program is ready is dropped unread. */
  readonly onLine?: (line: string) => void;
  readonly onErrorLine?: (line: string) => void;
}

export interface Listener {
  readonly port: number;
  readonly mode: string;
}

/** What a part says when it listens; an edge proxy has several listeners and a health port, the others one port. */
export interface Listening {
  readonly port?: number;
  readonly health?: number;
  readonly listeners?: readonly Listener[];
}

export interface PartExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Part {
  readonly name: string;
  readonly pid: number;
  readonly listening: Promise<Listening>;
  /** Resolves when the process has ended and its output is read. */
  readonly exited: Promise<PartExit>;
  readonly #child: ChildProcess;
  readonly #lastLines: string[] = [];
  #hasExited = false;

  constructor(spec: PartSpec) {
    const { command, launcher = [], isForeign = false } = spec;
    const program = isForeign ? command : [process.execPath, '--import', EXIT_WITH_PARENT, ...command];
    const [file = '', ...flags] = [...launcher, ...program];
    const child = spawn(file, flags, {
      detached: true,
      env: { ...spec.environment },
      stdio: ['ignore', 'pipe', 'pipe', ...(isForeign ? [] : (['ipc'] as const))],
    });
    this.#child = child;
    this.name = spec.name;
    this.pid = child.pid ?? 0;
    const listening = Promise.withResolvers<Listening>();
    this.listening = listening.promise;
    this.exited = this.#watchExit(child, listening.reject);
    this.#readOutput(child, spec, listening.resolve);
    const timer = setTimeout(
      () => listening.reject(new RunError(`${this.name} did not listen within ${LISTEN_TIMEOUT_MS / 1000} s`)),
      LISTEN_TIMEOUT_MS,
    );
    // A rejection is for whoever awaits `listening`; a part that ends later has no one there.
    listening.promise.catch(() => undefined).finally(() => clearTimeout(timer));
  }

  /** Sends a message and gives the next one that comes back. @throws RunError when the program ends before */
  async ask(message: object): Promise<unknown> {
    const answered = new Promise<unknown>((resolve) => this.#child.once('message', resolve));
    this.#child.send(message);
    const ended = this.exited.then((exit) => Promise.reject(new RunError(this.describe(exit))));
    return await Promise.race([answered, ended]);
  }

  /** Signals the whole process group; nothing happens when it has ended. */
  kill(signal: NodeJS.Signals): void {
    if (this.#hasExited || this.pid === 0) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** How it ended, with its last lines on standard error, as a user should see it. */
  describe({ code, signal }: PartExit): string {
    const how = signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
    const said = this.#lastLines.map((line) => `\n  ${line}`).join('');
    return `${this.name} ended unexpectedly: ${how}${said === '' ? '' : `, its last words:${said}`}`;
  }

  #readOutput(child: ChildProcess, spec: PartSpec, onListening: (listening: Listening) => void): void {
    const { listeningIn = parseListening, onLine, onErrorLine } = spec;
    const keep = (line: string): void => {
      this.#lastLines.push(line);
      if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
    };
    let isListening = false;
    const output = new LineSplitter((line) => {
      const listening = isListening ? undefined : listeningIn(line);
      if (listening === undefined) return (onLine ?? keep)(line);
      isListening = true;
      onListening(listening);
    });
    const errors = new LineSplitter((line) => {
      keep(line);
      onErrorLine?.(line);
    });
    const isRead = (): boolean => !isListening || onLine !== undefined;
    child.stdout?.on('data', (octets) => isRead() && output.receive(octets)).on('end', () => isRead() && output.end());
    child.stderr?.on('data', (octets) => errors.receive(octets)).on('end', () => errors.end());
  }

  #watchExit(child: ChildProcess, onFailedStart: (error: RunError) => void): Promise<PartExit> {
    return new Promise((resolve) => {
      const settle = (exit: PartExit): void => {
        onFailedStart(new RunError(this.describe(exit)));
        resolve(exit);
      };
      child.once('error', (error) => {
        this.#lastLines.push(error.message);
        if (child.pid === undefined) settle({ code: null, signal: null });
      });
      child.once('exit', (code, signal) => {
        this.#hasExited = true;
        setTimeout(() => settle({ code, signal }), OUTPUT_GRACE_MS);
      });
      child.once('close', (code: number | null, signal: NodeJS.Signals | null) => settle({ code, signal }));
    });
  }
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

/** The port of a part that has one. */
export function portOf({ port }: Listening): number {
  if (port === undefined) throw new RunError('A part listens without saying its port');
  return port;
}
