/** A fault of ours in what is done about a hop's octets: it breaks that connection, and the process goes on. */
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { politely, ScriptedHop } from '../../../../test/support/scripted-hop.ts';
import { Faults } from '../../../faults.ts';
import type { LogFields } from '../../../log.ts';
import { HopConnection, type HopFault, type HopListener } from '../connection/hop-connection.ts';
import { HOP_POOL_LIMITS, HopPool } from './hop-pool.ts';

class Socket extends Duplex {
  override _read(): void {}

  override _write(_octets: Buffer, _encoding: string, done: () => void): void {
    done();
  }
}

function faultyWork(): never {
  throw new TypeError('a fault of ours');
}

let lines: LogFields[];
let faults: Faults;
let broken: HopFault[];

beforeEach(() => {
  lines = [];
  broken = [];
  faults = new Faults((fields) => void lines.push(fields));
});
afterEach(() => void vi.useRealTimers());

function connectionOn(socket: Duplex, listener: Partial<HopListener>): HopConnection {
  const onBroken = (fault: HopFault): void => void broken.push(fault);
  const whole: HopListener = { onReply() {}, onBroken, onDrain() {}, ...listener };
  return new HopConnection(socket, { listener: whole, isTls: false, faults });
}

const FAULT = { event: 'fault', place: 'next-hop-connection', problem: expect.stringContaining('a fault of ours') };
const BROKEN = [{ kind: 'closed', detail: 'fault of ours' }];

/** What throws, what happens, and what the listener hears of it. */
const CASES: readonly [string, Partial<HopListener>, (socket: Socket, connection: HopConnection) => void, unknown[]][] =
  [
    ['a reply', { onReply: faultyWork }, (_, connection) => connection.receive(Buffer.from('250 ok\r\n')), BROKEN],
    ['octets of the socket', { onReply: faultyWork }, (socket) => socket.push('250 ok\r\n'), BROKEN],
    ['a drain', { onDrain: faultyWork }, (socket) => socket.emit('drain'), BROKEN],
    ['the end', { onBroken: faultyWork }, (socket) => socket.push(null), []],
    ['an error', { onBroken: faultyWork }, (socket) => socket.emit('error', new Error('read ECONNRESET')), []],
    ['the close', { onBroken: faultyWork }, (socket) => socket.destroy(), []],
  ];

it.each(CASES)('is kept from others when %s comes', async (_what, listener, happen, heard) => {
  const socket = new Socket();
  const connection = connectionOn(socket, listener);
  connection.ask('NOOP\r\n', 1, 1000);

  happen(socket, connection);

  await expect.poll(() => lines).toEqual([FAULT]);
  expect(broken).toEqual(heard);
  expect(socket.destroyed).toBe(true);
});

it('is kept from others when a reply is late', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const socket = new Socket();
  connectionOn(socket, { onBroken: faultyWork }).ask('NOOP\r\n', 1, 1000);

  vi.advanceTimersByTime(1000);

  expect(lines).toEqual([FAULT]);
  expect([socket.destroyed, vi.getTimerCount()]).toEqual([true, 0]);
});

it('in the pool leaves the listener to hear of the end', () => {
  const connection = connectionOn(new Socket(), {});
  connection.onOver = faultyWork;

  connection.receive(Buffer.from('250 unasked\r\n'));

  expect(broken).toEqual([{ kind: 'insane', detail: 'reply that nothing asked for' }]);
  expect(lines).toEqual([{ ...FAULT, place: 'next-hop-pool' }]);
});

it('in a borrower ends the connection that was opened for it, and the pool serves the next one', async () => {
  const hop = await ScriptedHop.start(politely());
  const pool = new HopPool(hop.nextHop(), { ehloName: () => 'p.example', limits: () => HOP_POOL_LIMITS, faults });
  const terms = { connectMs: 5000, mustBeNew: false, client: undefined };
  const lent: HopConnection[] = [];

  pool.lend({ onLent: faultyWork, onNoneLent() {} }, terms);
  await expect.poll(() => faults.count).toBe(1);
  pool.lend({ onLent: (connection) => void lent.push(connection), onNoneLent() {} }, terms);

  await expect.poll(() => lent.length).toBe(1);
  expect(lines).toEqual([{ ...FAULT, place: 'next-hop-opened' }]);
  expect(pool.size).toBe(1);
  lent[0]?.quit();
  await hop.close();
});

it('in a borrower that is lent an idle connection ends that connection, and the next in line is served', async () => {
  const hop = await ScriptedHop.start(politely());
  const limits = { ...HOP_POOL_LIMITS, maxConnections: 1 };
  const pool = new HopPool(hop.nextHop(), { ehloName: () => 'p.example', limits: () => limits, faults });
  const terms = { connectMs: 5000, mustBeNew: false, client: undefined };
  const lent: HopConnection[] = [];
  const borrower = { onLent: (connection: HopConnection) => void lent.push(connection), onNoneLent() {} };
  pool.lend(borrower, terms);
  await expect.poll(() => lent.length).toBe(1);
  pool.lend({ onLent: faultyWork, onNoneLent() {} }, terms);
  pool.lend({ ...borrower }, terms);

  if (lent[0] !== undefined) pool.release(lent[0]);

  await expect.poll(() => lent.length).toBe(2);
  expect(lines).toEqual([{ ...FAULT, place: 'next-hop-lent' }]);
  expect(lent[1]).not.toBe(lent[0]);
  lent[1]?.quit();
  await hop.close();
});

it('in a borrower that waited too long ends with it', async () => {
  const hop = await ScriptedHop.start(politely());
  const limits = { ...HOP_POOL_LIMITS, maxConnections: 0 };
  const pool = new HopPool(hop.nextHop(), { ehloName: () => 'p.example', limits: () => limits, faults });

  pool.lend({ onLent() {}, onNoneLent: faultyWork }, { connectMs: 1, mustBeNew: false, client: undefined });

  await expect.poll(() => lines).toEqual([{ ...FAULT, place: 'next-hop-wait' }]);
  await hop.close();
});
