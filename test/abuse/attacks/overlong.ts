/** Attacks by size: lines of 10 MB without an end, in the clear and in the AUTH exchange, and in content. */
import type { Socket } from 'node:net';
import type { Attack } from './attack.ts';
import { closed, converse, dial, keepVisiting, secure } from './attack-socket.ts';

const LINE_OCTETS = 10_000_000;
const PIECE = Buffer.alloc(100_000, 'a');

const ENVELOPE = 'EHLO attacker.example\r\nMAIL FROM:<a@attacker.example>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n';

export const longCommands: Attack = async (target) => {
  await keepVisiting(target.count, async (index) => {
    const socket = dial(target.inbound, index, target);
    await converse(socket, '', 1);
    await pourLine(socket, 'MAIL FROM:<');
    await leave(socket);
  });
};

export const longExchanges: Attack = async (target) => {
  await keepVisiting(target.count, async (index) => {
    const raw = dial(target.submission, index, target);
    if (!(await converse(raw, 'EHLO a\r\nSTARTTLS\r\n', 3))) return;
    const socket = await secure(raw);
    if (socket === undefined || !(await converse(socket, 'EHLO a\r\nAUTH LOGIN\r\n', 2))) return;
    await pourLine(socket, '');
    await leave(socket);
  });
};

/** The message is one line, and is broken off before its end: nothing of it may be handed on. */
export const longContentLines: Attack = async (target) => {
  await keepVisiting(target.count, async (index) => {
    const socket = dial(target.inbound, index, target);
    if (!(await converse(socket, ENVELOPE, 5))) return;
    await pourLine(socket, '');
    await leave(socket);
  });
};

async function pourLine(socket: Socket, start: string): Promise<void> {
  socket.resume().write(start);
  for (let octets = 0; octets < LINE_OCTETS && socket.writable; octets += PIECE.length) {
    if (!socket.write(PIECE)) await drained(socket);
  }
}

async function drained(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    const go = (): void => {
      socket.off('drain', go).off('close', go);
      resolve();
    };
    socket.on('drain', go).on('close', go);
  });
}

async function leave(socket: Socket): Promise<void> {
  socket.destroy();
  await closed(socket);
}
