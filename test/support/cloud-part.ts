/** One part of a test's cloud: a real process that can be killed, stopped, and started again at its address. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Listening, Part, type PartExit } from '../../local/start/part.ts';
import type { CloudReaper } from './cloud-reaper.ts';
import { until } from './cloud-wait.ts';

/** Milliseconds in which a part that is tried again and again must listen. */
const RESTART_MS = 60_000;
const BETWEEN_TRIES_MS = 200;

export interface LogLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface CloudPartSpec {
  readonly name: string;
  /** Arguments of Node and environment; `kept` are the ports of the first start. */
  readonly launch: (kept: Listening | undefined) => {
    readonly command: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
  };
}

export class CloudPart {
  readonly name: string;
  /** Lines of standard output and of standard error, of all its processes. */
  readonly lines: string[] = [];
  readonly errorLines: string[] = [];
  /** Processes that were started. */
  starts = 0;
  #part: Part | undefined;
  #listening: Listening | undefined;
  readonly #spec: CloudPartSpec;
  readonly #reaper: CloudReaper;

  constructor(spec: CloudPartSpec, reaper: CloudReaper) {
    this.name = spec.name;
    this.#spec = spec;
    this.#reaper = reaper;
  }

  get pid(): number {
    if (this.#part === undefined) throw new Error(`${this.name} does not run`);
    return this.#part.pid;
  }

  get isRunning(): boolean {
    return this.#part !== undefined;
  }

  /** Its ports, the same for all its processes. */
  get listening(): Listening {
    if (this.#listening === undefined) throw new Error(`${this.name} has never listened`);
    return this.#listening;
  }

  /** Port of the part, or of an edge proxy's listener. */
  port(mode?: string): number {
    const { port, listeners = [] } = this.listening;
    const found = mode === undefined ? port : listeners.find((listener) => listener.mode === mode)?.port;
    if (found === undefined) throw new Error(`${this.name} has no such port`);
    return found;
  }

  /** Starts it and resolves when it listens; rejects when it ends before. */
  async start(): Promise<void> {
    const { command, environment } = this.#spec.launch(this.#listening);
    const part = new Part({
      name: this.name,
      command,
      environment,
      onLine: (line) => this.lines.push(line),
      onErrorLine: (line) => this.errorLines.push(line),
    });
    this.#part = part;
    this.starts += 1;
    this.#reaper.watch(part.pid);
    void part.exited.then(() => {
      this.#reaper.forget(part.pid);
      if (this.#part === part) this.#part = undefined;
    });
    const listening = await part.listening;
    this.#listening ??= listening;
  }

  /** Starts it again and again until it listens, as ECS does with a task that ends. */
  async restart(): Promise<void> {
    const deadlineMs = performance.now() + RESTART_MS;
    for (;;) {
      try {
        await this.start();
        return;
      } catch (error) {
        if (performance.now() > deadlineMs) throw error;
        await this.exited();
        await delay(BETWEEN_TRIES_MS);
      }
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#part?.kill(signal);
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited();
  }

  /** SIGSTOP: it keeps its sockets and does nothing. */
  stop(): void {
    this.signal('SIGSTOP');
  }

  /** SIGCONT. */
  resume(): void {
    this.signal('SIGCONT');
  }

  /** How its process ended; `undefined` when none runs. */
  async exited(): Promise<PartExit | undefined> {
    return await this.#part?.exited;
  }

  /** JSON lines of one event, oldest first, after the first `skip` lines of output. */
  logged(event: string, skip = 0): LogLine[] {
    return this.lines
      .slice(skip)
      .filter((line) => line.startsWith('{'))
      .map((line): LogLine => JSON.parse(line))
      .filter((line) => line.event === event);
  }

  /** A line of the event for which `isIt` holds, waited for. */
  async says(event: string, isIt: (line: LogLine) => boolean = () => true, skip = 0): Promise<LogLine> {
    try {
      return await until(`${this.name} says ${event}`, () => this.logged(event, skip).find(isIt));
    } catch (cause) {
      throw new Error(`${this.name} said:\n${this.lines.slice(skip).join('\n')}`, { cause });
    }
  }
}
