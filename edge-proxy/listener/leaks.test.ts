/** Whatever connections do, nothing of them stays behind: no session, no place in the limits, no timer, no socket. */
import { expect, it, vi } from 'vitest';
import { ALICE } from '../../test/support/answers.ts';
import { ProxyBed } from '../../test/support/edge-proxy-bed.ts';
import { TestClient } from '../../test/support/edge-proxy-client.ts';
import { testPolicy } from '../../test/support/policy.ts';

const CONNECTIONS = 1000;
const AT_ONCE = 25;
const ENVELOPE = 'EHLO c\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n';
const LOGIN = Buffer.from(`\0${ALICE.username}\0${ALICE.password}`).toString('base64');

type Visit = (bed: ProxyBed) => Promise<unknown>;

/** Dials, sends in one go, and ends its side. */
function saying(octets: string): Visit {
  return async (bed) => {
    const client = TestClient.dial(bed.port);
    client.send(octets);
    client.end();
    await client.hearToEnd();
  };
}

/** Dials, sends, hears `replies` replies and resets. */
function resettingAfter(octets: string, replies: number): Visit {
  return async (bed) => {
    const client = TestClient.dial(bed.port);
    client.send(octets);
    await client.hearReplies(replies);
    client.reset();
    await client.closed;
  };
}

async function secured(bed: ProxyBed): Promise<TestClient> {
  const client = TestClient.dial(bed.port);
  client.send('EHLO c\r\nSTARTTLS\r\n');
  await client.hearReplies(3);
  await client.startTls();
  return client;
}

const VISITS: readonly Visit[] = [
  saying(''),
  saying('QUIT\r\n'),
  saying('HALF A COMM'),
  saying(`${ENVELOPE}DATA\r\nx\r\n.\r\nQUIT\r\n`),
  saying(`${ENVELOPE}DATA\r\nhalf`),
  saying(`${ENVELOPE}RSET\r\n${ENVELOPE}`),
  saying('VRFY\r\n'.repeat(30)),
  saying(`EHLO c\r\nAUTH PLAIN ${LOGIN}\r\nQUIT\r\n`),
  saying(`EHLO c\r\nAUTH LOGIN\r\n`),
  saying('EHLO c\r\nSTARTTLS\r\nMAIL FROM:<evil@example.com>\r\n'),
  resettingAfter('', 0),
  resettingAfter('', 1),
  resettingAfter('EHLO c\r\n', 2),
  resettingAfter(ENVELOPE, 4),
  resettingAfter(`${ENVELOPE}DATA\r\nhalf`, 5),
  resettingAfter(`${ENVELOPE}DATA\r\nx\r\n.\r\n`, 5),
  resettingAfter('EHLO c\r\nSTARTTLS\r\n', 3),
  async (bed) => {
    const client = await secured(bed);
    client.send(`${ENVELOPE}DATA\r\nx\r\n.\r\nQUIT\r\n`);
    await client.hearToEnd();
    client.end();
  },
  async (bed) => {
    const client = await secured(bed);
    await client.ask('EHLO c');
    client.reset();
  },
  async (bed) => {
    const client = TestClient.dial(bed.tlsPort);
    client.send('EHLO this is no handshake\r\n');
    await client.hearToEnd();
    client.end();
  },
  async (bed) => {
    const client = await TestClient.connectTls(bed.tlsPort);
    client.send(`${ENVELOPE}DATA\r\nhalf`);
    await client.hearReplies(5);
    client.end();
    await client.hearToEnd();
  },
];

/** Open handles and timers of the process, by kind. */
function resources(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = { Timeout: 0, TCPSocketWrap: 0, TCPServerWrap: 0, TLSWrap: 0 };
  for (const kind of process.getActiveResourcesInfo()) if (kind in counts) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

it('nothing is left of a thousand connections of all kinds', async () => {
  const before = resources();
  const policy = testPolicy({ authentication: 'offered', authenticationRequiresTls: false });
  const bed = await ProxyBed.start({ policy });
  bed.decisions.onCheckRelay = (
    (answer) => (request) =>
      Promise.resolve(answer(request))
  )(bed.decisions.onCheckRelay);

  for (let done = 0; done < CONNECTIONS; done += AT_ONCE) {
    const visits = Array.from({ length: AT_ONCE }, (_, index) => VISITS[(done + index) % VISITS.length]);
    await Promise.all(visits.map((visit) => visit?.(bed)));
  }

  await vi.waitFor(() => expect(bed.proxy.sessions).toBe(0), { timeout: 10_000, interval: 10 });
  // Every connection that the proxy saw before it was gone has one session on record, and no transaction is open.
  const sessions = bed.eventsOf('session');
  expect(sessions.length).toBeGreaterThan(CONNECTIONS * 0.9);
  expect(new Set(bed.events.map(({ origin }) => origin.id)).size).toBe(sessions.length);
  expect(bed.hops.transactions.filter(({ ending }) => ending === undefined)).toEqual([]);
  await bed.close();
  // Not by `waitFor`, which has a timer of its own; the runner's timers come and go.
  const surplus = (): string[] => {
    const now = resources();
    return Object.keys(now).filter((kind) => (now[kind] ?? 0) > (before[kind] ?? 0));
  };
  const giveUpAt = performance.now() + 5000;
  while (performance.now() < giveUpAt && surplus().length > 0) await new Promise(setImmediate);
  expect(surplus()).toEqual([]);
});
