/** Floods: what is held is bounded both ways, whoever does not keep up. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type BedOptions, ProxyBed } from '../../test/support/edge-proxy-bed.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { type HopClient, politely, ScriptedHop } from '../../test/support/scripted-hop.ts';
import { SmtpNextHops } from '../next-hop/smtp/smtp-next-hops.ts';

const MEGABYTE = 1_000_000;
const LARGE = { maxMessageOctets: 100 * MEGABYTE };
/** Octets that may be at the hop or waiting for it: its room, and a chunk or two. */
const ROOM_OCTETS = 65_536;
const MOST_OCTETS = ROOM_OCTETS + 3 * 65_536;

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

/** 50 MB of content, dot-stuffing not needed. */
function fiftyMegabytes(): Buffer {
  return Buffer.alloc(50 * MEGABYTE, `${'x'.repeat(78)}\r\n`);
}

describe.each([
  ['in the clear', () => bed.greeted()],
  ['under TLS', () => bed.greetedTls()],
])('a hop that does not drain (%s)', (_name, connect) => {
  it('stops the reading of the client, and memory is bounded', async () => {
    await start({ policy: testPolicy(LARGE), hop: { roomOctets: ROOM_OCTETS } });
    const client = await connect();
    await client.openContent();
    const content = fiftyMegabytes();

    client.send(content);
    client.send('.\r\n');
    const held = await standsStill(() => bed.hops.last.octets);

    expect(held).toBeGreaterThanOrEqual(ROOM_OCTETS);
    expect(held).toBeLessThan(MOST_OCTETS);
    // Piece by piece the message goes through all the same.
    const drains = setInterval(() => bed.hops.last.drain(), 0);
    const reply = await client.hear();
    clearInterval(drains);
    expect(reply).toMatch(/^250 /);
    expect(bed.hops.last.octets).toBeGreaterThan(content.length);
    expect(bed.hops.last.octets).toBeLessThan(content.length + 1000);
  });
});

