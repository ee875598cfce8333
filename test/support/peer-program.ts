/** A program of another make that serves ports of 127.0.0.1 for a test, with configuration and log in a folder of its own. */
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Part } from '../../local/start/part.ts';
import { until } from './cloud-wait.ts';

/** Milliseconds that a program has to say the first word, on a busy machine. */
const GREETING_MS = 2000;
/** Milliseconds from SIGTERM to SIGKILL. */
const KILL_MS = 10_000;
const LOG_LINES = 20;

export interface PeerProgramSpec {
  readonly name: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** @default no variable but PATH */
  readonly environment?: Readonly<Record<string, string>>;
  /** Ports on which it is waited for. */
  readonly ports: readonly number[];
  /** Whether it speaks first to who connects, and is ready only when it does. */
  readonly greets?: boolean;
  /** File with its log, for the error that tells why it does not serve. */
  readonly log?: string;
  /** Gives back what it used, once it has ended: also where it did not serve. */
  readonly release?: () => unknown;
}

export class PeerProgram {
  readonly #part: Part;
  readonly #log: string | undefined;
  readonly #release: (() => unknown) | undefined;

  private constructor({ name, command, environment, log, release }: PeerProgramSpec) {
    this.#log = log;
    this.#release = release;
    const variables = { PATH: process.env.PATH, ...environment };
    this.#part = new Part({ name, command, environment: variables, isForeign: true, onLine: () => undefined });
  }

  /** Resolves when it serves. @throws Error with its log when it ends before, or does not serve in time */
  static async start(spec: PeerProgramSpec): Promise<PeerProgram> {
    const program = new PeerProgram(spec);
    const { name, ports, greets = false } = spec;
    const ended = program.#part.exited.then((exit) => Promise.reject(new Error(program.#part.describe(exit))));
    const look = async (): Promise<boolean> => {
      const each = await Promise.all(ports.map((port) => serves(port, greets)));
      return each.every((isUp) => isUp);
    };
    try {
      await Promise.race([until(`${name} serves ${ports.join(', ')}`, look), ended]);
    } catch (error) {
      await program.#end();
      const said = program.#lastOfLog();
      await program.#release?.();
      throw new Error(`${error instanceof Error ? error.message : error}\n${said}`, { cause: error });
    }
    return program;
  }

  get pid(): number {
    return this.#part.pid;
  }

  /** SIGTERM, and SIGKILL to one that stays; resolves when it has ended, also where it did long ago. */
  async stop(): Promise<void> {
    await this.#end();
    await this.#release?.();
  }

  #lastOfLog(): string {
    if (this.#log === undefined || !existsSync(this.#log)) return '';
    return readFileSync(this.#log, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n');
  }

  async #end(): Promise<void> {
    this.#part.kill('SIGTERM');
    const timer = setTimeout(() => this.#part.kill('SIGKILL'), KILL_MS);
    await this.#part.exited;
    clearTimeout(timer);
  }
}

/** Whether anybody takes a connection there, and says something if `greets`. */
async function serves(port: number, greets: boolean): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  const isUp = await new Promise<boolean>((resolve) => {
    socket.setTimeout(GREETING_MS, () => resolve(false));
    socket.once(greets ? 'data' : 'connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
  socket.destroy();
  return isUp;
}
