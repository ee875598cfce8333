/** `edge-proxy/main.ts` as a process of its own, in an environment that reaches nothing but what the test names. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { vi } from 'vitest';
import { POLICY_TABLE } from './edge-proxy-tables.ts';

export const MAIN = join(import.meta.dirname, '..', '..', 'edge-proxy', 'main.ts');
/** Milliseconds; a start takes about a second on a busy machine. */
const START_MS = 15_000;

export type ProcessEnvironment = Readonly<Record<string, string | undefined>>;

/** What the process needs to serve `mx1`; a test adds its endpoints and its certificate. */
export const PROCESS_ENVIRONMENT: ProcessEnvironment = {
  POSTERN_SERVER: 'mx1',
  POSTERN_LISTEN: '0:starttls,0:tls',
  POSTERN_LISTEN_HOST: '127.0.0.1',
  POSTERN_POLICY_TABLE: POLICY_TABLE,
  POSTERN_AUTHENTICATE_FUNCTION: 'authenticate-fn',
  POSTERN_CHECK_RELAY_FUNCTION: 'check-relay-fn',
  POSTERN_RECORD_EVENTS_FUNCTION: 'record-events-fn',
  POSTERN_HEALTH_PORT: '0',
  POSTERN_DRAIN_SECONDS: '10',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_EC2_METADATA_DISABLED: 'true',
};

export interface LogLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface Listening extends LogLine {
  readonly health: number;
  readonly listeners: readonly { readonly port: number; readonly mode: string }[];
}

export class ProxyProcess {
  stdout = '';
  stderr = '';
  readonly exited: Promise<number | string>;
  readonly #child: ChildProcess;

  /** @param command what Node runs, with flags for Node before it */
  constructor(environment: ProcessEnvironment, command: readonly string[] = [MAIN]) {
    this.#child = spawn(process.execPath, command, { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (text) => {
      this.stdout += String(text);
    });
    this.#child.stderr?.on('data', (text) => {
      this.stderr += String(text);
    });
    // 'close' comes after the last output.
    this.exited = once(this.#child, 'close').then(([code, signal]) => code ?? signal);
  }

  /** All log lines so far; throws when a line is no JSON. */
  get lines(): LogLine[] {
    return this.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  /** The first line of `event`, waited for. */
  async logged(event: string): Promise<LogLine> {
    return await vi.waitFor(
      () => {
        const line = this.lines.find((each) => each.event === event);
        if (line === undefined) throw new Error(`No ${event} in: ${this.stdout}${this.stderr}`);
        return line;
      },
      { timeout: START_MS, interval: 10 },
    );
  }

  async listening(): Promise<Listening> {
    return (await this.logged('listening')) as Listening;
  }

  /** No one reads its output any more: what it writes fails from now on. */
  stopReading(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
