/** Sessions behind a proxy that tells their clients: whose word is taken, for what, and what is never said before it. */
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type BedOptions, ProxyBed } from '../../test/support/edge-proxy-bed.ts';
import { TestClient } from '../../test/support/edge-proxy-client.ts';
import { testPolicy } from '../../test/support/policy.ts';
import {
  HEADERS,
  inet,
  inet6,
  LOCAL,
  PROXY,
  TCP4,
  TCP6,
  V1,
  V2,
  v1Header,
  v1Line,
  v2Header,
  v2WithChecksum,
} from '../../test/support/proxy-header.ts';
import { OCTET_BY_OCTET } from '../../test/support/segmentation.ts';

const NOT_SMTP = '421 4.7.0 This is an SMTP server, closing connection\r\n';
const GREETING = '220 mx.example.com ESMTP Postern\r\n';
const TOO_MANY = '421 4.7.0 Too many connections, try again later\r\n';
const DENIED = '554 5.7.1 Client address denied by policy\r\n';
const TRUSTED = { proxyProtocolNetworks: ['127.0.0.1/32'] };

let bed: ProxyBed;

async function start(options: BedOptions = {}): Promise<void> {
  bed = await ProxyBed.start({ policy: testPolicy(TRUSTED), ...options });
}

afterEach(async () => {
  await bed.close();
});

async function until(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 8000, interval: 5 });
}

/** A client behind a proxy whose first octets are `octets`. */
async function proxied(octets: Buffer | string): Promise<TestClient> {
  const client = await bed.connect();
  client.send(octets);
  return client;
}

/** The clients in the records of sessions, once one has ended. */
async function recordedClients(): Promise<{ address: string; port: number }[]> {
  await until(() => expect(bed.eventsOf('session')).toHaveLength(1));
  return bed.events
    .filter(({ event }) => event.type === 'session')
    .map(({ origin: { client } }) => ({ address: client.address, port: client.port }));
}

function refusedHeaders() {
  return bed.lines.filter(({ event }) => event === 'proxy-header-refused').map(({ problem }) => problem);
}

describe('a connection of a trusted proxy', () => {
  it.each(HEADERS)('is a session of the client that %s names', async (_version, header) => {
    await start();
    const client = await proxied(header);
    const greeting = await client.hear();
    await client.openContent();
    await client.ask('x\r\n.');
    client.send('QUIT\r\n');

    expect(greeting).toBe(GREETING);
    expect(bed.hops.last.content).toContain('[192.0.2.1]');
    expect(bed.hops.last.content).not.toContain('127.0.0.1');
    expect(bed.hops.last.options.client).toBe('192.0.2.1');
    await recordedClients();
    expect(new Set(bed.events.map(({ origin }) => JSON.stringify(origin.client)))).toEqual(
      new Set([JSON.stringify({ address: '192.0.2.1', port: 4711, tls: false, helo: 'client.example' })]),
    );
    expect(bed.lines).toEqual([]);
  });

  it.each(HEADERS)('hears nothing before the last octet of %s', async (_version, header) => {
    await start();
    const client = await proxied(header.subarray(0, -1));
    await until(() => expect(bed.proxy.waiting).toBe(1));
    // Time enough for an answer to another that came later.
    const other = await proxied(V1);
    await other.hear();

    expect([client.heard, bed.proxy.waiting, bed.proxy.sessions]).toEqual(['', 1, 1]);
    client.send(header.subarray(-1));
    expect(await client.hear()).toBe(GREETING);
    expect([bed.proxy.waiting, bed.proxy.sessions]).toEqual([0, 2]);
  });

  it.each(HEADERS)('may send %s octet by octet', async (_version, header) => {
    await start();
    const client = await bed.connect();
    for (const octet of OCTET_BY_OCTET.cut(header)) await client.sendAll(octet);

    expect(await client.hear()).toBe(GREETING);
  });

  it.each(HEADERS)('may send commands right after %s', async (_version, header) => {
    await start();
    const client = await proxied(Buffer.concat([header, Buffer.from('NOOP\r\nQUIT\r\n')]));

    expect(await client.hearToEnd()).toBe(`${GREETING}250 2.0.0 OK\r\n221 2.0.0 Goodbye\r\n`);
    expect(await recordedClients()).toEqual([{ address: '192.0.2.1', port: 4711 }]);
  });

  it.each(HEADERS)('that ends after %s is greeted, and its session ends', async (_version, header) => {
    await start();
    const client = await proxied(header);
    client.end();

    expect(await client.hearToEnd()).toBe(GREETING);
    expect(await recordedClients()).toEqual([{ address: '192.0.2.1', port: 4711 }]);
    expect(bed.proxy.sessions).toBe(0);
  });

  // The proxy speaks for itself, or does not know: its own address is the client's.
  it.each<[string, Buffer]>([
    ['UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n')],
    ['UNKNOWN with addresses', Buffer.from('PROXY UNKNOWN 192.0.2.1 198.51.100.1 4711 25\r\n')],
    ['LOCAL', v2Header(LOCAL, 0, Buffer.alloc(0))],
    ['LOCAL with addresses', v2Header(LOCAL, TCP4, inet('192.0.2.1', 4711))],
    ['a local stream', v2Header(PROXY, 0x31, Buffer.alloc(216, 'x'))],
    ['no family', v2Header(PROXY, 0, Buffer.alloc(0))],
  ])('keeps its own address with %s', async (_what, header) => {
    await start();
    const client = await proxied(header);
    const { port } = client.socket.address() as AddressInfo;
    await client.hear();
    client.send('QUIT\r\n');

    expect(await recordedClients()).toEqual([{ address: '127.0.0.1', port }]);
  });
});

