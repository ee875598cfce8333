/**
 * Attacks on a running Postern, one after the other. While each goes on, an honest client is greeted within a second
 * and its message is taken; and the memory of the process stays below a bound that follows from its settings
 * (`memory-bound.ts`), whatever the attackers send.
 *
 * `POSTERN_ABUSE=full` has the full counts: 10,000 idle sessions, 500 connections a second for 20 s, and so on.
 */
import { existsSync } from 'node:fs';
import { median } from 'simple-statistics';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AbuseBed, type AttackFigures, type AttackOptions } from './abuse-bed.ts';
import type { AttackName } from './attacks/all-attacks.ts';
import { visitSubmissions } from './honest-client.ts';
import { IDLE_SESSION, memoryBound } from './memory-bound.ts';

const isFull = process.env.POSTERN_ABUSE === 'full';
/** Milliseconds of one attack. */
const FOR_MS = isFull ? 20_000 : 500;
/** Milliseconds; what the design promises a new client. The median: on a busy machine a single visit may be late. */
const GREETED_MS = 1000;
const TEST_MS = isFull ? 120_000 : 40_000;
const PASSWORD = 'correct horse battery staple';
/** Users whose logins no one remembers. */
const COLD_USERS = Array.from({ length: 5 }, (_, index) => `honest${index}@example.com`);

/** Networks of attackers, by their first two octets: of clients that are denied, and of proxies that are trusted. */
const DENIED = '127.2';
const TRUSTED = '127.3';

let bed: AbuseBed;

beforeAll(async () => {
  bed = await AbuseBed.start();
  await addColdUsers();
  await setNetworks();
});

afterAll(async () => {
  // Each message that an honest client was told 250 for is there, and once only.
  const deliveries = await bed.deliveries();
  expect(deliveries.filter((count) => count !== 1)).toEqual([]);
  expect(deliveries.length).toBeGreaterThan(0);
  expect(await bed.run.stop()).toBe(0);
});

