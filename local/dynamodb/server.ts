/** DynamoDB for one machine: dynalite, on disk or in memory. */
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { HOST } from '../names.ts';

export interface EmbeddedDynamoDb {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/**
 * Opens the store and listens.
 *
 * @param directory of the store; in memory without one
 * @param port 0 takes a free one
 */
export async function startDynamoDb({
  port = 0,
  directory,
}: {
  port?: number;
  directory?: string;
}): Promise<EmbeddedDynamoDb> {
  const tableMs = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  const server = dynalite({ ...tableMs, ...(directory === undefined ? {} : { path: directory }) });
  // The SDK keeps its connections; one that we close while it sends would be a failed call.
  server.keepAliveTimeout = 0;
  tolerateAbortedRequests(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

/** dynalite ends the process when a client goes away before its answer, as an SDK call does that runs out of time. */
function tolerateAbortedRequests(server: Server): void {
  server.on('request', (request: IncomingMessage) => {
    // Behind dynalite's own listener, which has just been told of the request.
    request.removeAllListeners('error').on('error', () => undefined);
  });
}

/** Ends the connections, then the store once what it has under way is written. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
