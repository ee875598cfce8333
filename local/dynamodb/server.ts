/** DynamoDB for one machine: dynalite, on disk or in memory. */
import type { IncomingMessage, Server } from 'node:http';
import dynalite from 'dynalite';
import { type LoopbackEndpoint, listenOnLoopback } from '../loopback.ts';

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
}): Promise<LoopbackEndpoint> {
  const tableMs = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  const server = dynalite({ ...tableMs, ...(directory === undefined ? {} : { path: directory }) });
  tolerateAbortedRequests(server);
  return listenOnLoopback(server, { port });
}

/** dynalite ends the process when a client goes away before its answer, as an SDK call does that runs out of time. */
function tolerateAbortedRequests(server: Server): void {
  server.on('request', (request: IncomingMessage) => {
    // After dynalite's own listener, which has just been told of the request.
    request.removeAllListeners('error').on('error', () => undefined);
  });
}
