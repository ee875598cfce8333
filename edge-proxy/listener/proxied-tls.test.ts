/** PROXY protocol headers in front of a handshake, and of clients that wait for the greeting. */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type BedOptions, ProxyBed } from '../../test/support/edge-proxy-bed.ts';
import { TestClient } from '../../test/support/edge-proxy-client.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { HEADERS, V1, v1Header, v1Line } from '../../test/support/proxy-header.ts';
import { OCTET_BY_OCTET } from '../../test/support/segmentation.ts';

const GREETING = '220 mx.example.com ESMTP Postern\r\n';
const TRUSTED = { proxyProtocolNetworks: ['127.0.0.1/32'] };

let bed: ProxyBed;

async function start(options: BedOptions = {}): Promise<void> {
  bed = await ProxyBed.start({ policy: testPolicy(TRUSTED), ...options });
}

afterEach(async () => {
  await bed.close();
});

/** The clients in the records of sessions, once one has ended. */
async function recordedClients(): Promise<{ address: string; port: number }[]> {
  await vi.waitFor(() => expect(bed.eventsOf('session')).toHaveLength(1), { timeout: 8000, interval: 5 });
  return bed.events
    .filter(({ event }) => event.type === 'session')
    .map(({ origin: { client } }) => ({ address: client.address, port: client.port }));
}

function refusedHeaders() {
  return bed.lines.filter(({ event }) => event === 'proxy-header-refused').map(({ problem }) => problem);
}

/** A proxy that says its header with the client's first octets, as a Network Load Balancer does. */
async function withFirstOctets(port: number, header: Buffer): Promise<Server> {
  const server = createServer((client) => {
    const behind = createConnection({ port, host: '127.0.0.1' });
    client.once('data', (octets) => {
      behind.write(Buffer.concat([header, octets]));
      client.pipe(behind);
    });
    behind.pipe(client);
    for (const socket of [client, behind]) socket.on('error', () => {});
    behind.on('close', () => client.destroy());
    client.on('close', () => behind.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('TLS first', () => {
  async function securedWith(segments: readonly Buffer[]): Promise<TestClient> {
    const client = await TestClient.connect(bed.tlsPort);
    for (const segment of segments) await client.sendAll(segment);
    await client.startTls();
    return client;
  }

  it.each(HEADERS)('takes %s in the clear in front of the handshake', async (_version, header) => {
    await start();
    const client = await securedWith([header]);

    const greeting = await client.hear();
    await client.openContent();
    client.reset();

    expect(greeting).toBe(GREETING);
    await recordedClients();
    expect(bed.events.map(({ origin }) => origin.client)).toContainEqual({
      address: '192.0.2.1',
      port: 4711,
      tls: true,
      helo: 'client.example',
    });
    expect(bed.hops.last.options.client).toBe('192.0.2.1');
  });

  it.each(HEADERS)('takes %s octet by octet', async (_version, header) => {
    await start();
    const client = await securedWith(OCTET_BY_OCTET.cut(header));

    expect(await client.hear()).toBe(GREETING);
    client.reset();
  });

  it.each(HEADERS)('takes %s in one segment with the handshake', async (_version, header) => {
    await start();
    const server = await withFirstOctets(bed.tlsPort, header);
    const client = await TestClient.connectTls((server.address() as AddressInfo).port);

    expect(await client.hear()).toBe(GREETING);
    client.send('QUIT\r\n');
    expect(await client.hear()).toMatch(/^221 /);
    client.reset();
    server.close();
    expect(await recordedClients()).toEqual([{ address: '192.0.2.1', port: 4711 }]);
  });

  it('takes no handshake without a header', async () => {
    await start();
    const client = await TestClient.connect(bed.tlsPort);

    await expect(client.startTls()).rejects.toThrow();
    expect([client.heard, refusedHeaders()]).toEqual(['', ['no PROXY protocol header']]);
  });

  it('takes no second header in front of the handshake', async () => {
    await start();

    await expect(securedWith([Buffer.concat([V1, v1Header('203.0.113.66', 666)])])).rejects.toThrow();
    expect(await recordedClients()).toEqual([{ address: '192.0.2.1', port: 4711 }]);
  });

  it('takes no second header after it', async () => {
    await start();
    const client = await securedWith([V1]);
    await client.hear();

    expect(await client.ask(v1Line('203.0.113.66', 666))).toMatch(/^421 4\.7\.0 /);
    client.reset();
    expect(await recordedClients()).toEqual([{ address: '192.0.2.1', port: 4711 }]);
  });
});

describe('a proxy that says its header with the first octets of the client', () => {
  it('leaves a client without TLS first in silence, and the log says why', async () => {
    await start({ policy: testPolicy({ ...TRUSTED, commandTimeoutSeconds: 1 }) });
    const server = await withFirstOctets(bed.port, V1);
    const client = await TestClient.connect((server.address() as AddressInfo).port);

    expect(await client.hearToEnd()).toBe('');
    server.close();
    expect(refusedHeaders()).toEqual(['header not whole after 1000 ms']);
  });
});
