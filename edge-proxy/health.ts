/** `GET /health` for the container's health check: 200 while the proxy serves, 503 once it leaves. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Faults } from './faults.ts';
import { errorText, type Log } from './log.ts';
import { MinuteTally } from './minute-tally.ts';

export interface Health {
  readonly isServing: boolean;
  /** Figures for people; all of them in the answer. */
  readonly details: Readonly<Record<string, unknown>>;
}

export class HealthServer {
  readonly #server: Server;
  readonly #health: () => Health;
  readonly #errors: MinuteTally;

  /** @param faults where faults of ours are told. @default the log */
  constructor(health: () => Health, log: Log = () => {}, faults = new Faults(log)) {
    this.#health = health;
    this.#errors = new MinuteTally(log, 'listener-error');
    this.#server = createServer((request, response) => {
      const answer = (): void => this.#answer(request, response);
      faults.guard('health', answer, () => void response.writeHead(500).end());
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.method !== 'GET' || request.url !== '/health') {
      response.writeHead(404).end();
      return;
    }
    const { isServing, details } = this.#health();
    const text = `${JSON.stringify({ status: isServing ? 'ok' : 'leaving', ...details })}\n`;
    response.writeHead(isServing ? 200 : 503, { 'content-type': 'application/json' });
    response.end(text);
  }

  /** Resolves with the real port; rejects when it cannot be had, naming it. */
  async listen(port: number, host: string | undefined): Promise<number> {
    this.#server.listen({ port, ...(host === undefined ? {} : { host }) });
    try {
      await once(this.#server, 'listening');
    } catch (cause) {
      throw new Error(`Cannot listen on health port ${port}`, { cause });
    }
    this.#server.on('error', (error) => this.#errors.add(errorText(error)));
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
