/**
 * The sink: a next hop that takes everything. Usage: main.ts [MILLISECONDS of each reply's way]
 *
 * Listens on a free port of 127.0.0.1 and answers any message of its parent with what it has counted (`SinkCounts`).
 */
import { type AddressInfo, createServer } from 'node:net';
import { HOST } from '../../local/names.ts';
import { sayListening } from '../../local/start/part-program.ts';
import { GREETING, type SinkCounts, SmtpScanner } from './smtp-scanner.ts';

const wayMs = Number(process.argv[2] ?? 0);
const counts: SinkCounts = { messages: 0, octets: 0 };

const server = createServer({ noDelay: true }, (socket) => {
  const scanner = new SmtpScanner(counts);
  socket.write(GREETING);
  socket.on('data', (chunk: Buffer) => {
    const replies = scanner.receive(chunk);
    if (replies === '') return;
    const { hasQuit } = scanner;
    const say = (): unknown => (hasQuit ? socket.end(replies, 'latin1') : socket.write(replies, 'latin1'));
    // Timers of one length end in their order.
    if (wayMs === 0) say();
    else setTimeout(say, wayMs);
  });
  // A subject that breaks off is found by what is missing in the counts.
  socket.on('error', () => socket.destroy());
});

// Thousands of sessions may come at once.
server.listen({ port: 0, host: HOST, backlog: 8192 }, () => sayListening((server.address() as AddressInfo).port));
process.on('message', () => process.send?.(counts));
