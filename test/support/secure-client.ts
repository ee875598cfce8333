/** A TLS client of a server that speaks TLS at once. */
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

/** Opens the server on a free port and connects to it; resolves after the handshake. Nothing is verified. */
export async function secureClientOf(server: Server, options: ConnectionOptions = {}): Promise<TLSSocket> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  await once(client, 'secureConnect');
  return client;
}
