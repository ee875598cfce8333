import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HopConnection, type HopFault } from './hop-connection.ts';

/** A socket whose other end only listens. */
class Listening extends Duplex {
  heard = '';

  override _read(): void {}

  override _write(octets: Buffer, _encoding: string, done: () => void): void {
    this.heard += octets.toString();
    done();
  }
}

let socket: Listening;
let faults: HopFault[];
let connection: HopConnection;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  socket = new Listening();
  faults = [];
  const listener = { onReply() {}, onBroken: (fault: HopFault) => faults.push(fault), onDrain() {} };
  connection = new HopConnection(socket, { listener, isTls: false });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Hears the connection from now on; the codes of the replies, as they come. */
function listen(mayBeRefused = false): number[] {
  const replies: number[] = [];
  const onBroken = (fault: HopFault) => faults.push(fault);
  connection.listener = { onReply: ({ code }) => replies.push(code), onBroken, onDrain() {}, mayBeRefused };
  return replies;
}

async function turn(): Promise<void> {
  await new Promise(setImmediate);
}

describe('HopConnection', () => {
  it('is late when its reply is, with no timer left', () => {
    connection.ask('NOOP\r\n', 1, 1000);

    vi.advanceTimersByTime(1000);

    expect(faults).toEqual([{ kind: 'late', detail: 'no reply in time' }]);
    expect(socket.destroyed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives each reply of a group its own time', () => {
    connection.ask('MAIL\r\nRCPT\r\n', 2, 1000);

    vi.advanceTimersByTime(900);
    connection.receive(Buffer.from('250 ok\r\n'));
    vi.advanceTimersByTime(900);
    expect(faults).toEqual([]);
    connection.receive(Buffer.from('250 ok\r\n'));
    vi.advanceTimersByTime(10_000);

    expect(faults).toEqual([]);
    expect(connection.isReusable).toBe(true);
  });

  it('does not wait for ever for a hop that ignores QUIT', async () => {
    connection.quit();
    await turn();
    expect(socket.heard).toBe('QUIT\r\n');
    expect(socket.destroyed).toBe(false);

    vi.advanceTimersByTime(5000);
    await turn();

    expect(socket.destroyed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    expect(faults).toEqual([]);
  });

  it('is silent after its end: nothing is sent, heard or told', async () => {
    connection.destroy();

    connection.ask('NOOP\r\n', 1, 1000);
    connection.finish(1000);
    connection.quit();
    expect(connection.write(Buffer.from('x'))).toBe(true);
    connection.receive(Buffer.from('250 ok\r\n'));
    socket.emit('error', new Error('late'));
    await turn();

    expect(socket.heard).toBe('');
    expect(faults).toEqual([]);
    expect(connection.isReusable).toBe(false);
  });

  it('tells its keeper once that it is over, before the listener', () => {
    const told: string[] = [];
    connection.onOver = () => told.push('keeper');
    connection.listener = { onReply() {}, onBroken: () => told.push('listener'), onDrain() {} };

    connection.receive(Buffer.from('250 unasked\r\n'));
    connection.destroy();

    expect(told).toEqual(['keeper', 'listener']);
  });
});

describe('what waits for the end of the round', () => {
  let replies: number[];

  beforeEach(() => {
    replies = listen();
  });

  it('leaves in its order, and content that is too much to wait at once', async () => {
    const large = 'y'.repeat(10_000);
    connection.write(Buffer.from('x'));
    expect(socket.heard).toBe('');
    connection.write(Buffer.from(large));
    expect(socket.heard).toBe(`x${large}`);
    connection.write(Buffer.from('z\r\n'));
    connection.finish(1000);
    await turn();

    expect(socket.heard).toBe(`x${large}z\r\n.\r\n`);
  });

  it('leaves before a reply is heard that crosses it: 421 of a server that has waited long enough', () => {
    connection.ask('MAIL\r\n', 1, 1000);
    connection.receive(Buffer.from('421 bye\r\n'));

    expect([socket.heard, replies, faults]).toEqual(['MAIL\r\n', [421], []]);
  });

  it.each([false, true])('is no end that a hop has read: a success breaks the connection, under TLS %j', (isTls) => {
    const listener = { ...connection.listener };
    connection = new HopConnection(new Listening(), { listener, isTls });
    connection.write(Buffer.from('x\r\n'));
    connection.finish(1000);
    connection.receive(Buffer.from('250 ok\r\n'));

    expect([replies, faults]).toEqual([[], [{ kind: 'insane', detail: 'reply before the end of the message' }]]);
  });

  it('is no end that a hop has read: a success that begins before it leaves breaks the connection', async () => {
    connection.write(Buffer.from('x\r\n'));
    connection.finish(1000);
    connection.receive(Buffer.from('250 2.0.0 o'));
    await turn();
    connection.receive(Buffer.from('k\r\n'));

    expect([replies, faults]).toEqual([[], [{ kind: 'insane', detail: 'reply before the end of the message' }]]);
  });

  it('is no end that a hop has read: a refusal is heard, and the connection is used no more', () => {
    connection.write(Buffer.from('x\r\n'));
    connection.finish(1000);
    connection.receive(Buffer.from('552 too big\r\n'));

    expect([replies, faults, connection.isReusable]).toEqual([[552], [], false]);
  });
});

// In content: `mayBeRefused`.
describe('a reply that begins before the end of content', () => {
  let replies: number[];

  beforeEach(() => {
    replies = listen(true);
    connection.write(Buffer.from('x\r\n'));
  });

  it('and ends after it is heard as a refusal, and the connection is used no more', () => {
    connection.receive(Buffer.from('552 too'));
    connection.finish(1000);
    connection.receive(Buffer.from(' big\r\n'));

    expect([replies, faults]).toEqual([[552], []]);
    expect(connection.isReusable).toBe(false);
  });

  it.each(['2', '3', 'x', '\r'])('by %j, which no refusal begins with, breaks the connection at once', (octets) => {
    connection.receive(Buffer.from(octets));

    expect([replies, faults]).toEqual([[], [{ kind: 'insane', detail: 'reply that nothing asked for' }]]);
  });

  it('breaks the connection as ever where no content is under way', () => {
    replies = listen();

    connection.receive(Buffer.from('552 too big\r\n'));

    expect([replies, faults]).toEqual([[], [{ kind: 'insane', detail: 'reply that nothing asked for' }]]);
  });
});
