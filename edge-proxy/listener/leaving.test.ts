/** How the proxy leaves: nothing new, what is under way to its end, and a word to everybody. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { REPLIES } from '../../policy/reply.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import { taken } from '../../test/support/answers.ts';
import { type BedOptions, ProxyBed } from '../../test/support/edge-proxy-bed.ts';
import { TestClient } from '../../test/support/edge-proxy-client.ts';

const LEAVING = '421 4.3.2 Service shutting down, closing connection\r\n';
const AMPLE_MS = 10_000;

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

/** Hears the rest and ends its own side, as a client does. */
async function farewellOf(client: TestClient): Promise<string> {
  const words = await client.hearToEnd();
  client.end();
  return words;
}

describe('leave', () => {
  it('tells the idle at once, under TLS too, and resolves when they are gone', async () => {
    await start();
    const plain = await bed.greeted();
    const secured = await bed.greetedTls();
    await secured.ask('EHLO client.example');
    const startedAt = performance.now();

    const left = bed.proxy.leave(AMPLE_MS);
    const words = await Promise.all([plain, secured].map(farewellOf));
    await left;

    expect(words).toEqual([LEAVING, LEAVING]);
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect([bed.proxy.sessions, bed.proxy.isLeaving, bed.hops.isClosed]).toEqual([0, true, true]);
  });

  it('resolves at once when there is no one', async () => {
    await start();
    const startedAt = performance.now();

    await bed.proxy.leave(AMPLE_MS);

    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it('refuses new connections', async () => {
    await start();
    await bed.proxy.leave(AMPLE_MS);

    for (const port of [bed.port, bed.tlsPort]) {
      const client = TestClient.dial(port);
      await client.closed;

      expect(client.error).toBe('ECONNREFUSED');
    }
  });

  // A transaction under way is finished, from whatever point.
  it.each<[string, string, string]>([
    ['behind MAIL', 'EHLO c\r\nMAIL FROM:<a@example.com>\r\n', 'RCPT TO:<b@example.com>\r\nDATA\r\nx\r\n.\r\n'],
    ['behind RCPT', 'EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n', 'DATA\r\nx\r\n.\r\n'],
    ['in content', 'EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nx\r\n', 'y\r\n.\r\n'],
  ])('lets a transaction finish %s, and says 421 after its 250', async (_where, before, after) => {
    await start();
    const client = await bed.greeted();
    client.send(before);
    await client.hearReplies(before.split('\r\n').filter((line) => /^[A-Z]/.test(line)).length);

    const left = bed.proxy.leave(AMPLE_MS);
    client.send(after);
    const words = await farewellOf(client);
    await left;

    expect(words).toMatch(new RegExp(`250 2\\.0\\.0 OK \\S+\r\n${LEAVING}$`));
    expect(bed.hops.messages).toHaveLength(1);
  });

  it('takes no second transaction after the first', async () => {
    await start();
    const client = await bed.greeted();
    await client.openContent();

    const left = bed.proxy.leave(AMPLE_MS);
    client.send('x\r\n.\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n');
    const words = await farewellOf(client);
    await left;

    expect(words).toMatch(new RegExp(`^250 2\\.0\\.0 OK \\S+\r\n${LEAVING}$`));
    expect(bed.hops.transactions).toHaveLength(1);
  });

  it('lets a handshake under way finish, to say 421 under TLS', async () => {
    await start();
    const client = await bed.greeted();
    await client.ask('EHLO client.example');
    await client.ask('STARTTLS');

    const left = bed.proxy.leave(AMPLE_MS);
    await client.startTls();

    expect(await farewellOf(client)).toBe(LEAVING);
    await left;
  });

  it('says 421 to a transaction that outlasts the grace, hands nothing on, and waits until that is heard', async () => {
    await start();
    const client = await bed.greeted();
    await client.openContent();
    client.send('x\r\n');

    const left = bed.proxy.leave(50);
    const words = await farewellOf(client);
    await left;

    expect(words).toBe(LEAVING);
    expect(bed.hops.last.ending).toBe('abandoned');
    expect(bed.proxy.sessions).toBe(0);
    expect(bed.eventsOf('transaction')).toMatchObject([{ verdict: 'abandoned', rule: 'shutdown' }]);
  });

  it('does not wait long for a client that does not go', async () => {
    await start();
    const client = await bed.greeted();
    await client.openContent();
    const startedAt = performance.now();

    await bed.proxy.leave(50);

    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(await client.hearToEnd()).toBe(LEAVING);
  });

  it('waits for the answer to a message whose client has gone, so that it is recorded', async () => {
    const answered = Promise.withResolvers<HopAnswer>();
    await start({ hop: { finish: () => answered.promise } });
    const client = await bed.greeted();
    await client.openContent();
    client.send('x\r\n.\r\n');
    await until(() => expect(bed.hops.last.ending).toBe('finished'));
    client.reset();
    await client.closed;

    let hasLeft = false;
    const left = bed.proxy.leave(AMPLE_MS).then(() => {
      hasLeft = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const hadLeft = hasLeft;
    answered.resolve(taken(REPLIES.ok));
    await left;

    expect(hadLeft).toBe(false);
    expect(bed.eventsOf('transaction')).toMatchObject([{ verdict: 'accepted' }]);
  });
});
