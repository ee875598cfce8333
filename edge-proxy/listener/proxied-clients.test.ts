/** How many connections may wait for their header, and how long. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testPolicy } from '../../test/support/policy.ts';
import { inet, PROXY, TCP4, v1Header, v2Header } from '../../test/support/proxy-header.ts';
import { Faults } from '../faults.ts';
import type { LogFields } from '../log.ts';
import { MinuteTally } from '../minute-tally.ts';
import { MAX_WAITING_CLIENTS, type Peer, ProxiedClients } from './proxied-clients.ts';

/** A connection whose other end is the test: it pushes what the proxy sends. */
class ProxySocket extends Duplex {
  constructor() {
    super({ allowHalfOpen: true });
  }

  asSocket(): Socket {
    return this as unknown as Socket;
  }

  override _read(): void {}
}

let clients: ProxiedClients;
let lines: LogFields[];
let admitted: Peer[];

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  admitted = [];
  const log = (fields: LogFields): void => void lines.push(fields);
  const closedWithoutReply = new MinuteTally(log, 'closed-without-reply');
  clients = new ProxiedClients({ log, faults: new Faults(log), closedWithoutReply });
});

afterEach(() => void vi.useRealTimers());

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

/** A connection of the proxy at 10.0.0.1, with its port. */
function arrival(port = 1, settings = testPolicy().settings): ProxySocket {
  const socket = new ProxySocket();
  const peer = { socket: socket.asSocket(), address: '10.0.0.1', port };
  clients.receive(peer, settings, (client) => void admitted.push(client));
  return socket;
}

function problems(): unknown[] {
  return lines.map(({ problem }) => problem);
}

describe('the time for a header', () => {
  // Ten seconds, or the time for a command where that is shorter; octets do not extend it.
  it.each([
    [300, 10_000],
    [10, 10_000],
    [3, 3000],
  ])('with %i s for a command is %i ms', async (commandTimeoutSeconds, ms) => {
    const { settings } = testPolicy({ commandTimeoutSeconds });
    const socket = arrival(1, settings);
    await vi.advanceTimersByTimeAsync(ms - 1);
    socket.push('PROXY TCP4');
    await settle();
    const before = [socket.destroyed, clients.waiting];

    await vi.advanceTimersByTimeAsync(1);

    expect(before).toEqual([false, 1]);
    expect([socket.destroyed, clients.waiting]).toEqual([true, 0]);
    expect(lines).toEqual([
      {
        event: 'proxy-header-refused',
        peer: { address: '10.0.0.1', port: 1 },
        problem: `header not whole after ${ms} ms`,
      },
    ]);
  });

  it('is over with the header: the session has times of its own', async () => {
    const socket = arrival();
    socket.push(v1Header('192.0.2.1', 4711));
    await vi.advanceTimersByTimeAsync(60_000);

    expect([socket.destroyed, vi.getTimerCount(), lines]).toEqual([false, 0, []]);
  });
});

describe('a header that is in', () => {
  it('names the client, once, and leaves the socket paused with what came after it', async () => {
    const socket = arrival();
    const header = v2Header(PROXY, TCP4, inet('192.0.2.1', 4711));
    socket.push(header.subarray(0, 9));
    socket.push(Buffer.concat([header.subarray(9), header, Buffer.from('NOOP\r\n')]));
    await settle();
    socket.push('QUIT\r\n');
    await settle();

    expect(admitted).toEqual([{ socket, address: '192.0.2.1', port: 4711 }]);
    expect(socket.isPaused()).toBe(true);
    expect(socket.read()).toEqual(Buffer.concat([header, Buffer.from('NOOP\r\nQUIT\r\n')]));
    expect(['data', 'end', 'error', 'close'].map((event) => socket.listenerCount(event))).toEqual([0, 0, 0, 0]);
  });

  it('that names none leaves the peer as it is', async () => {
    const socket = arrival(77);
    socket.push('PROXY UNKNOWN\r\n');
    await settle();

    expect(admitted).toEqual([{ socket, address: '10.0.0.1', port: 77 }]);
  });
});

describe('a connection that is lost', () => {
  it.each<[string, string, string[]]>([
    ['before its first octet', '', []],
    ['inside its header', 'PROXY TCP4 192', ['closed inside the header']],
  ])('%s is told of only when it had begun', async (_when, octets, expected) => {
    const socket = arrival();
    if (octets !== '') socket.push(octets);
    await settle();
    socket.destroy(new Error('read ECONNRESET'));
    await settle();

    expect([problems(), clients.waiting, admitted]).toEqual([expected, 0, []]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('while it is being closed is no fault of ours', async () => {
    const socket = arrival();
    socket.push('EHLO x\r\n');
    await settle();
    socket.emit('error', new Error('read ECONNRESET'));
    await settle();

    expect(problems()).toEqual(['no PROXY protocol header']);
  });
});

describe('those that wait', () => {
  it('are bounded: one more closes the one that waits longest', async () => {
    const sockets = Array.from({ length: MAX_WAITING_CLIENTS }, (_, port) => arrival(port));
    sockets[0]?.push(v1Header('192.0.2.1', 1));
    await settle();
    arrival(MAX_WAITING_CLIENTS);
    const beforeOneMore = [clients.waiting, lines.length];

    arrival(MAX_WAITING_CLIENTS + 1);

    expect(beforeOneMore).toEqual([MAX_WAITING_CLIENTS, 0]);
    expect(clients.waiting).toBe(MAX_WAITING_CLIENTS);
    expect(sockets.slice(0, 3).map(({ destroyed }) => destroyed)).toEqual([false, true, false]);
    expect(lines).toEqual([{ event: 'closed-without-reply', count: 1, reasons: { 'waiting-for-proxy-header': 1 } }]);
    clients.close();
  });

  it('are closed without a line when the proxy leaves', async () => {
    const sockets = [arrival(1), arrival(2)];
    sockets[1]?.push('PROXY ');
    await settle();

    clients.close();

    expect([sockets.map(({ destroyed }) => destroyed), clients.waiting, lines]).toEqual([[true, true], 0, []]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
