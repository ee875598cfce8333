/** `GET /health` for the container's health check: 200 while the proxy serves, 503 once it leaves. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Health {
  readonly isServing: boolean;
  /** Figures for people; all of them in the answer. */
  readonly details: Readonly<Record<string, unknown>>;
}

export class HealthServer {
  readonly #server: Server;

  constructor(health: () => Health) {
    this.#server = createServer((request, response) => {
      if (request.method !== 'GET' || request.url !== '/health') {
        response.writeHead(404).end();
        return;
      }
      const { isServing, details } = health();
      response.writeHead(isServing ? 200 : 503, { 'content-type': 'application/json' });
      response.end(`${JSON.stringify({ status: isServing ? 'ok' : 'leaving', ...details })}\n`);
    });
  }

  /** Resolves with the real port; rejects when it cannot be had, naming it. */
  async listen(port: number, host: string | undefined): Promise<number> {
    this.#server.listen({ port, ...(host === undefined ? {} : { host }) });
    try {
      await once(this.#server, 'listening');
    } catch (cause) {
      throw new Error(`Cannot listen on health port ${port}`, { cause });
    }
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
