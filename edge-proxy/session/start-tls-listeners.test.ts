/** What stays on the two sockets of a TLS connection: V8 keeps them for a while after it has closed. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createSecureContext, type TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import { makeCertificate } from '../../test/support/edge-proxy-certificate.ts';
import { secureClientOf } from '../../test/support/secure-client.ts';
import { startTls } from './start-tls.ts';

it('leaves no listener of the session on a TLS connection that has closed', async () => {
  const { key, certificate } = await makeCertificate();
  const context = createSecureContext({ key, cert: certificate });
  const session = (): void => undefined;
  const sockets = Promise.withResolvers<{ raw: Socket; secured: TLSSocket }>();
  const server = createServer((raw) => {
    for (const event of ['data', 'close', 'error']) raw.on(event, session);
    const secured = startTls(raw, context);
    for (const event of ['data', 'end', 'close', 'error']) secured.on(event, session);
    sockets.resolve({ raw, secured });
  });
  const client = await secureClientOf(server);
  const { raw, secured } = await sockets.promise;

  client.destroy();
  secured.destroy();
  await once(secured, 'close');

  for (const socket of [raw, secured]) {
    const listeners = socket.eventNames().flatMap((event) => socket.listeners(event));
    expect(listeners).not.toContain(session);
  }
  expect(secured.eventNames()).toEqual(['error']);
  server.close();
});