describe('policy', () => {
  it.each(HEADERS)('denies the client that %s names', async (_version, header) => {
    await start({ policy: testPolicy(TRUSTED, [{ item: 'client#192.0.2.0/24', access: 'deny' }]) });
    const client = await proxied(header);

    expect(await client.hearToEnd()).toBe(DENIED);
    expect(bed.eventsOf('refusal')).toMatchObject([{ rule: 'client#192.0.2.0/24' }]);
    expect(await recordedClients()).toEqual([{ address: '192.0.2.1', port: 4711 }]);
  });

  it('does not judge a client by the address of its proxy', async () => {
    await start({ policy: testPolicy(TRUSTED, [{ item: 'client#127.0.0.1', access: 'deny' }]) });

    expect(await (await proxied(V1)).hear()).toBe(GREETING);
    expect(await (await proxied('PROXY UNKNOWN\r\n')).hearToEnd()).toBe(DENIED);
  });

  it('trusts a client of a relay network by the address that was told', async () => {
    await start({ policy: testPolicy(TRUSTED, [{ item: 'client#192.0.2.1', access: 'relay' }]) });
    const trusted: (boolean | undefined)[] = [];
    const { onCheckRelay } = bed.decisions;
    bed.decisions.onCheckRelay = (request) => {
      trusted.push(request.trusted);
      return onCheckRelay(request);
    };
    for (const header of [V1, v1Header('192.0.2.2', 4711)]) {
      const client = await proxied(header);
      await client.hear();
      await client.openContent();
    }

    expect(trusted).toEqual([true, false]);
  });

  it('counts connections by the network of the address that was told, however it is spelt', async () => {
    await start({ policy: testPolicy({ ...TRUSTED, maxConnectionsPerClient: 1 }) });
    const first = await proxied(v1Header('2001:DB8:0::1', 1));
    const greeting = await first.hear();
    const second = await proxied(v2Header(PROXY, TCP6, inet6('20010db8000000000000000000000001', 2)));
    const other = await proxied(v1Header('2001:db8:0:1::1', 3));

    expect([greeting, await second.hearToEnd(), await other.hear()]).toEqual([GREETING, TOO_MANY, GREETING]);
  });

  it('lets those that wait for their header keep no one out', async () => {
    await start({ policy: testPolicy({ ...TRUSTED, maxConnections: 1 }) });
    const waiting = await proxied('PROXY ');
    await until(() => expect(bed.proxy.waiting).toBe(1));

    const other = await proxied(V1);
    const greeting = await other.hear();
    waiting.send(`${v1Line('192.0.2.1', 4711).slice('PROXY '.length)}\r\n`);

    expect([greeting, await waiting.hearToEnd(), bed.proxy.sessions]).toEqual([GREETING, TOO_MANY, 1]);
  });

  it('tells a client why there is no place, once its header is in', async () => {
    await start({ policy: testPolicy({ ...TRUSTED, maxConnections: 1 }) });
    await (await proxied(V1)).hear();
    const second = await proxied(v1Header('192.0.2.2', 4711));

    expect(await second.hearToEnd()).toBe(TOO_MANY);
    expect(bed.eventsOf('limit')).toMatchObject([{ rule: 'settings#maxConnections' }]);
  });
});

