import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { GetSendQuotaCommand, SESClient } from '@aws-sdk/client-ses';
import { expect, it, onTestFinished } from 'vitest';
import { sesConnections } from './ses-connections.ts';

const ANSWER =
  '<GetSendQuotaResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><GetSendQuotaResult>' +
  '<MaxSendRate>14.0</MaxSendRate></GetSendQuotaResult></GetSendQuotaResponse>';

it('keeps a connection for the next call, and closes one that no one uses before anything on the way forgets it', async () => {
  const sockets: Socket[] = [];
  const server = createServer((_request, response) => response.end(ANSWER));
  server.on('connection', (socket) => sockets.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = new SESClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
    requestHandler: sesConnections({ connectionTimeout: 1000, maxSockets: 10 }, 500),
  });
  onTestFinished(() => {
    client.destroy();
    server.close();
  });

  await client.send(new GetSendQuotaCommand());
  await client.send(new GetSendQuotaCommand());
  const used = sockets.length;
  // By the client's own end: the server closes none within five seconds.
  await once(sockets[0] ?? server, 'close');

  expect(used).toBe(1);
});
