/** Who is let in, what policy says of it, and what is recorded. */

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type BedOptions, hopNamed, ProxyBed, permitRelay } from '../../test/support/edge-proxy-bed.ts';
import { TestClient } from '../../test/support/edge-proxy-client.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { Faults } from '../faults.ts';
import { KeptBudget } from '../kept/kept-budget.ts';
import { errorText } from '../log.ts';
import { PartialDeliveries } from '../next-hop/partial-deliveries.ts';
import { PublishedServer } from './published-server.ts';

const TOO_MANY = '421 4.7.0 Too many connections, try again later\r\n';
const DENIED = '554 5.7.1 Client address denied by policy\r\n';
const LOOPBACK_DENIED = [{ item: 'client#127.0.0.0/8', access: 'deny' }];

let bed: ProxyBed;

async function start(options: BedOptions = {}): Promise<ProxyBed> {
  bed = await ProxyBed.start(options);
  return bed;
}

afterEach(async () => {
  await bed.close();
});

async function until(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 8000, interval: 5 });
}

describe('a session under way', () => {
  it('is listed with what it is about, and its commands where they are asked for', async () => {
    await start();
    const client = await bed.greeted();
    client.send('EHLO pc.example\r\n');
    await client.hear();

    const [session] = bed.proxy.live();
    const [asked] = bed.proxy.live(session?.session);

    expect(session).toMatchObject({ client: { address: '127.0.0.1', helo: 'pc.example', tls: false }, state: 'ready' });
    expect(session).not.toHaveProperty('commands');
    expect(asked?.commands).toMatchObject([{ verb: 'EHLO', line: 'EHLO pc.example', reply: 250 }]);
  });

  it('is ended where it is meant, and hears so', async () => {
    await start();
    const [one, other] = [await bed.greeted(), await bed.greeted()];
    const [first] = bed.proxy.live();

    const ended = [
      bed.proxy.end({ session: first?.session }),
      bed.proxy.end({ client: '192.0.2.7' }),
      bed.proxy.end({}),
    ];
    const words = await Promise.race([one.hearToEnd(), other.hearToEnd()]);

    expect(ended).toEqual([1, 0, 0]);
    expect(words).toBe('421 4.3.2 Session ended by an operator, closing connection\r\n');
    await until(() => expect(bed.proxy.sessions).toBe(1));
    expect(bed.eventsOf('session')).toMatchObject([{ ending: 'operator' }]);
    expect(bed.proxy.end({ client: '127.0.0.1' })).toBe(1);
  });
});

describe('a connection', () => {
  it('is greeted at once, before it says anything', async () => {
    await start();

    expect(await (await bed.connect()).hear()).toBe('220 mx.example.com ESMTP Postern\r\n');
  });

  it('of a denied client is told so, and closed', async () => {
    await start({ policy: testPolicy({}, LOOPBACK_DENIED) });

    const client = await bed.connect();

    expect(await client.hearToEnd()).toBe(DENIED);
    expect([client.hasEnded, client.error]).toEqual([true, undefined]);
    expect(bed.proxy.sessions).toBe(0);
    expect(bed.eventsOf('refusal')).toMatchObject([{ rule: 'client#127.0.0.0/8' }]);
  });

  it('of a denied client is told so under TLS, after its handshake', async () => {
    await start({ policy: testPolicy({}, LOOPBACK_DENIED) });

    const client = await TestClient.connectTls(bed.tlsPort);

    expect(await client.hearToEnd()).toBe(DENIED);
  });

  it('of a denied client that talks all the same is told so, and nothing else', async () => {
    await start({ policy: testPolicy({}, LOOPBACK_DENIED) });
    const client = TestClient.dial(bed.port);

    client.send(`EHLO x\r\n${'NOOP\r\n'.repeat(100_000)}`);

    expect(await client.hearToEnd()).toBe(DENIED);
    expect(client.error).toBeUndefined();
  });

  it('to a server that is switched off is told so', async () => {
    await start({ policy: testPolicy({ enabled: false }) });

    expect(await (await bed.connect()).hearToEnd()).toMatch(/^421 4\.3\.2 /);
  });

  it.each(['maxConnections', 'maxConnectionsPerClient'])('above %s is told so, until one leaves', async (limit) => {
    await start({ policy: testPolicy({ [limit]: 2 }) });
    const first = await bed.greeted();
    await bed.greeted();

    const third = await bed.connect();
    const words = await third.hearToEnd();
    first.end();
    await until(() => expect(bed.proxy.sessions).toBe(1));
    const fourth = await bed.connect();

    expect(words).toBe(TOO_MANY);
    expect(await fourth.hear()).toMatch(/^220 /);
    expect(bed.eventsOf('limit')).toMatchObject([{ rule: `settings#${limit}`, limit: 2 }]);
  });

  it('frees its place however it ends', async () => {
    await start({ policy: testPolicy({ maxConnections: 2 }) });

    for (let turn = 0; turn < 5; turn += 1) {
      const [quits, resets] = [await bed.greeted(), await bed.greeted()];
      await quits.ask('QUIT');
      quits.end();
      resets.reset();
      await until(() => expect(bed.proxy.sessions).toBe(0));
    }

    expect(bed.eventsOf('limit')).toEqual([]);
  });
});

