/** Released mail: which task hands it on, to which hops, and what becomes of it when a hop or a task fails. */
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { HeldRelease, type ReleaseOptions } from '../../edge-proxy/held/release.ts';
import { loseFirstAnswers } from '../../functions/test-support/lost-answers.ts';
import { type HeldItem, serverState } from '../../policy/held.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import { FakeNextHops, type HopBehaviour } from '../support/edge-proxy-hops.ts';
import { type HeldBed, heldBed } from './held-bed.ts';

const MESSAGE = Buffer.from('Received: by us\r\nSubject: x\r\n\r\n.dot\r\nend\r\n');

const HOPS = ['smtp://a.example:25?tls=offer', 'smtp://b.example:25?tls=offer'] as const;

const NOTHING = {
  octets: 0,
  read: async function* () {
    yield Buffer.alloc(0);
  },
};

function item(changes: Partial<HeldItem> = {}): HeldItem {
  return {
    id: 'T1.1',
    server: 'mx1',
    state: 'releasing',
    serverState: serverState('mx1', changes.state ?? 'releasing'),
    at: '2026-11-30T00:00:00.000Z',
    session: 'T1',
    client: { address: '192.0.2.1', port: 4711, tls: false },
    policyVersion: 'v',
    sender: 'a@example.org',
    recipients: [
      { address: 'bob@a.example', nextHop: HOPS[0] },
      { address: 'eve@b.example', nextHop: HOPS[1] },
    ],
    rule: 'screen#100-x',
    screen: { action: 'hold', rule: 'screen#100-x', matches: [], reported: [], structure: [], parts: [] },
    octets: MESSAGE.length,
    sha256: '',
    content: 'held/2026-11-30/T1.1',
    expiresAt: 4_000_000_000,
    ...changes,
  };
}

async function stored(changes: Partial<HeldItem> = {}): Promise<HeldBed> {
  const bed = await heldBed();
  const { createHash } = await import('node:crypto');
  const sha256 = createHash('sha256').update(MESSAGE).digest('hex');
  await bed.store.hold(item({ sha256, ...changes }), {
    octets: MESSAGE.length,
    read: async function* () {
      yield MESSAGE;
    },
  });
  return bed;
}

interface Task {
  readonly release: HeldRelease;
  readonly hops: FakeNextHops;
  readonly acts: string[];
}

function task(bed: HeldBed, behaviour: HopBehaviour = {}, changes: Partial<ReleaseOptions> = {}): Task {
  const hops = new FakeNextHops(behaviour);
  const acts: string[] = [];
  const release = new HeldRelease({
    store: bed.store,
    server: 'mx1',
    owner: `task-${Math.random()}`,
    nextHops: hops,
    timeouts: () => ({ connectSeconds: 1, replySeconds: 1, finalSeconds: 1 }),
    calendar: () => Date.now(),
    log: () => undefined,
    record: (_item, act) => void acts.push(act),
    onFault: (error) => {
      throw error;
    },
    ...changes,
  });
  return { release, hops, acts };
}

async function only(bed: HeldBed): Promise<HeldItem> {
  const [first] = await bed.items();
  if (first === undefined) throw new Error('Nothing is held');
  return first;
}

it('a release goes to the hop of each recipient, octet for octet, dots doubled on the wire', async () => {
  const bed = await stored();
  const { release, hops, acts } = task(bed);

  await release.beat();

  expect(hops.transactions.map(({ hopName, recipients, ending }) => ({ hopName, recipients, ending }))).toEqual([
    { hopName: HOPS[0], recipients: ['bob@a.example'], ending: 'finished' },
    { hopName: HOPS[1], recipients: ['eve@b.example'], ending: 'finished' },
  ]);
  expect(hops.transactions[0]?.content).toBe('Received: by us\r\nSubject: x\r\n\r\n..dot\r\nend\r\n');
  expect(await only(bed)).toMatchObject({ state: 'released', serverState: 'mx1#released', deliveredTo: [...HOPS] });
  expect(acts).toEqual(['delivered']);
});

it('goes to the recipients that were chosen, and to no other', async () => {
  const bed = await stored({ releaseTo: ['eve@b.example'] });
  const { release, hops } = task(bed);

  await release.beat();

  expect(hops.transactions.map(({ recipients }) => recipients)).toEqual([['eve@b.example']]);
});

it('goes out once, and is told as delivered, where each answer of the table is lost at first', async () => {
  const bed = await stored();
  const { release, hops, acts } = task(bed);
  loseFirstAnswers(bed.dynamo);

  await release.beat();
  await release.beat();

  expect(hops.transactions.map(({ hopName }) => hopName)).toEqual(HOPS);
  expect(acts).toEqual(['delivered']);
  expect(await bed.items()).toMatchObject([{ state: 'released' }]);
});

it('what is held and not released goes nowhere', async () => {
  const bed = await stored({ state: 'held' });
  const { release, hops } = task(bed);

  await release.beat();

  expect(hops.transactions).toEqual([]);
});

it('of twenty tasks that race for it, one hands it on', async () => {
  const bed = await stored();
  const tasks = Array.from({ length: 20 }, () => task(bed));

  await Promise.all(tasks.map(({ release }) => release.beat()));

  expect(tasks.flatMap(({ hops }) => hops.transactions)).toHaveLength(2);
  expect((await only(bed)).state).toBe('released');
});

