/** Attacks by connections that stand there: silent, half closed, or deaf. */
import type { Socket } from 'node:net';
import type { Attack } from './attack.ts';
import { buildUp, closed, converse, dial, keepVisiting } from './attack-socket.ts';

/** Commands with long replies, as many as the server can be made to take. */
const UNREAD = 'EHLO attacker.example\r\n'.repeat(20_000);

/** Greeted, and silent from then on. */
export const idle: Attack = async (target) => {
  await buildUp(target.count, (index) => converse(dial(target.inbound, index, target), '', 1));
};

/** Silent from the start, and back again whenever it is hung up on: before the greeting, TLS or a PROXY header alike. */
function silent(port: 'inbound' | 'submissions'): Attack {
  return async (target) => {
    await keepVisiting(target.count, async (index) => {
      const socket = dial(target[port], index, target).resume();
      // It hangs up no sooner than it must.
      await closed(socket);
    });
  };
}

export const silentConnections = silent('inbound');
export const silentBeforeTls = silent('submissions');

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
