/** A client that never reads: what waits for it is bounded, and so is the time for which it waits. */

import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hopNamed, TestDecisions } from '../../test/support/edge-proxy-bed.ts';
import { FakeNextHops } from '../../test/support/edge-proxy-hops.ts';
import { DeafClientSocket } from '../../test/support/edge-proxy-socket.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { Faults } from '../faults.ts';
import { KeptBudget } from '../kept/kept-budget.ts';
import { PartialDeliveries } from '../next-hop/partial-deliveries.ts';
import { ClientConnection } from './client-connection.ts';
import { ReplyHolds } from './reply-holds.ts';
import { TurnQueue } from './turn-queue.ts';

const CHUNK_OCTETS = 65_536;

let socket: DeafClientSocket;
let isClosed: boolean;
/** Octets that the socket had been given when each event was recorded. */
let writtenWhenRecorded: number[];

beforeEach(() => {
  vi.useFakeTimers();
  socket = new DeafClientSocket();
  isClosed = false;
  writtenWhenRecorded = [];
  const connection = new ClientConnection({
    id: 'S1',
    socket: socket.asSocket(),
    address: '192.0.2.1',
    port: 4711,
    mode: 'starttls',
    policy: testPolicy({ commandTimeoutSeconds: 60 }),
    services: {
      server: 'mx1',
      now: () => Date.now(),
      calendar: () => Date.now(),
      decisions: new TestDecisions(hopNamed('smtp://mta:25')),
      nextHops: new FakeNextHops(),
      served: new PartialDeliveries(() => performance.now()),
      keptBudget: new KeptBudget(tmpdir()),
      secureContext: () => {
        throw new Error('No TLS here');
      },
      record: () => void writtenWhenRecorded.push(socket.writableLength),
      log: () => {},
      faults: new Faults(),
    },
    turns: new TurnQueue(() => Date.now()),
    holds: new ReplyHolds(),
    refusal: undefined,
    onClosed: () => {
      isClosed = true;
    },
  });
  connection.start();
});

afterEach(() => void vi.useRealTimers());

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

describe('a client that never reads', () => {
  // Commands of few octets with long replies, a chunk as large as Node reads at once.
  it.each(['EHLO x\r\n', 'NOOP\r\n', 'VRFY\r\n'])(
    'is owed a bounded number of octets after a flood of %j',
    async (command) => {
      socket.push(Buffer.from(command.repeat(CHUNK_OCTETS / command.length)));
      socket.push(Buffer.from(command.repeat(CHUNK_OCTETS / command.length)));
      await settle();

      expect(socket.writableLength).toBeLessThan(CHUNK_OCTETS + 32_768);
    },
  );

  it('is not read any more while it is owed that much', async () => {
    for (let chunk = 0; chunk < 10; chunk += 1) socket.push(Buffer.from('EHLO x\r\n'.repeat(8192)));
    await settle();

    expect(socket.isPaused()).toBe(true);
    expect(socket.readableLength).toBeGreaterThan(0);
  });

  it('is cut off at its time, and given 5 s to read why', async () => {
    socket.push(Buffer.from('EHLO x\r\n'.repeat(8192)));
    await settle();

    await vi.advanceTimersByTimeAsync(60_000 + 4999);
    const before = isClosed;
    await vi.advanceTimersByTimeAsync(1);

    expect([before, isClosed, socket.destroyed]).toEqual([false, true, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is given 5 s too when it has ended its side', async () => {
    socket.push(Buffer.from('NOOP\r\n'));
    socket.push(null);
    await settle();
    const before = isClosed;

    await vi.advanceTimersByTimeAsync(5000);

    expect([before, isClosed, socket.destroyed]).toEqual([false, true, true]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

// Who looks for what became of a client finds it at or before the time at which the client heard of it.
it('hears of nothing that has not been recorded', async () => {
  socket.push(Buffer.from('EHLO x\r\n'));
  await settle();
  const before = socket.writableLength;

  socket.push(Buffer.from('UNKNOWN\r\n'));
  await settle();

  expect(writtenWhenRecorded).toEqual([before]);
  expect(socket.writableLength).toBeGreaterThan(before);
});
