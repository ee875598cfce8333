/** A server in the clear that answers each verb as a test tells it, good or bad. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A reply without its last CR LF, or what makes one of the line; `.` answers content. */
export type Answer = string | ((line: string) => string);

const GOOD: Readonly<Record<string, Answer>> = {
  EHLO: '250 mx.example.com',
  MAIL: '250 ok',
  RCPT: '250 ok',
  RSET: '250 ok',
  NOOP: '250 ok',
  DATA: '354 go',
  QUIT: '221 bye',
  '.': '250 taken',
};

export async function startScripted(
  answers: Readonly<Record<string, Answer>>,
): Promise<{ port: number; stop: () => Promise<void> }> {
  const all = { ...GOOD, ...answers };
  const server = createServer((socket) => {
    let text = '';
    let isContent = false;
    const say = (answer: Answer | undefined, line: string): void => {
      const reply = typeof answer === 'function' ? answer(line) : (answer ?? '500 what?');
      isContent = reply.startsWith('354');
      socket.write(`${reply}\r\n`);
    };
    socket.on('error', () => undefined);
    socket.write('220 mx.example.com\r\n');
    socket.setEncoding('latin1').on('data', (octets: string) => {
      text += octets;
      for (;;) {
        const end = isContent ? '\r\n.\r\n' : '\r\n';
        const at = text.indexOf(end);
        if (at === -1) return;
        const line = text.slice(0, at);
        text = text.slice(at + end.length);
        say(all[isContent ? '.' : (line.split(' ')[0]?.split(':')[0]?.toUpperCase() ?? '')], line);
      }
    });
  });
  const sockets = new Set<import('node:net').Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