describe('a second header', () => {
  const OTHER_V1 = v1Header('203.0.113.66', 666);
  const OTHER_V2 = v2Header(PROXY, TCP4, inet('203.0.113.66', 666));
  const DENY_OTHER = [{ item: 'client#203.0.113.0/24', access: 'deny' }];

  it.each<[string, Buffer]>([
    ['version 1 behind version 1', V1],
    ['version 1 behind version 2', V2],
  ])('of %s is no SMTP', async (_what, header) => {
    await start({ policy: testPolicy(TRUSTED, DENY_OTHER) });
    const client = await proxied(Buffer.concat([header, OTHER_V1, Buffer.from('QUIT\r\n')]));

    expect(await client.hearToEnd()).toBe(`${GREETING}${NOT_SMTP}`);
    expect(await recordedClients()).toEqual([{ address: '192.0.2.1', port: 4711 }]);
    expect(bed.eventsOf('refusal')).toMatchObject([{ rule: 'not-smtp', verb: 'PROXY' }]);
  });

  it.each<[string, Buffer]>([
    ['version 2 behind version 1', V1],
    ['version 2 behind version 2', V2],
  ])('of %s is no SMTP', async (_what, header) => {
    await start({ policy: testPolicy(TRUSTED, DENY_OTHER) });
    const client = await proxied(Buffer.concat([header, OTHER_V2, Buffer.from('\r\nQUIT\r\n')]));

    // Two empty lines, then a lone NUL.
    const words = await client.hearToEnd();
    expect(words.split('\r\n').map((line) => line.slice(0, 3))).toEqual(['220', '500', '500', '421', '']);
    expect(await recordedClients()).toEqual([{ address: '192.0.2.1', port: 4711 }]);
  });
});

describe('a connection of a trusted proxy without a good header', () => {
  it.each<[string, string | Buffer, string]>([
    ['a command', 'EHLO client.example\r\n', 'no PROXY protocol header'],
    ['a bad address', 'PROXY TCP4 192.0.2.01 198.51.100.1 1 25\r\nNOOP\r\n', 'not an address of TCP4'],
    ['a line without an end', `PROXY ${'x'.repeat(200_000)}`, 'no CR LF in 107 octets'],
    ['a version 2 header without an end', v2Header(PROXY, TCP4, Buffer.alloc(0), 65_535), 'more than 4096 octets'],
    ['a wrong checksum', v2WithChecksum(PROXY, TCP4, inet('192.0.2.1', 1), Buffer.alloc(0), 1), 'wrong checksum'],
  ])('is closed without a word for %s', async (_what, octets, problem) => {
    await start();
    const client = await proxied(octets);
    const { port } = client.socket.address() as AddressInfo;

    expect(await client.hearToEnd()).toBe('');
    expect(bed.lines).toEqual([{ event: 'proxy-header-refused', peer: { address: '127.0.0.1', port }, problem }]);
    expect([bed.events, bed.proxy.waiting, bed.proxy.sessions]).toEqual([[], 0, 0]);
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['half a header', 'PROXY TCP4 192.0.2.1'],
  ])('is closed when its time is over, with %s', async (_what, octets) => {
    await start({ policy: testPolicy({ ...TRUSTED, commandTimeoutSeconds: 1 }) });
    const client = await proxied(octets);

    expect(await client.hearToEnd()).toBe('');
    expect(refusedHeaders()).toEqual(['header not whole after 1000 ms']);
    expect(bed.events).toEqual([]);
  });

  it('is no news when it goes without a word, as health checks do', async () => {
    await start();
    const ended = await bed.connect();
    const lost = await bed.connect();
    await until(() => expect(bed.proxy.waiting).toBe(2));

    ended.end();
    const heard = await ended.hearToEnd();
    lost.reset();

    await until(() => expect(bed.proxy.waiting).toBe(0));
    expect([heard, bed.lines, bed.events]).toEqual(['', [], []]);
  });

  it('is told of when it ends inside its header', async () => {
    await start();
    const client = await proxied(V2.subarray(0, 20));
    client.end();

    expect(await client.hearToEnd()).toBe('');
    expect(refusedHeaders()).toEqual(['closed inside the header']);
    expect([bed.events, bed.proxy.waiting]).toEqual([[], 0]);
  });

  it('is closed without a word when the proxy leaves', async () => {
    await start();
    const client = await proxied('PROXY ');
    await until(() => expect(bed.proxy.waiting).toBe(1));

    await bed.proxy.leave(10_000);

    expect([await client.hearToEnd(), bed.proxy.waiting, bed.lines]).toEqual(['', 0, []]);
  });
});