describe('a hop that does not drain', () => {
  it('is not held against the client, whose time starts anew when it does', async () => {
    await start({ policy: testPolicy({ dataTimeoutSeconds: 1 }), hop: { roomOctets: 1000 } });
    const client = await bed.greeted();
    await client.openContent();
    // Too few to re-arm the data timeout by themselves.
    client.send(`${'x'.repeat(998)}\r\n`.repeat(2));
    await until(() => expect(bed.hops.last.octets).toBeGreaterThan(2000));

    await new Promise((resolve) => setTimeout(resolve, 1500));
    const isBlamed = client.heard.includes('421');
    bed.hops.last.drain();
    const startedAt = performance.now();
    const words = await client.hear();

    expect(isBlamed).toBe(false);
    expect(words).toBe('421 4.4.2 Timeout, closing connection\r\n');
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  it('and a client that leaves meanwhile: nothing is handed on', async () => {
    await start({ policy: testPolicy(LARGE), hop: { roomOctets: ROOM_OCTETS } });
    const client = await bed.greeted();
    await client.openContent();
    client.send(fiftyMegabytes());
    await until(() => expect(bed.hops.last.octets).toBeGreaterThan(ROOM_OCTETS));

    client.reset();
    await client.closed;

    // What had come before is read first.
    await until(() => {
      bed.hops.last.drain();
      expect(bed.hops.last.ending).toBe('abandoned');
    });
    await until(() => expect(bed.proxy.sessions).toBe(0));
  });

  // With a real hop, over a real socket.
  it('stops the client over a real connection too, and its content arrives as it was', async () => {
    const heard = Promise.withResolvers<string>();
    const mayRead = Promise.withResolvers<void>();
    const hop = await ScriptedHop.start(
      politely({
        DATA: async (client) => {
          client.pause();
          client.say('354 go on\r\n');
          await mayRead.promise;
          client.resume();
          heard.resolve(await contentOf(client));
          client.say('250 2.0.0 queued\r\n');
        },
      }),
    );
    await start({
      policy: testPolicy(LARGE),
      nextHops: new SmtpNextHops({ ehloName: () => 'mx.example.com' }),
      nextHop: hop.nextHop(),
    });
    const client = await bed.greeted();
    await client.openContent();
    // No two lines alike: the memory of what has left is used again for what comes.
    const content = Array.from({ length: 250_000 }, (_, number) => `${number} ${'x'.repeat(70)}\r\n`).join('');
    client.send(content);
    client.send('.\r\n');

    // The kernel's buffers on the way hold some megabytes; the rest stays with the client.
    const left = await standsStill(() => client.socket.writableLength);
    mayRead.resolve();

    expect(left).toBeGreaterThan(5 * MEGABYTE);
    expect(await client.hear()).toMatch(/^250 2\.0\.0 OK/);
    expect((await heard.promise).endsWith(`${content}.\r\n`)).toBe(true);
    await hop.close();
  });

  it('and then hangs up lets the client finish and hear of it', async () => {
    const mayLeave = Promise.withResolvers<void>();
    const hop = await ScriptedHop.start(
      politely({
        DATA: async (client) => {
          client.pause();
          client.say('354 go on\r\n');
          await mayLeave.promise;
          client.reset();
        },
      }),
    );
    await start({
      policy: testPolicy(LARGE),
      nextHops: new SmtpNextHops({ ehloName: () => 'mx.example.com' }),
      nextHop: hop.nextHop(),
    });
    const client = await bed.greeted();
    await client.openContent();
    client.send(fiftyMegabytes());
    client.send('.\r\n');
    await standsStill(() => client.socket.writableLength);

    mayLeave.resolve();

    expect(await client.hear()).toMatch(/^451 4\.4\.2 /);
    await hop.close();
  });
});

/** As `hearContent`, but twenty megabytes are not to be searched again with every piece. */
async function contentOf(client: HopClient): Promise<string> {
  const pieces: string[] = [];
  let end = '';
  while (!end.endsWith('\r\n.\r\n')) {
    const piece = await client.hearSomething();
    pieces.push(piece);
    end = (end + piece).slice(-5);
  }
  return pieces.join('');
}

/** The value once it has not changed for a while. */
async function standsStill(value: () => number): Promise<number> {
  let last = value();
  for (let same = 0; same < 10; ) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    same = value() === last ? same + 1 : 0;
    last = value();
  }
  return last;
}

describe('a flood of commands', () => {
  it('of 10,000 pipelined NOOPs is answered, each once', async () => {
    await start();
    const client = await bed.greeted();

    client.send(`${'NOOP\r\n'.repeat(10_000)}QUIT\r\n`);

    expect(await client.hearToEnd()).toBe(`${'250 2.0.0 OK\r\n'.repeat(10_000)}221 2.0.0 Goodbye\r\n`);
  });

  it('of 10,000 pipelined NOOPs is answered under TLS, in segments of an octet at its seams', async () => {
    await start();
    const client = await bed.greetedTls();
    const flood = Buffer.from(`${'NOOP\r\n'.repeat(10_000)}QUIT\r\n`);

    for (let at = 0; at < flood.length; at += 997) {
      client.send(flood.subarray(at, at + 996));
      client.send(flood.subarray(at + 996, at + 997));
    }

    expect(await client.hearToEnd()).toBe(`${'250 2.0.0 OK\r\n'.repeat(10_000)}221 2.0.0 Goodbye\r\n`);
  });

  it('whose replies no one reads for a while is answered in full later', async () => {
    await start();
    const client = await bed.greeted();
    client.pause();
    client.send(`${'EHLO x\r\n'.repeat(50_000)}QUIT\r\n`);
    await standsStill(() => client.socket.writableLength);

    client.resume();
    const words = await client.hearToEnd();

    expect(words.split('250 ENHANCEDSTATUSCODES').length + words.split('250 STARTTLS').length - 2).toBe(50_000);
    expect(words.endsWith('221 2.0.0 Goodbye\r\n')).toBe(true);
  });
});

describe('a line without an end', () => {
  it.each(['x', 'NOOP ', 'EHLO '])('of 10 MB (%j) is bounded, and answered when it ends', async (head) => {
    await start();
    const client = await bed.greeted();

    client.send(head);
    client.send(Buffer.alloc(10 * MEGABYTE, 'x'));
    client.send('\r\nNOOP\r\n');

    expect(await client.hearReplies(2)).toEqual(['500 5.5.2 Command line too long\r\n', '250 2.0.0 OK\r\n']);
    expect(bed.eventsOf('refusal')).toMatchObject([{ octets: 10 * MEGABYTE + head.length + 2 }]);
  });

  it('of 10 MB that never ends is dropped with the connection', async () => {
    await start();
    const client = await bed.greeted();

    client.send(Buffer.alloc(10 * MEGABYTE, 'x'));
    client.end();

    expect(await client.hearToEnd()).toBe('');
    await until(() => expect(bed.proxy.sessions).toBe(0));
  });
});
