/** STARTTLS and its abuse, and handshakes that go wrong. */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type BedOptions, ProxyBed } from '../../test/support/edge-proxy-bed.ts';
import { TestClient } from '../../test/support/edge-proxy-client.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { ClientConnection } from './client-connection.ts';

const SHORT_HANDSHAKE = testPolicy({ tlsHandshakeTimeoutSeconds: 1 });

let bed: ProxyBed;

async function start(options: BedOptions = {}): Promise<ProxyBed> {
  bed = await ProxyBed.start(options);
  return bed;
}

afterEach(async () => {
  await bed.close();
});

async function until(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 5000, interval: 5 });
}

/** A client that said EHLO in the clear. */
async function introduced(): Promise<TestClient> {
  const client = await bed.greeted();
  await client.ask('EHLO in-the-clear.example');
  return client;
}

describe('STARTTLS', () => {
  it('starts the session over: what was said in the clear is forgotten', async () => {
    await start();
    const client = await introduced();

    const reply = await client.ask('STARTTLS');
    await client.startTls();
    const beforeEhlo = await client.ask('MAIL FROM:<alice@example.com>');
    const ehlo = await client.ask('EHLO secured.example');

    expect(reply).toBe('220 2.0.0 Ready to start TLS\r\n');
    expect(beforeEhlo).toMatch(/^503 5\.5\.1 /);
    expect(ehlo).not.toContain('STARTTLS');
    await client.ask('QUIT');
    expect(bed.events.at(-1)?.origin.client).toMatchObject({ helo: 'secured.example', tls: true });
  });

  it('speaks TLS 1.2 and up only', async () => {
    await start();
    const client = await introduced();
    await client.ask('STARTTLS');
    client.socket.removeAllListeners('data');
    const secured = connect({
      socket: client.socket,
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
    });

    const error = await new Promise<Error>((resolve) => secured.once('error', resolve));

    expect(error.message).toMatch(/protocol|alert|ECONNRESET|disconnected/i);
    await until(() => expect(bed.proxy.sessions).toBe(0));
  });

  it('is refused under TLS', async () => {
    await start();
    const client = await bed.greetedTls();
    await client.ask('EHLO client.example');

    expect(await client.ask('STARTTLS')).toBe('503 5.5.1 TLS already active\r\n');
  });

  // CVE-2011-0411: what came in the clear after STARTTLS must not be taken for what came under TLS.
  it('drops commands injected in the segment of STARTTLS', async () => {
    await start();
    const client = await introduced();

    client.send('STARTTLS\r\nEHLO injected.example\r\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<bob@example.com>\r\n');
    const reply = await client.hear();
    await client.startTls();
    const answers = [await client.ask('RCPT TO:<bob@example.com>'), await client.ask('NOOP')];

    expect(reply).toMatch(/^220 /);
    expect(answers).toEqual(['503 5.5.1 Send EHLO first\r\n', '250 2.0.0 OK\r\n']);
    expect(bed.hops.transactions).toEqual([]);
    expect(client.heard).not.toContain('Sender OK');
  });

  it('drops half a command injected in the segment of STARTTLS', async () => {
    await start();
    const client = await introduced();

    client.send('STARTTLS\r\nEHLO injected.exam');
    await client.hear();
    await client.startTls();

    expect(await client.ask('NOOP')).toBe('250 2.0.0 OK\r\n');
  });

  it('never carries out commands injected in a segment of their own before the handshake', async () => {
    await start({ policy: SHORT_HANDSHAKE });
    const client = await introduced();

    await client.sendAll('STARTTLS\r\n');
    await client.sendAll('EHLO injected.example\r\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<bob@example.com>\r\n');
    const reply = await client.hear();
    await client.startTls();
    // Either they were dropped before the handshake or they broke it.
    const answer = await client.ask('NOOP').catch(() => 'no session');

    expect(reply).toMatch(/^220 /);
    expect(['250 2.0.0 OK\r\n', 'no session']).toContain(answer);
    expect(bed.hops.transactions).toEqual([]);
    expect(client.heard).not.toContain('Sender OK');
  });

  it('drops commands injected in a segment of their own while the reply to STARTTLS is still under way', async () => {
    await start();
    const accepted = Promise.withResolvers<Socket>();
    const server = createServer({ allowHalfOpen: true }, accepted.resolve).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = await TestClient.connect((server.address() as AddressInfo).port);
    const socket = await accepted.promise;
    new ClientConnection({ ...bed.connectionOptions(), socket }).start();
    await client.hear();
    await client.ask('EHLO in-the-clear.example');

    socket.cork();
    client.send('STARTTLS\r\n');
    await until(() => expect(socket.writableLength).toBeGreaterThan(0));
    const injected = 'EHLO injected.example\r\nMAIL FROM:<evil@example.com>\r\n';
    const readBefore = socket.bytesRead;
    client.send(injected);
    await until(() => expect(socket.bytesRead).toBe(readBefore + injected.length));
    socket.uncork();
    const reply = await client.hear();
    await client.startTls();
    const answers = [await client.ask('RCPT TO:<bob@example.com>'), await client.ask('NOOP')];

    expect(reply).toMatch(/^220 /);
    expect(answers).toEqual(['503 5.5.1 Send EHLO first\r\n', '250 2.0.0 OK\r\n']);
    expect(client.heard).not.toContain('Sender OK');
    client.reset();
    server.close();
  });

  it('drops commands injected under a flood of replies that the client has not read', async () => {
    await start();
    const client = await introduced();
    client.pause();

    await client.sendAll(`${'NOOP\r\n'.repeat(2000)}STARTTLS\r\nMAIL FROM:<evil@example.com>\r\n`);
    client.resume();
    const replies = await client.hearReplies(2001);
    await client.startTls();

    expect(replies.at(-1)).toMatch(/^220 /);
    expect(await client.ask('NOOP')).toBe('250 2.0.0 OK\r\n');
  });
});

