/** After a real HAProxy: its headers of both versions, in front of commands and of a handshake, and its health checks. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ProxyBed } from '../support/edge-proxy-bed.ts';
import { TestClient } from '../support/edge-proxy-client.ts';
import { freePort } from '../support/free-port.ts';
import { PeerProgram } from '../support/peer-program.ts';
import { testPolicy } from '../support/policy.ts';

const GREETING = '220 mx.example.com ESMTP Postern\r\n';
/** What HAProxy connects from: another address of this machine than its clients have. */
const PROXY_ADDRESS = '127.0.0.2';
const hasHaproxy = spawnSync('haproxy', ['-v']).status === 0 && process.platform === 'linux';

interface Ports {
  readonly v1: number;
  readonly v2: number;
  readonly tls: number;
}

/**
 * Checks: one that says nothing and goes, and one that waits for the greeting of a LOCAL connection. Without a timeout of
 * their own those that take longer than `inter` have failed, and a server whose checks failed is given no clients.
 */
function configuration(ports: Ports, bed: ProxyBed): string {
  const server = (port: number, options: string): string =>
    `server s 127.0.0.1:${port} source ${PROXY_ADDRESS} ${options}`;
  return `
defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout check 10s
listen v1
  bind 127.0.0.1:${ports.v1}
  ${server(bed.port, 'send-proxy check inter 50ms')}
listen v2
  bind 127.0.0.1:${ports.v2}
  option tcp-check
  tcp-check expect rstring ^220
  ${server(bed.port, 'send-proxy-v2 proxy-v2-options crc32c,unique-id check check-send-proxy inter 50ms')}
listen tls
  bind 127.0.0.1:${ports.tls}
  ${server(bed.tlsPort, 'send-proxy-v2 proxy-v2-options crc32c')}
`;
}

describe.skipIf(!hasHaproxy)('behind HAProxy', () => {
  let bed: ProxyBed;
  let ports: Ports;
  let folder: string;
  let haproxy: PeerProgram | undefined;
  const clients: TestClient[] = [];

  beforeAll(async () => {
    bed = await ProxyBed.start({
      policy: testPolicy({ proxyProtocolNetworks: [PROXY_ADDRESS] }),
    });
    ports = { v1: await freePort(), v2: await freePort(), tls: await freePort() };
    folder = await mkdtemp(join(tmpdir(), 'postern-haproxy-'));
    const file = join(folder, 'haproxy.cfg');
    await writeFile(file, configuration(ports, bed));
    const command = ['haproxy', '-db', '-f', file];
    haproxy = await PeerProgram.start({ name: 'HAProxy', command, ports: Object.values(ports) });
  });

  afterAll(async () => {
    await haproxy?.stop();
    for (const client of clients) client.reset();
    await bed.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A client that HAProxy took. */
  async function dialled(port: number): Promise<TestClient> {
    const client = TestClient.dial(port);
    clients.push(client);
    await Promise.race([once(client.socket, 'connect'), client.closed]);
    if (client.error !== undefined) throw new Error(client.error);
    return client;
  }

  /** Sends a message, and finds the client's own end in the record of it. */
  async function expectRecorded(client: TestClient) {
    const { port } = client.socket.address() as AddressInfo;
    await client.openContent();
    expect(await client.ask('x\r\n.')).toMatch(/^250 /);
    await vi.waitFor(() =>
      expect(bed.events.map(({ event, origin }) => [event.type, origin.client])).toContainEqual([
        'transaction',
        { address: '127.0.0.1', port, tls: client.hasTls, helo: 'client.example' },
      ]),
    );
  }

  it.each(['v1', 'v2'] as const)('a client of %s is named by its own address and port', async (listener) => {
    const client = await dialled(ports[listener]);

    expect(await client.hear()).toBe(GREETING);
    await expectRecorded(client);
  });

  it('a client with TLS first is named so too', async () => {
    const client = await dialled(ports.tls);
    await client.startTls();

    expect(await client.hear()).toBe(GREETING);
    await expectRecorded(client);
  });

  it('health checks are served, and are no news', async () => {
    // A check of `v2` is a session of the proxy's own; a check of `v1` has no session.
    const checks = (): number =>
      bed.events.filter(({ event, origin }) => event.type === 'session' && origin.client.address === PROXY_ADDRESS)
        .length;
    const before = checks();

    await vi.waitFor(() => expect(checks()).toBeGreaterThan(before + 3), { timeout: 20_000 });
    expect(await (await dialled(ports.v1)).hear()).toBe(GREETING);
    expect(await (await dialled(ports.v2)).hear()).toBe(GREETING);
    expect(bed.lines).toEqual([]);
  });
});
