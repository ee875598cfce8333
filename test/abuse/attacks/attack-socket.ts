/** Connections of attackers: from addresses of their own, and with no care for errors. */
import { createConnection, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { Target } from './attack.ts';

/** Connections dialled at once while a load is built up: fewer than wait to be accepted. */
const AT_ONCE = 100;
/** Milliseconds between two visits of one attacker, so that a server that hangs up is not dialled in a busy loop. */
const BETWEEN_VISITS_MS = 5;

/** Connection number `index` of the attack: the address follows from it. */
export function dial(
  port: number,
  index: number,
  { network, perAddress }: Pick<Target, 'network' | 'perAddress'>,
): Socket {
  const attacker = Math.floor(index / perAddress) + 1;
  const socket = createConnection({
    port,
    host: '127.0.0.1',
    localAddress: `${network}.${attacker >> 8}.${attacker & 255}`,
    allowHalfOpen: true,
    noDelay: true,
  });
  socket.on('error', () => undefined);
  return socket;
}

/** Says `octets` and waits until `replies` whole replies came; false when the server hung up before. */
export async function converse(socket: Socket, octets: string, replies: number): Promise<boolean> {
  if (octets !== '') socket.write(octets, 'latin1');
  let left = replies;
  let unread = '';
  return await new Promise((resolve) => {
    const settle = (isDone: boolean): void => {
      socket.off('data', take).off('close', gone).off('end', gone);
      resolve(isDone);
    };
    const gone = (): void => settle(false);
    const take = (chunk: Buffer): void => {
      const lines = `${unread}${chunk.toString('latin1')}`.split('\r\n');
      unread = lines.pop() ?? '';
      left -= lines.filter((line) => line[3] !== '-').length;
      if (left <= 0) settle(true);
    };
    socket.on('data', take).on('close', gone).on('end', gone);
  });
}

/** The handshake, from our side; undefined when it failed. */
export async function secure(raw: Socket): Promise<Socket | undefined> {
  return await new Promise((resolve) => {
    const secured = connectTls({ socket: raw, rejectUnauthorized: false });
    secured.on('error', () => resolve(undefined));
    secured.on('close', () => resolve(undefined));
    secured.on('secureConnect', () => resolve(secured));
  });
}

export async function closed(socket: Socket): Promise<void> {
  if (socket.closed) return;
  await new Promise<void>((resolve) => socket.on('close', () => resolve()));
}

/** Builds up `count` connections, some at a time, and resolves when all have been tried. */
export async function buildUp(count: number, open: (index: number) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < count; at += AT_ONCE) {
    const indexes = Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, offset) => at + offset);
    await Promise.all(indexes.map(open));
  }
}

/** Keeps `count` attackers visiting, each again and again; resolves when each has been there once, or is held up. */
export async function keepVisiting(count: number, visit: (index: number) => Promise<unknown>): Promise<void> {
  const visitForEver = async (index: number, onFirst: () => void): Promise<void> => {
    for (;;) {
      await Promise.race([visit(index), delay(1000).then(onFirst)]);
      onFirst();
      await delay(BETWEEN_VISITS_MS);
    }
  };
  await Promise.all(
    Array.from({ length: count }, (_, index) => new Promise<void>((first) => void visitForEver(index, first))),
  );
}
