/** Attacks by connections that stand there: silent, half closed, or deaf. */
import type { Socket } from 'node:net';
import type { Attack } from './attack.ts';
import { buildUp, converse, dial } from './attack-socket.ts';

/** Commands with long replies, as many as the server can be made to take. */
const UNREAD = 'EHLO attacker.example\r\n'.repeat(20_000);

/** Greeted, and silent from then on. */
export const idle: Attack = async (target) => {
  await buildUp(target.count, (index) => converse(dial(target.inbound, index, target), '', 1));
};

/** Ends its side at once, and leaves the other open. */
export const halfClosed: Attack = async (target) => {
  await buildUp(target.count, async (index) => {
    const socket = dial(target.inbound, index, target);
    socket.pause();
    await connected(socket);
    socket.end();
  });
};

/** Asks much, and never reads what it is told. */
export const deaf: Attack = async (target) => {
  await buildUp(target.count, async (index) => {
    const socket = dial(target.inbound, index, target);
    socket.pause();
    await connected(socket);
    socket.write(UNREAD, 'latin1');
  });
};

async function connected(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.on('connect', () => resolve()).on('close', () => resolve()));
}