describe('a hop', () => {
  const DOWN: HopAnswer = {
    reply: { code: 451, enhanced: '4.4.1', text: 'Next hop not reachable' },
    isTaken: false,
    rule: 'next-hop-down',
  };
  const REFUSED: HopAnswer = {
    reply: { code: 550, enhanced: '5.1.1', text: 'No such user' },
    isTaken: false,
    rule: 'next-hop',
  };

  it('that is down leaves it releasing, with the reason, and it is tried later', async () => {
    const bed = await stored();
    const { release, acts } = task(bed, { recipient: () => DOWN });

    await release.beat();

    const left = await only(bed);
    expect(left).toMatchObject({ state: 'releasing', tries: 1, reason: expect.stringContaining('not reachable') });
    expect(left.nextTryAtMs).toBeGreaterThan(Date.now());
    expect(left.leaseUntilMs).toBeUndefined();
    expect(acts).toEqual(['deferred']);
  });

  it('that refuses leaves it held, with the reason', async () => {
    const bed = await stored();

    await task(bed, { recipient: () => REFUSED }).release.beat();

    expect(await only(bed)).toMatchObject({
      state: 'held',
      serverState: 'mx1#held',
      reason: expect.stringContaining('No such user'),
    });
  });

  it('that took it is not sent it again when another was down', async () => {
    const bed = await stored();
    const nowMs = Date.now();
    const first = task(bed, {
      recipient: (path) =>
        path.startsWith('eve') ? DOWN : { reply: { code: 250, text: 'ok' }, isTaken: true, rule: 'next-hop' },
    });
    await first.release.beat();
    const second = task(bed, {}, { calendar: () => nowMs + 3_600_000 });

    await second.release.beat();

    expect(second.hops.transactions.map(({ hopName }) => hopName)).toEqual([HOPS[1]]);
    expect((await only(bed)).state).toBe('released');
  });
});

it('content that is not what was held is not handed on', async () => {
  const bed = await stored({ sha256: 'ff'.repeat(32) });
  const { release, hops } = task(bed);

  await release.beat();

  expect(hops.transactions).toEqual([]);
  expect(await only(bed)).toMatchObject({ state: 'held', reason: expect.stringContaining('sha256') });
});

it('S3 that is down leaves it releasing', async () => {
  const bed = await stored();
  await bed.s3Fails({ kind: 'ServiceUnavailable', status: 503 });

  await task(bed).release.beat();

  expect((await only(bed)).state).toBe('releasing');
});

it('a lease whose task was killed is taken over when it has run out', async () => {
  const bed = await stored({ leaseOwner: 'killed', leaseUntilMs: 1_000_000 });
  const early = task(bed, {}, { calendar: () => 999_999 });
  const late = task(bed, {}, { calendar: () => 1_000_000 });

  await early.release.beat();
  await late.release.beat();

  expect(early.hops.transactions).toEqual([]);
  expect(late.hops.transactions).toHaveLength(2);
});

it('mail that waits for a hop that is down hides none that is due', async () => {
  const bed = await stored({ id: 'T9.9', at: '2026-11-30T12:00:00.000Z' });
  for (let count = 0; count < 60; count += 1) {
    const at = new Date(Date.UTC(2026, 10, 30) + count).toISOString();
    await bed.store.hold(
      item({ id: `W${count}`, at, content: `held/W${count}`, nextTryAtMs: 4_000_000_000_000 }),
      NOTHING,
    );
  }
  const { release, hops } = task(bed);

  await release.beat();

  expect(hops.transactions).toHaveLength(2);
});

it('says how much mail waits, and for how long, until there is none', async () => {
  const atMs = Date.UTC(2026, 10, 30);
  const bed = await stored({ state: 'held' });
  await bed.store.hold(item({ id: 'T2.1', state: 'held', content: 'held/T2', expiresAt: atMs / 1000 }), NOTHING);
  const lines: object[] = [];
  let nowMs = atMs + 5_400_000;
  const { release } = task(bed, {}, { calendar: () => nowMs, log: (line) => void lines.push(line) });

  await release.beat();
  nowMs += 299_999;
  await release.beat();
  nowMs = 4_000_000_000_000;
  await release.beat();
  nowMs += 300_000;
  await release.beat();

  // The second item has expired before the first look, and both have at the last ones.
  expect(lines).toEqual([
    { event: 'held-mail', held: 1, oldestHours: 1.5 },
    { event: 'held-mail', held: 0, oldestHours: 0 },
  ]);
});

it('a hop that has taken it is noted before the next one is asked', async () => {
  const bed = await stored();
  let noted: unknown;
  const { release } = task(bed, {
    finish: () => ({ reply: { code: 250, text: 'ok' }, isTaken: true, rule: 'next-hop' }),
    recipient: async (path) => {
      if (path.startsWith('eve')) noted = (await only(bed)).deliveredTo;
      return { reply: { code: 250, text: 'ok' }, isTaken: true, rule: 'next-hop' };
    },
  });

  await release.beat();

  expect(noted).toEqual([HOPS[0]]);
});

it('a lease that is lost meanwhile ends the transaction before its terminator, and settles nothing', async () => {
  const bed = await stored();
  let isLost = false;
  const { release, hops } = task(
    bed,
    {
      recipient: async () => {
        await bed.store.lease('T1.1', 'another', Date.now() + 10_000_000, 4_000_000_000_000);
        isLost = true;
        return new Promise<never>(() => undefined);
      },
    },
    { renewMs: 5 },
  );

  await release.beat();

  expect({ isLost, ending: hops.transactions[0]?.ending }).toEqual({ isLost: true, ending: 'abandoned' });
  expect(await only(bed)).toMatchObject({ state: 'releasing', leaseOwner: 'another' });
});

it("the outcome of a task whose lease is another task's by now changes nothing", async () => {
  const bed = await stored({ leaseOwner: 'another', leaseUntilMs: 4_000_000_000_000 });

  expect(await bed.store.settle(await only(bed), 'me', { state: 'released' })).toBeUndefined();
  expect(marshall(await only(bed))).toMatchObject({ state: { S: 'releasing' } });
});