async function addColdUsers(): Promise<void> {
  for (const user of COLD_USERS) {
    const made = await fetch(`${bed.run.adminUrl}/users/${user}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ password: PASSWORD, servers: ['submission'], senders: [user] }),
    });
    expect(made.status).toBe(201);
  }
}

async function change(method: string, item: string, body: Readonly<Record<string, unknown>>): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const url = `${bed.run.adminUrl}/servers/inbound${item}`;
  const answer = await fetch(url, { method, headers, body: JSON.stringify(body) });
  expect(answer.ok).toBe(true);
}

/** Has the policy of `inbound` say what those networks are; it is in force when they are needed. */
async function setNetworks(): Promise<void> {
  await change('PUT', `/clients/${DENIED}.0.0%2F16`, { access: 'deny' });
  await change('PATCH', '', { proxyProtocolNetworks: [`${TRUSTED}.0.0/16`] });
}

async function waitForNetworks(): Promise<void> {
  const answer = await fetch(`${bed.run.adminUrl}/servers/inbound/policy`);
  const { policyVersion } = (await answer.json()) as { readonly policyVersion: string };
  await vi.waitFor(async () => expect(await bed.policyVersion('inbound')).toBe(policyVersion), {
    timeout: 15_000,
    interval: 100,
  });
}

/** What holds while any attack goes on. */
function expectUnharmed(figures: AttackFigures, boundOctets: number): void {
  expect(median(figures.visits.map(({ greetingMs }) => greetingMs))).toBeLessThan(GREETED_MS);
  if (existsSync('/proc/self/status')) expect(figures.peakOctets).toBeLessThan(boundOctets);
}

async function expectGone(): Promise<void> {
  const sessions = (): Promise<number> => bed.sessions('inbound');
  await vi.waitFor(async () => expect(await sessions()).toBe(0), { timeout: 30_000, interval: 50 });
}

describe('sessions that stand idle', () => {
  it('of many clients cost a bounded memory each, and keep no one out', { timeout: TEST_MS }, async () => {
    // Below the default of maxConnections, and below the descriptors that a process may have.
    const count = isFull ? 9990 : 2000;

    const figures = await bed.attack('idle', { count, forMs: FOR_MS });

    expectUnharmed(figures, memoryBound(bed.idleOctets.inbound, count, IDLE_SESSION));
    expect(figures.sessions).toBeGreaterThanOrEqual(count);
    await expectGone();
  });

  it('of one client are no more than maxConnectionsPerClient', { timeout: TEST_MS }, async () => {
    const figures = await bed.attack('idle', { count: 300, perAddress: 300 });

    expectUnharmed(figures, memoryBound(bed.idleOctets.inbound, 50, IDLE_SESSION));
    expect(figures.sessions).toBeLessThanOrEqual(51);
    await expectGone();
  });
});

// The counts are of connections at once; 50 come from one address, which is all that one client may have.
const ATTACKS: readonly [string, AttackName, AttackOptions][] = [
  ['sessions that end their side at once', 'halfClosed', { count: 200 }],
  ['sessions that never read our replies', 'deaf', { count: 100 }],
  ['drips in every phase of a session', 'dripEverywhere', { count: 90 }],
  ['one client that holds a transaction open in each session', 'dripRecipients', { count: 50 }],
  ['NOOP without an end', 'noops', { count: 100 }],
  ['RSET without an end', 'resets', { count: 100 }],
  ['EHLO without an end', 'hellos', { count: 50 }],
  ['MAIL and RSET without an end, an event for each', 'emptyTransactions', { count: 50 }],
  ['RCPT without an end', 'recipients', { count: 50 }],
  ['thousands of refused recipients', 'refusedRecipients', { count: 50 }],
  [
    'hundreds of new connections a second',
    'connectionRate',
    { count: isFull ? 500 : 250, forMs: isFull ? 20_000 : 2000 },
  ],
  ['connections that come and reset', 'churn', { count: 50 }],
  ['handshakes of garbage', 'garbageHandshakes', { count: 50, watched: 'submission' }],
  ['commands of 10 MB', 'longCommands', { count: 20 }],
  ['lines of 10 MB in the AUTH exchange', 'longExchanges', { count: 20, watched: 'submission' }],
  ['content in lines of 10 MB', 'longContentLines', { count: 20 }],
];

describe('an honest client is served, and memory is bounded, under', () => {
  it.each(ATTACKS)('%s', { timeout: TEST_MS }, async (_what, name, options) => {
    const figures = await bed.attack(name, { forMs: FOR_MS, ...options });

    const { watched = 'inbound' } = options;
    expectUnharmed(figures, memoryBound(bed.idleOctets[watched], options.count));
  });
});

type Flood = Pick<AttackOptions, 'count' | 'perAddress' | 'network'>;
/** More than are told why they are refused (1000), and than may wait for a PROXY header; of one address, or of 50. */
const FLOODS: readonly [string, Flood][] = [
  ['one address', { count: 1300, perAddress: 1300 }],
  ['50 addresses', { count: 4000, perAddress: 80 }],
];

/** Tests of one kind of flood, from each of `FLOODS`. */
function floods(attack: (flood: Flood) => Promise<void>): void {
  it.each(FLOODS)('and come from %s', { timeout: TEST_MS }, async (_from, flood) => attack(flood));
}

async function attackInbound(flood: Flood): Promise<void> {
  const figures = await bed.attack('silentConnections', { ...flood, forMs: FOR_MS });

  expectUnharmed(figures, memoryBound(bed.idleOctets.inbound, flood.count));
}

describe('a stranger is greeted under a flood of connections', () => {
  describe('that are refused', () => {
    floods(async (flood) => {
      await attackInbound(flood);
      await expectGone();
    });
  });

  describe('that are silent before TLS', () => {
    const login = { username: COLD_USERS[0] ?? '', password: PASSWORD };
    const visit = (token: string) => visitSubmissions(bed.run.submissionsPort, token, login);

    floods(async (flood) => {
      const figures = await bed.attack('silentBeforeTls', { ...flood, watched: 'submission', visit, forMs: FOR_MS });

      expectUnharmed(figures, memoryBound(bed.idleOctets.submission, flood.count));
    });
  });

  describe('that are denied', () => {
    beforeAll(waitForNetworks);

    floods((flood) => attackInbound({ ...flood, network: DENIED }));
  });

  describe('that keep their PROXY header back', () => {
    beforeAll(waitForNetworks);

    floods((flood) => attackInbound({ ...flood, network: TRUSTED }));
  });
});

describe('guesses of passwords on many connections', () => {
  it('do not keep anonymous mail from being taken', { timeout: TEST_MS }, async () => {
    const figures = await bed.attack('guessPasswords', { count: 50, watched: 'submission', forMs: FOR_MS });

    expectUnharmed(figures, memoryBound(bed.idleOctets.submission, 50));
  });

  it('do not keep users from logging in whose login is not remembered', { timeout: TEST_MS }, async () => {
    const users = [...COLD_USERS];
    const visit = (token: string) => {
      const username = users.shift() ?? '';
      return visitSubmissions(bed.run.submissionsPort, token, { username, password: PASSWORD });
    };

    const figures = await bed.attack('guessPasswords', { count: 50, watched: 'submission', visits: 5, visit });

    expectUnharmed(figures, memoryBound(bed.idleOctets.submission, 50));
  });
});
