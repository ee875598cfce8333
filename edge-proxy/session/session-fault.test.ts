/** A fault of ours in one session, wherever it shows: that session ends and says so, the others do not. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProxyBed } from '../../test/support/edge-proxy-bed.ts';
import type { TestClient } from '../../test/support/edge-proxy-client.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { TURN_OCTETS } from './turn-queue.ts';

let bed: ProxyBed;

beforeEach(async () => {
  bed = await ProxyBed.start();
});
afterEach(async () => {
  await bed.close();
});

function faultyWork(): never {
  throw new TypeError('a fault of ours');
}

/** Throws where its words are read. */
const FAULTY_ANSWER = {
  isTaken: true,
  rule: 'next-hop',
  get reply() {
    return faultyWork();
  },
} as const;

type Call = (...given: never[]) => unknown;

/** Has the next call of `target[name]` throw, and those after it not. */
function failOnce<K extends string>(target: Readonly<Record<K, Call>>, name: K): void {
  const whole = target[name];
  const failing = (): never => {
    Object.assign(target, { [name]: whole });
    return faultyWork();
  };
  Object.assign(target, { [name]: failing });
}

const TO_RCPT = 'EHLO client.example\r\nMAIL FROM:<alice@example.com>\r\nRCPT TO:<bob@example.com>\r\n';

interface Fault {
  readonly place: string;
  readonly connect?: () => Promise<TestClient>;
  /** Brings the client to where it shows. */
  readonly prepare?: (client: TestClient) => Promise<unknown>;
  readonly happen: (client: TestClient) => unknown;
  /** Whether the client can hear 421. */
  readonly isSaid: boolean;
}

const toContent = (client: TestClient): Promise<void> => client.openContent();

const FAULTS: readonly [string, Fault][] = [
  [
    'accepts it',
    {
      place: 'client-accept',
      connect: async () => {
        failOnce(bed.services, 'secureContext');
        return await bed.connectTo(bed.tlsPort);
      },
      happen: () => undefined,
      isSaid: false,
    },
  ],
  [
    'reads octets',
    {
      place: 'client-data',
      happen: (client) => {
        failOnce(bed.services, 'now');
        client.send('NOOP\r\n');
      },
      isSaid: true,
    },
  ],
  [
    'hears its end',
    {
      place: 'client-end',
      happen: (client) => {
        failOnce(bed.services, 'now');
        client.end();
      },
      isSaid: true,
    },
  ],
  [
    'hears that it was reset',
    {
      place: 'client-close',
      happen: (client) => {
        failOnce(bed.services, 'now');
        client.reset();
      },
      isSaid: false,
    },
  ],
  [
    'begins its handshake',
    {
      place: 'client-handshake',
      happen: (client) => {
        failOnce(bed.services, 'secureContext');
        client.send('STARTTLS\r\n');
      },
      isSaid: false,
    },
  ],
  [
    'times it out',
    {
      place: 'client-timer',
      connect: async () => {
        bed.policy = testPolicy({ commandTimeoutSeconds: 1 });
        return await bed.greeted();
      },
      happen: () => failOnce(bed.services, 'now'),
      isSaid: true,
    },
  ],
  [
    'comes to its turn',
    {
      place: 'client-turn',
      prepare: toContent,
      happen: async (client) => {
        // What is written ends with the turn; the next one begins with a look at the clock.
        const { now } = bed.services;
        let calls = 0;
        Object.assign(bed.services, {
          now: () => {
            calls += 1;
            const stack = new Error('now').stack ?? '';
            if (calls > 1 && stack.includes('onTurn')) {
              Object.assign(bed.services, { now });
              faultyWork();
            }
            return now();
          },
        });
        for (let sent = 0; sent < 4 * TURN_OCTETS; sent += 65_536) client.send(`${'x'.repeat(65_534)}\r\n`);
      },
      isSaid: true,
    },
  ],
  [
    'records an event',
    {
      place: 'client-data',
      happen: (client) => {
        failOnce(bed.services, 'record');
        client.send('VRFY bob\r\n');
      },
      isSaid: true,
    },
  ],
  [
    'asks a function at once',
    {
      place: 'client-data',
      happen: (client) => {
        failOnce(bed.decisions, 'checkRelay');
        client.send(TO_RCPT);
      },
      isSaid: true,
    },
  ],
  [
    'asks a function that answers later',
    {
      place: 'answer',
      happen: (client) => {
        const { onCheckRelay } = bed.decisions;
        bed.decisions.onCheckRelay = () => {
          bed.decisions.onCheckRelay = onCheckRelay;
          return Promise.reject(new TypeError('a fault of ours'));
        };
        client.send(TO_RCPT);
      },
      isSaid: true,
    },
  ],
  [
    'begins at a next hop',
    {
      place: 'client-data',
      happen: (client) => {
        failOnce(bed.hops, 'begin');
        client.send(TO_RCPT);
      },
      isSaid: true,
    },
  ],
  [
    'hears a next hop',
    {
      place: 'answer',
      happen: (client) => {
        const { behaviour } = bed.hops;
        bed.hops.behaviour = { recipient: () => FAULTY_ANSWER };
        client.send(TO_RCPT);
        return client.hearReplies(2).then(() => Object.assign(bed.hops, { behaviour }));
      },
      isSaid: true,
    },
  ],
  [
    'writes to a next hop',
    {
      place: 'client-data',
      prepare: toContent,
      happen: (client) => {
        failOnce(bed.hops.last, 'write');
        client.send('Hello\r\n');
      },
      isSaid: true,
    },
  ],
  [
    'hears the verdict of a next hop, Amazon SES or another',
    {
      place: 'answer',
      prepare: toContent,
      happen: (client) => {
        Object.assign(bed.hops.last, { finish: () => Promise.reject(new TypeError('a fault of ours')) });
        client.send('Hello\r\n.\r\n');
      },
      isSaid: true,
    },
  ],
  [
    'hears that a next hop takes content again',
    {
      place: 'next-hop-drain',
      connect: async () => {
        bed.hops.behaviour = { roomOctets: 1 };
        return await bed.greeted();
      },
      prepare: async (client) => {
        await client.openContent();
        bed.hops.behaviour = {};
        client.send('Hello\r\n');
        await expect.poll(() => bed.hops.last.octets).toBeGreaterThan(0);
      },
      happen: () => {
        failOnce(bed.services, 'now');
        bed.hops.last.drain();
      },
      isSaid: true,
    },
  ],
];

