/** The command line in this process, against an API that answers what a test says, over real HTTP. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { runCli } from '../run-cli.ts';

export interface Scripted {
  readonly status?: number;
  readonly value?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, in place of the value. */
  readonly text?: string;
}

export interface Asked {
  /** `GET /servers?limit=1000`. */
  readonly what: string;
  readonly headers: IncomingMessage['headers'];
  /** Parsed; `undefined` where there was none. */
  readonly body: unknown;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** Standard input. */
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Characters of a terminal; a pipe where nothing is said. */
  readonly columns?: number;
  /** Where the command is typed. */
  readonly folder?: string;
  /** What is typed at a terminal; without it, standard input is a pipe. */
  readonly typed?: string;
}

export class CliBed {
  /** All requests, in their order. */
  readonly asked: Asked[] = [];
  /** Where commands keep what outlives them. */
  readonly stateFolder = mkdtempSync(join(tmpdir(), 'postern-cli-state-'));
  readonly #server: Server;
  readonly #waits: boolean;
  readonly #answers = new Map<string, Scripted[]>();

  private constructor(server: Server, waits: boolean) {
    this.#server = server;
    this.#waits = waits;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response));
  }

  /** Ends with the test. @param waits whether commands take the time that they say they wait */
  static async start({ waits = true } = {}): Promise<CliBed> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bed = new CliBed(server, waits);
    onTestFinished(() => {
      rmSync(bed.stateFolder, { recursive: true, force: true });
      server.closeAllConnections();
      server.close();
    });
    return bed;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What `what` is answered, one request after the other; the last answer stays. */
  answer(what: string, ...answers: readonly Scripted[]): this {
    this.#answers.set(what, [...answers]);
    return this;
  }

  /** Makes a file, and returns its path. */
  async file(name: string, text: string): Promise<string> {
    const path = join(this.stateFolder, name);
    await writeFile(path, text);
    return path;
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const { input = '', environment = {}, signal = new AbortController().signal, columns, typed } = options;
    const sleep = (ms: number): Promise<void> =>
      this.#waits ? wait(ms, undefined, { signal }).catch(() => undefined) : Promise.resolve();
    const keys = Readable.from([Buffer.from(typed ?? input)]);
    const given = typed === undefined ? keys : Object.assign(keys, { isTTY: true, setRawMode: () => keys });
    const [out, err] = [new Sink(columns), new Sink(undefined)];
    const code = await runCli(argv, {
      terminal: { out, err, mayColour: columns !== undefined },
      input: given as unknown as NodeJS.ReadStream,
      environment: { POSTERN_API: this.url, TZ: 'Etc/GMT', XDG_STATE_HOME: this.stateFolder, ...environment },
      folder: options.folder ?? process.cwd(),
      signal,
      sleep,
    });
    return { code, out: out.text, err: err.text };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const what = `${request.method} ${request.url}`;
    this.asked.push({ what, headers: request.headers, body: text === '' ? undefined : JSON.parse(text) });
    const answers = this.#answers.get(what) ?? [problem(404, `No answer is scripted for ${what}`)];
    const {
      status = 200,
      value,
      headers = {},
      text: given,
    } = (answers.length > 1 ? answers.shift() : answers[0]) ?? {};
    response.writeHead(status, headers);
    response.end(given ?? (value === undefined ? '' : JSON.stringify(value)));
  }
}

export function problem(status: number, detail: string, more: Readonly<Record<string, unknown>> = {}): Scripted {
  return { status, value: { type: 'urn:postern:problem:x', title: 'x', status, detail, ...more } };
}

class Sink extends Writable {
  readonly isTTY: boolean;
  readonly columns: number;
  text = '';

  constructor(columns: number | undefined) {
    super({ decodeStrings: false });
    this.isTTY = columns !== undefined;
    this.columns = columns ?? 0;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}
