import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { workloadNamed } from '../test-support/figures.ts';
import type { Load } from './load.ts';
import { LoadClient } from './smtp-client.ts';

const MAIL = 'MAIL FROM:<alice@bench.example>\r\n';
const RCPT = 'RCPT TO:<bob@bench.example>\r\n';
const DATA = 'DATA\r\n';

/** What the server read at a time. */
let read: string[] = [];
let server: Server;
let client: LoadClient;

beforeEach(async () => {
  read = [];
  server = createServer((socket) => {
    socket.write('220 mx\r\n');
    socket.on('error', () => undefined);
    socket.on('data', (octets) => {
      const text = octets.toString('latin1');
      read.push(text);
      socket.write(repliesTo(text));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  client.destroy();
  server.close();
  await once(server, 'close');
});

function repliesTo(text: string): string {
  if (text.startsWith('EHLO')) return '250-mx\r\n250 PIPELINING\r\n';
  if (text.endsWith('\r\n.\r\n')) return '250 taken\r\n';
  return text.replaceAll(/.+\r\n/g, (line) => (line === DATA ? '354 go\r\n' : '250 OK\r\n'));
}

function loadOf(isPipelined: boolean): Load {
  const { connections, sessions, recipients, domains, contentOctets, clientAddresses } = workloadNamed('w2');
  const what = { connections, sessions, isPipelined, recipients, domains, contentOctets, clientAddresses };
  const { port } = server.address() as AddressInfo;
  return { subject: 'a server of the test', port, security: 'none', sender: 'alice@bench.example', ...what };
}

async function transact(isPipelined: boolean): Promise<void> {
  client = new LoadClient(loadOf(isPipelined), 0);
  await client.open();
  await client.transact({ mail: MAIL, recipients: [RCPT] }, Buffer.from('Subject: x\r\n\r\n.\r\n'));
}

describe('to a server that offers PIPELINING', () => {
  it('a pipelined client sends the envelope as one group', async () => {
    await transact(true);

    expect(read.slice(1, -1)).toEqual([MAIL + RCPT + DATA]);
  });

  it('a stepwise client waits for each reply', async () => {
    await transact(false);

    expect(read.slice(1, -1)).toEqual([MAIL, RCPT, DATA]);
  });
});
