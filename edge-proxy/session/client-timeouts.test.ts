/** Clients that are slow, silent or deaf, against a real clock; side by side, since each waits a second or more. */
import { describe, expect, it, vi } from 'vitest';
import { type BedOptions, type ProxyBed, withBed } from '../../test/support/edge-proxy-bed.ts';
import type { TestClient } from '../../test/support/edge-proxy-client.ts';
import { testPolicy } from '../../test/support/policy.ts';

const TOO_SLOW = '421 4.4.2 Timeout, closing connection\r\n';
const COMMAND_1S: BedOptions = { policy: testPolicy({ commandTimeoutSeconds: 1 }) };
const DATA_1S: BedOptions = { policy: testPolicy({ dataTimeoutSeconds: 1 }) };

async function until(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 10_000, interval: 5 });
}

/** Sends `octets` again and again, one call each `everyMs`, until the connection ends. */
function drip(client: TestClient, octets: string, everyMs: number): void {
  const timer = setInterval(() => client.send(octets), everyMs);
  void client.closed.then(() => clearInterval(timer));
  client.socket.once('end', () => {
    clearInterval(timer);
    client.end();
  });
}

async function elapsed(done: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await done;
  return performance.now() - startedAt;
}

const TRANSPORTS = [
  ['in the clear', (bed: ProxyBed) => bed.greeted()],
  ['under TLS', (bed: ProxyBed) => bed.greetedTls()],
] as const;

describe.concurrent.each(TRANSPORTS)('%s', (_name, connect) => {
  it('cuts off a client that says nothing', async () => {
    await withBed(COMMAND_1S, async (bed) => {
      const client = await connect(bed);

      const ms = await elapsed(client.hearToEnd());

      expect(client.heard).toMatch(new RegExp(`^220 .*\r\n${TOO_SLOW}$`));
      expect(ms).toBeGreaterThan(900);
      expect(ms).toBeLessThan(2500);
      expect(bed.eventsOf('session')).toMatchObject([{ ending: 'settings#commandTimeoutSeconds' }]);
    });
  });

  it('cuts off a client that drips a command, an octet each 50 ms', async () => {
    await withBed(COMMAND_1S, async (bed) => {
      const client = await connect(bed);
      drip(client, 'N', 50);

      const ms = await elapsed(client.hearToEnd());

      expect(client.heard.endsWith(TOO_SLOW)).toBe(true);
      expect([client.hasEnded, client.error]).toEqual([true, undefined]);
      expect(ms).toBeLessThan(2500);
      await until(() => expect(bed.proxy.sessions).toBe(0));
    });
  });

  it('starts the time anew with each command', async () => {
    await withBed(COMMAND_1S, async (bed) => {
      const client = await connect(bed);
      drip(client, 'NOOP\r\n', 250);

      await new Promise((resolve) => setTimeout(resolve, 1600));

      expect(client.hasEnded).toBe(false);
      expect(client.heard).not.toContain('421');
    });
  });

  it('cuts off a client that drips content', async () => {
    await withBed(DATA_1S, async (bed) => {
      const client = await connect(bed);
      await client.openContent();
      drip(client, 'x', 50);

      const ms = await elapsed(client.hearToEnd());

      expect(client.heard.endsWith(TOO_SLOW)).toBe(true);
      expect(ms).toBeLessThan(2500);
      expect(bed.hops.last.ending).toBe('abandoned');
      expect(bed.eventsOf('transaction')).toMatchObject([
        { verdict: 'abandoned', rule: 'settings#dataTimeoutSeconds' },
      ]);
    });
  });

  it('does not cut off a client that sends 4 KiB of content in time, again and again', async () => {
    await withBed(DATA_1S, async (bed) => {
      const client = await connect(bed);
      await client.openContent();
      const piece = `${'x'.repeat(510)}\r\n`.repeat(8);

      for (let sent = 0; sent < 6; sent += 1) {
        client.send(piece);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      client.send('.\r\n');

      expect(await client.hear()).toMatch(/^250 2\.0\.0 /);
    });
  });
});

describe.concurrent('a client that never reads', () => {
  it('and pipelines without end is cut off at its time, and not waited for much longer', async () => {
    await withBed(COMMAND_1S, async (bed) => {
      const client = await bed.greeted();
      client.pause();
      client.send('EHLO x\r\n'.repeat(100_000));

      await until(() => expect(bed.eventsOf('session')).toHaveLength(1));
      const before = bed.proxy.sessions;
      await until(() => expect(bed.proxy.sessions).toBe(0));

      expect(bed.eventsOf('session')).toMatchObject([{ ending: 'settings#commandTimeoutSeconds' }]);
      expect(before).toBe(1);
    });
  });
});
