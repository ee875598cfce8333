/** The command line in this process, against an API that answers what a test says, over real HTTP. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable, Writable } from 'node:stream';
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
}

export class CliBed {
  /** All requests, in their order. */
  readonly asked: Asked[] = [];
  readonly #server: Server;
  readonly #answers = new Map<string, Scripted[]>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response));
  }

  /** Ends with the test. */
  static async start(): Promise<CliBed> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return new CliBed(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What `what` is answered, one request after the other; the last answer stays. */
  answer(what: string, ...answers: readonly Scripted[]): this {
    this.#answers.set(what, [...answers]);
    return this;
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const { input = '', environment = {}, signal = new AbortController().signal, columns } = options;
    const [out, err] = [new Sink(columns), new Sink(undefined)];
    const code = await runCli(argv, {
      terminal: { out, err, mayColour: columns !== undefined },
      input: Readable.from([Buffer.from(input)]) as unknown as NodeJS.ReadStream,
      environment: { POSTERN_API: this.url, ...environment },
      signal,
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