describe('a fault of ours when Postern', () => {
  it.each(FAULTS)('%s', async (_what, { place, connect, prepare, happen, isSaid }) => {
    const other = await bed.greeted();
    const client = await (connect?.() ?? bed.greeted());
    await prepare?.(client);

    await happen(client);
    const words = isSaid ? await heardTo421(client) : '';
    client.end();
    await expect.poll(() => bed.proxy.sessions).toBe(1);

    await other.openContent();
    other.send('Hello\r\n.\r\n');
    expect(await other.hear()).toMatch(/^250 /);
    expect(words).toMatch(isSaid ? /421 4\.3\.0 Internal error, closing connection\r\n$/ : /^$/);
    expect(bed.services.faults.count).toBe(1);
    const problem = expect.stringContaining('a fault of ours');
    expect(bed.lines).toEqual([expect.objectContaining({ event: 'fault', place, problem, state: expect.any(String) })]);
    expect(bed.eventsOf('session')).toMatchObject([{ ending: 'fault' }]);
  });
});

async function heardTo421(client: TestClient): Promise<string> {
  await expect.poll(() => client.heard, { timeout: 5000 }).toContain('421 ');
  return client.heard;
}

it('drops what was open at next hops, and records the transaction', async () => {
  const client = await bed.greeted();
  await client.openContent();
  failOnce(bed.hops.last, 'write');

  client.send('Hello\r\n.\r\n');
  await heardTo421(client);

  expect(bed.hops.last.ending).toBe('abandoned');
  expect(bed.hops.messages).toEqual([]);
  expect(bed.eventsOf('transaction')).toMatchObject([{ verdict: 'abandoned' }]);
});

it('ends a session whose ending fails too', async () => {
  const client = await bed.greeted();
  await client.openContent();
  Object.assign(bed.hops.last, { write: faultyWork, abandon: faultyWork });

  client.send('Hello\r\n');
  await heardTo421(client);
  client.end();

  await expect.poll(() => bed.proxy.sessions).toBe(0);
  expect(bed.services.faults.count).toBeGreaterThan(1);
});

it('is kept at the listener when no session can be made', async () => {
  failOnce(bed, 'currentPolicy');
  const client = await bed.connect();

  await client.hearToEnd();

  expect(await bed.greeted()).toBeDefined();
  expect(bed.lines).toMatchObject([{ event: 'fault', place: 'listener-accept' }]);
});