describe('what is asked and recorded', () => {
  it('names server, session, client and trust in each question', async () => {
    await start({ policy: testPolicy({}, [{ item: 'client#127.0.0.1', access: 'relay' }]) });
    const asked = vi.fn(() => permitRelay(hopNamed('smtp://mta:25')));
    bed.decisions.onCheckRelay = asked;
    const client = await bed.greeted();

    await client.openContent();

    expect(asked).toHaveBeenCalledExactlyOnceWith({
      server: 'mx1',
      session: bed.hops.last.content.match(/\tid ([\w-]+)/)?.[1]?.slice(0, 12) ?? expect.any(String),
      client: {
        address: '127.0.0.1',
        port: (client.socket.address() as AddressInfo).port,
        helo: 'client.example',
        tls: false,
      },
      recipient: 'bob@example.com',
      trusted: true,
    });
  });

  it('gives the hop its times from the settings', async () => {
    await start({
      policy: testPolicy({
        nextHopConnectTimeoutSeconds: 11,
        nextHopTimeoutSeconds: 12,
        nextHopFinalTimeoutSeconds: 13,
      }),
    });
    const client = await bed.greeted();

    await client.openContent();

    expect(bed.hops.last.options.timeouts).toEqual({
      connectSeconds: 11,
      replySeconds: 12,
      finalSeconds: 13,
      sesPaceSeconds: 5,
    });
  });

  it('gives each session an id of its own', async () => {
    await start();
    for (let turn = 0; turn < 20; turn += 1) (await bed.greeted()).reset();

    await until(() => expect(bed.eventsOf('session')).toHaveLength(20));
    expect(new Set(bed.events.map(({ origin }) => origin.id)).size).toBe(20);
  });
});

describe('a new policy', () => {
  it('is taken by a standing session at its next command', async () => {
    await start();
    const client = await bed.greeted();
    const before = await client.ask('VRFY x');

    bed.setPolicy(testPolicy({}, [{ item: 'command#VRFY', allowed: true }]));

    expect([before.slice(0, 3), (await client.ask('VRFY x')).slice(0, 3)]).toEqual(['502', '252']);
  });

  it('is taken between transactions and not within one', async () => {
    await start({ policy: testPolicy({ maxRecipients: 2 }) });
    const client = await bed.greeted();
    await client.ask('EHLO client.example');
    const send = async (): Promise<string[]> => {
      client.send('MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n');
      const first = await client.hearReplies(2);
      bed.setPolicy(testPolicy({ maxRecipients: 1 }));
      client.send('RCPT TO:<c@example.com>\r\nDATA\r\n');
      const second = await client.hearReplies(2);
      client.send('x\r\n.\r\n');
      return [...first, ...second, await client.hear()].map((reply) => reply.slice(0, 3));
    };

    const within = await send();
    const after = await send();

    expect(within).toEqual(['250', '250', '250', '354', '250']);
    expect(after).toEqual(['250', '250', '452', '354', '250']);
    expect(
      new Set(bed.events.filter(({ event }) => event.type === 'transaction').map(({ origin }) => origin.policy.version))
        .size,
    ).toBe(2);
  });

  it('that denies the client ends its session at the next command, outside a transaction', async () => {
    await start();
    const client = await bed.greeted();
    await client.openContent();

    bed.setPolicy(testPolicy({}, LOOPBACK_DENIED));
    client.send('x\r\n.\r\nNOOP\r\n');

    expect(await client.hear()).toMatch(/^250 2\.0\.0 OK/);
    expect(await client.hearToEnd()).toBe(DENIED);
  });

  it('is in force for the next connection', async () => {
    await start();

    bed.setPolicy(testPolicy({ hostname: 'new.example.com' }));

    expect(await (await bed.connect()).hear()).toBe('220 new.example.com ESMTP Postern\r\n');
  });
});

describe('listen', () => {
  it('names the port that is taken', async () => {
    await start();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const proxy = new PublishedServer({
      services: {
        server: 'mx1',
        now: () => 0,
        calendar: () => 0,
        decisions: bed.decisions,
        nextHops: bed.hops,
        served: new PartialDeliveries(() => performance.now()),
        keptBudget: new KeptBudget(tmpdir()),
        secureContext: () => {
          throw new Error('No TLS here');
        },
        record: () => {},
        log: () => {},
        faults: new Faults(),
      },
      policy: () => bed.policy,
      listeners: [{ port, mode: 'starttls' }],
      host: '127.0.0.1',
    });

    const problem = await proxy.listen().catch((error: unknown) => errorText(error));

    expect(problem).toContain(`Cannot listen on port ${port}: listen EADDRINUSE`);
    taken.close();
  });
});