describe('a connection of anybody else', () => {
  // No network is trusted by default; a network that does not hold the peer is none for it.
  const SETTINGS = [{}, { proxyProtocolNetworks: ['127.0.0.2/32', '192.0.2.0/24', '::1/128'] }];

  it.each(SETTINGS)('is greeted at once, and its header is no SMTP: %j', async (settings) => {
    await start({ policy: testPolicy(settings) });
    const client = await bed.connect();
    const { port } = client.socket.address() as AddressInfo;
    client.send(`${v1Line('192.0.2.1', 4711)}\r\nEHLO x\r\n`);

    expect(await client.hearToEnd()).toBe(`${GREETING}${NOT_SMTP}`);
    expect(await recordedClients()).toEqual([{ address: '127.0.0.1', port }]);
  });

  it.each(SETTINGS)('is no one else by a header after EHLO: %j', async (settings) => {
    await start({ policy: testPolicy(settings, [{ item: 'client#192.0.2.1', access: 'relay' }]) });
    const asked = vi.spyOn(bed.decisions, 'onCheckRelay');
    const client = await bed.connect();
    const { port } = client.socket.address() as AddressInfo;
    const greeting = await client.hear();
    await client.ask('EHLO client.example');
    const refusal = await client.ask(v1Line('192.0.2.1', 4711));
    await client.openContent();
    await client.ask('x\r\n.');
    client.send('QUIT\r\n');

    expect([greeting, refusal.slice(0, 3)]).toEqual([GREETING, '500']);
    expect(await recordedClients()).toEqual([{ address: '127.0.0.1', port }]);
    expect(asked).toHaveBeenCalledWith(expect.objectContaining({ trusted: false }));
    expect(bed.hops.last.content).not.toContain('192.0.2.1');
    expect(bed.hops.last.options.client).toBe('127.0.0.1');
  });

  it('does not get out of its denial by a header', async () => {
    await start({ policy: testPolicy({}, [{ item: 'client#127.0.0.1', access: 'deny' }]) });

    expect(await (await proxied(V1)).hearToEnd()).toBe(DENIED);
    expect(await (await proxied(V2)).hearToEnd()).toBe(DENIED);
  });

  it('is closed at the NUL of a binary header', async () => {
    await start({ policy: testPolicy() });
    const client = await proxied(Buffer.concat([V2, Buffer.from('\r\nQUIT\r\n')]));

    const words = await client.hearToEnd();

    expect(words.split('\r\n').map((line) => line.slice(0, 3))).toEqual(['220', '500', '500', '421', '']);
  });

  it('cannot put a header in front of its handshake', async () => {
    await start({ policy: testPolicy() });
    const client = await TestClient.connect(bed.tlsPort);
    const { port } = client.socket.address() as AddressInfo;
    client.send(V1);

    // An alert, and no greeting.
    expect(await client.hearToEnd()).not.toContain('220');
    client.reset();
    expect(await recordedClients()).toEqual([{ address: '127.0.0.1', port }]);
  });
});
