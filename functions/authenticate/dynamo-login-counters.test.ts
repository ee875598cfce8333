import { DeleteItemCommand, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { REFEREES, startSilent } from '../test-support/referees.ts';
import { Tables } from '../test-support/tables.ts';
import { DynamoLoginCounters } from './dynamo-login-counters.ts';
import type { Guesser, Reservation } from './login-counters.ts';

/** Milliseconds; on a machine that is busy with other tests. */
const PARALLEL_MS = 120_000;
const NOW_MS = Date.UTC(2026, 10, 24, 9, 0, 0, 250);
const END = Date.UTC(2026, 10, 24, 9, 1, 1) / 1000;
const THRESHOLDS = { failures: 3, seconds: 60 };
/** Far from what a busy machine needs: what is tested here is the count. */
const BOUNDS = { reserveMs: 60_000, settleMs: 60_000 };
const LOCKED: Reservation = { kind: 'locked' };

describe.each(REFEREES)('DynamoLoginCounters on $name', ({ start }) => {
  let tables: Tables;
  let counters: DynamoLoginCounters;
  let guesser: Guesser;
  let guessers = 0;
  beforeAll(async () => {
    tables = await start();
    await tables.create('counters');
    counters = new DynamoLoginCounters(tables.newClient(), 'counters', BOUNDS);
  });
  afterAll(() => tables.stop());
  beforeEach(() => {
    guessers += 1;
    guesser = { counter: `login#user${guessers}`, scope: '203.0.113.7/32' };
  });

  async function reserve(nowMs = NOW_MS, thresholds = THRESHOLDS): Promise<Reservation> {
    return counters.reserve(guesser, thresholds, nowMs);
  }

  /** A reservation that must be had. */
  async function windowOf(reservation: Promise<Reservation>): Promise<string> {
    const reserved = await reservation;
    if (reserved.kind === 'locked') throw new Error('Locked');
    return reserved.window;
  }

  async function item(): Promise<Record<string, unknown> | undefined> {
    const { counter, scope } = guesser;
    const command = new GetItemCommand({
      TableName: 'counters',
      Key: { counter: { S: counter }, scope: { S: scope } },
    });
    const { Item } = await tables.newClient().send(command);
    return Item === undefined ? undefined : unmarshall(Item);
  }

  it('counts up to the threshold in one window and then locks, which changes nothing', async () => {
    const first = await reserve();
    const others = [await reserve(), await reserve()];
    const full = await item();

    expect(first).toEqual({ kind: 'reserved', window: expect.stringMatching(/^[0-9a-f-]{36}$/), failures: 1 });
    expect(others).toEqual([
      { ...first, failures: 2 },
      { ...first, failures: 3 },
    ]);
    expect(await reserve(NOW_MS + 30_000)).toEqual(LOCKED);
    expect(full).toEqual({ ...guesser, failures: 3, window: expect.any(String), expiresAt: END });
    expect(await item()).toEqual(full);
  });

  it('counts other users and other networks for themselves', async () => {
    for (let count = 0; count < 3; count += 1) await reserve();
    const others = [
      { ...guesser, scope: '203.0.113.8/32' },
      { ...guesser, counter: `${guesser.counter}x` },
    ];

    for (const other of others) {
      expect(await counters.reserve(other, THRESHOLDS, NOW_MS)).toMatchObject({ kind: 'reserved', failures: 1 });
    }
  });

  it('prolongs a window with each failure, and begins another when it has ended', async () => {
    const first = await windowOf(reserve());
    const second = await windowOf(reserve(NOW_MS + 59_000));
    const third = await windowOf(reserve(NOW_MS + 118_000));

    expect([second, third]).toEqual([first, first]);
    const endMs = (END + 118) * 1000;
    expect(await reserve(endMs - 1)).toEqual(LOCKED);
    const next = await reserve(endMs);
    expect(next).toMatchObject({ kind: 'reserved', failures: 1 });
    expect(next).not.toMatchObject({ window: first });
  });

  it('goes by the threshold that is in force now', async () => {
    for (let count = 0; count < 3; count += 1) await reserve();

    expect(await reserve(NOW_MS, { failures: 4, seconds: 60 })).toMatchObject({ kind: 'reserved', failures: 4 });
    expect(await reserve(NOW_MS, { failures: 2, seconds: 60 })).toEqual(LOCKED);
  });

  it('takes one guess back, in its own window alone', async () => {
    const window = await windowOf(reserve());
    await reserve();

    await counters.giveBack(guesser, window);
    await counters.giveBack(guesser, 'another');
    expect(await item()).toMatchObject({ failures: 1 });
    await counters.giveBack(guesser, window);
    await counters.giveBack(guesser, window);
    expect(await item()).toMatchObject({ failures: 0 });
    expect(await reserve()).toEqual({ kind: 'reserved', window, failures: 1 });
  });

  it('forgets a window, and no other', async () => {
    const window = await windowOf(reserve());
    await reserve();

    await counters.forget(guesser, 'another');
    expect(await item()).toMatchObject({ failures: 2 });
    await counters.forget(guesser, window);
    expect(await item()).toBeUndefined();
    await counters.giveBack(guesser, window);
    expect(await item()).toBeUndefined();
  });

  it(
    'lets exactly as many of 200 guesses in parallel pass as the threshold says',
    async () => {
      // Two copies of the function.
      const copies = [counters, new DynamoLoginCounters(tables.newClient(), 'counters', BOUNDS)];
      const thresholds = { failures: 20, seconds: 900 };

      const reservations = await Promise.all(
        Array.from({ length: 200 }, async (_, index) => copies[index % 2]?.reserve(guesser, thresholds, NOW_MS)),
      );

      const reserved = reservations.filter((reservation) => reservation?.kind === 'reserved');
      expect(reserved.map(({ failures }) => failures).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
      expect(new Set(reserved.map(({ window }) => window)).size).toBe(1);
      expect(reservations.filter((reservation) => reservation?.kind === 'locked')).toHaveLength(180);
      expect(await item()).toMatchObject({ failures: 20 });
    },
    PARALLEL_MS,
  );

  it('rejects when the table does not exist', async () => {
    const lost = new DynamoLoginCounters(tables.newClient(), 'lost', BOUNDS);

    await expect(lost.reserve(guesser, THRESHOLDS, NOW_MS)).rejects.toThrow('resource not found');
    await expect(lost.giveBack(guesser, 'w')).rejects.toThrow('resource not found');
    await expect(lost.forget(guesser, 'w')).rejects.toThrow('resource not found');
  });
});

describe('DynamoLoginCounters', () => {
  it('rejects within its bounds when the store is silent', async () => {
    const silent = await startSilent();
    const counters = new DynamoLoginCounters(silent.newClient(), 'counters', { reserveMs: 50, settleMs: 50 });
    const guesser = { counter: 'login#x', scope: '203.0.113.7/32' };

    await expect(counters.reserve(guesser, THRESHOLDS, NOW_MS)).rejects.toThrow('aborted');
    await expect(counters.giveBack(guesser, 'w')).rejects.toThrow('aborted');
    await expect(counters.forget(guesser, 'w')).rejects.toThrow('aborted');
    await silent.stop();
  });

  // Another login of the same guesser may succeed between any two steps of ours.
  it('tries again when the window ends between its steps, and gives up when that goes on', async () => {
    const tables = await Tables.start();
    await tables.create('counters');
    const guesser = { counter: 'login#x', scope: '203.0.113.7/32' };
    const full = { ...guesser, failures: 3, window: 'w', expiresAt: END };
    for (const [times, outcome] of [
      [1, { kind: 'reserved', failures: 1 }],
      [9, new Error('Counter changed 4 times meanwhile')],
    ] as const) {
      await tables.put('counters', full);
      const counters = new DynamoLoginCounters(forgottenBeforeRead(tables, full, times), 'counters', BOUNDS);

      const reserved = counters.reserve(guesser, THRESHOLDS, NOW_MS).catch((error: unknown) => error);

      expect(await reserved).toEqual(outcome instanceof Error ? outcome : expect.objectContaining(outcome));
    }
    await tables.stop();
  });
});

/** A client before whose reads, the first `times`, the window is forgotten, and before whose next update it stands again. */
function forgottenBeforeRead(
  tables: Tables,
  full: Guesser & { readonly [attribute: string]: unknown },
  times: number,
): DynamoDBClient {
  const client = tables.newClient();
  const key = { counter: { S: full.counter }, scope: { S: full.scope } };
  let reads = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      const isRead = 'ConsistentRead' in args.input;
      if (isRead && reads < times)
        await tables.newClient().send(new DeleteItemCommand({ TableName: 'counters', Key: key }));
      const output = await next(args);
      if (isRead) reads += 1;
      if (isRead && reads < times) await tables.put('counters', full);
      return output;
    },
    { step: 'initialize' },
  );
  return client;
}