// A client that has no TLS hears nothing in the clear, where it might be taken for more than it is.
describe.each<[string, () => Promise<TestClient>]>([
  ['TLS first', async () => await TestClient.connect(bed.tlsPort)],
  [
    'STARTTLS',
    async () => {
      const client = await introduced();
      await client.ask('STARTTLS');
      return client;
    },
  ],
])('a handshake (%s)', (_name, connectTo) => {
  it('of garbage closes the connection at once, without a reply', async () => {
    await start();
    const client = await connectTo();

    client.send('EHLO client.example\r\nMAIL FROM:<alice@example.com>\r\n');
    const words = await client.hearToEnd();

    expect(words).not.toMatch(/^\d{3}[ -]/m);
    await until(() => expect(bed.proxy.sessions).toBe(0));
    expect(bed.eventsOf('session')).toHaveLength(1);
  });

  it('that never comes is cut off silently at its time', async () => {
    await start({ policy: SHORT_HANDSHAKE });
    const client = await connectTo();
    const startedAt = performance.now();

    const words = await client.hearToEnd();

    expect(words).toBe('');
    expect(performance.now() - startedAt).toBeGreaterThan(900);
    expect(performance.now() - startedAt).toBeLessThan(3000);
    await until(() => expect(bed.proxy.sessions).toBe(0));
    expect(bed.eventsOf('session')).toMatchObject([{ ending: 'settings#tlsHandshakeTimeoutSeconds' }]);
  });

  it('that stops half-way is cut off at its time', async () => {
    await start({ policy: SHORT_HANDSHAKE });
    const client = await connectTo();

    // The head of a record of 512 octets with a ClientHello, and then nothing.
    client.send(Buffer.from('160301020001', 'hex'));
    const words = await client.hearToEnd();

    expect(words).not.toMatch(/^\d{3}[ -]/m);
    await until(() => expect(bed.proxy.sessions).toBe(0));
  });

  it.each([
    ['a FIN', (client: TestClient) => client.end()],
    ['a reset', (client: TestClient) => client.reset()],
    [
      'half of it and a FIN',
      (client: TestClient) => {
        client.send(Buffer.from('160301020001', 'hex'));
        client.end();
      },
    ],
  ])('that ends with %s frees its place at once', async (_claim, leave) => {
    await start();
    const client = await connectTo();
    await until(() => expect(bed.proxy.sessions).toBe(1));

    leave(client);

    await until(() => expect(bed.proxy.sessions).toBe(0));
    expect(bed.eventsOf('session')).toHaveLength(1);
  });
});

// ALPACA: a browser that was led here says what it means to speak, before it says anything else.
describe('a client that offers protocols (ALPN)', () => {
  it.each([
    ['none', undefined, 'served'],
    ['smtp', ['smtp'], 'served'],
    ['smtp among others', ['http/1.1', 'smtp'], 'served'],
    ['esmtp', ['esmtp'], 'served'],
    ['http/1.1', ['http/1.1'], 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'],
    ['h2 and http/1.1', ['h2', 'http/1.1'], 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'],
  ])('%s', async (_name, ALPNProtocols, outcome) => {
    await start();
    const client = connect({
      port: bed.tlsPort,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...(ALPNProtocols === undefined ? {} : { ALPNProtocols }),
    });

    const heard = await new Promise<string>((resolve) => {
      client.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      client.once('data', (octets: Buffer) => resolve(octets.toString().startsWith('220 ') ? 'served' : ''));
    });

    expect(heard).toBe(outcome);
    client.destroy();
  });
});

describe('a broken TLS session', () => {
  it('hands nothing on when its records turn to garbage within a message', async () => {
    await start();
    const raw = createConnection(bed.tlsPort, '127.0.0.1');
    const wire = Duplex.from({ readable: raw, writable: raw });
    const secured = connect({ socket: wire, rejectUnauthorized: false });
    secured.on('error', () => undefined);
    wire.on('error', () => undefined);
    secured.write('EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n');
    secured.write('Subject: x\r\n\r\n');
    await until(() => expect(bed.hops.last.content).toContain('Subject: x'));

    // Past the TLS layer, straight onto the wire.
    raw.write('\r\n.\r\nQUIT\r\n');

    await until(() => expect(bed.proxy.sessions).toBe(0));
    expect(bed.hops.last.ending).toBe('abandoned');
    expect(bed.hops.messages).toEqual([]);
    raw.destroy();
  });

  // Each costs the server far more than the client; Node's own limit is 3 in 10 minutes.
  it('ends when the client negotiates again and again', async () => {
    await start();
    const client = connect({ port: bed.tlsPort, host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
    client.on('error', () => undefined);
    const isClosed = once(client, 'close');
    await once(client, 'secureConnect');
    client.resume();

    let negotiations = 0;
    const again = (): void => {
      client.renegotiate({ rejectUnauthorized: false }, (error) => {
        if (error !== null) return;
        negotiations += 1;
        if (negotiations < 100) again();
      });
    };
    again();
    await until(() => expect(bed.proxy.sessions).toBe(0));
    await isClosed;

    expect(negotiations).toBeLessThanOrEqual(3);
  });
});
