/**
 * Stands before the embedded Lambda endpoint, and counts what is invoked.
 *
 * It takes events itself, at once and whole, as Lambda would: `record-events` and its database have machines of their own
 * on AWS. Here they would share a core with the generator, take most of it, and keep up with a fraction of the
 * traffic. Whatever decides about mail is passed on to the real functions.
 */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HOST } from '../../local/names.ts';

const INVOCATION = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
/** Stands once in each event, and in nothing that a client may say: there a quotation mark is escaped. */
const MARK_OF_EVENT = '"keepDays":';

export interface FunctionRelayOptions {
  readonly targetPort: number;
  readonly recordEventsFunction: string;
}

export class FunctionRelay {
  /** By the function's name, since the start. */
  readonly invocations = new Map<string, number>();
  /** Events that came, since the start. */
  events = 0;
  readonly #options: FunctionRelayOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server = createServer((incoming, response) => void this.#serve(incoming, response));

  private constructor(options: FunctionRelayOptions) {
    this.#options = options;
  }

  static async start(options: FunctionRelayOptions): Promise<FunctionRelay> {
    const relay = new FunctionRelay(options);
    await new Promise<void>((resolve) => relay.#server.listen(0, HOST, resolve));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = decodeURIComponent(INVOCATION.exec(incoming.url ?? '')?.[1] ?? '');
    this.invocations.set(name, (this.invocations.get(name) ?? 0) + 1);
    try {
      if (name === this.#options.recordEventsFunction) await this.#takeEvents(incoming, response);
      else this.#passOn(incoming, response);
    } catch {
      // A subject that breaks off is found by what is missing in the counts.
      response.destroy();
    }
  }

  async #takeEvents(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    this.events += countOf(MARK_OF_EVENT, Buffer.concat(chunks));
    response.writeHead(200, { 'content-type': 'application/json' }).end('null');
  }

  #passOn(incoming: IncomingMessage, response: ServerResponse): void {
    const { method, url: path } = incoming;
    // The endpoint answers to its own name alone.
    const headers = { ...incoming.headers, host: `${HOST}:${this.#options.targetPort}` };
    const passed = request(
      { host: HOST, port: this.#options.targetPort, agent: this.#agent, method, path, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    passed.on('error', () => response.destroy());
    incoming.pipe(passed);
  }
}

export function countOf(mark: string, octets: Buffer): number {
  let count = 0;
  for (let at = octets.indexOf(mark); at !== -1; at = octets.indexOf(mark, at + mark.length)) count += 1;
  return count;
}
