/** Invariant: over a real socket too, from the greeting on, whatever a hop says is answered, and is success only when it said so whole. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { SmtpNextHops } from '../../edge-proxy/next-hop/smtp/smtp-next-hops.ts';
import type { SmtpNextHop } from '../../policy/next-hop.ts';
import { offerOne } from '../support/offer-one.ts';
import { cut, cutIntoLines } from './cut.ts';
import type { Random } from './random.ts';
import { type FuzzTarget, mustHold } from './target.ts';

const EHLO = '250-hop\r\n250-PIPELINING\r\n250 8BITMIME\r\n';
const GOOD = `220 hop\r\n${EHLO}250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n`;

const SEEDS = [
  GOOD,
  `220 hop\r\n502 what\r\n250 hop\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n`,
  '220-hop\r\n220 hop\r\n250 hop\r\n250 ok\r\n250 ok\r\n354 go\r\n554 spam\r\n',
  '554 go away\r\n',
  '421 too busy\r\n',
  `220 hop\r\n250-hop\r\n250 STARTTLS\r\n220 go\r\n\x16\x03\x01\x02\x00`,
  '220 hop\r\n250-hop\r\n250 STARTTLS\r\n454 not now\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n',
  '\x15\x03\x01\x00\x02\x02\x28',
  'SSH-2.0-OpenSSH_9.2\r\n',
  '220 hop\r\n250-hop\r\n250-SIZE 99999999999999999999\r\n250 SIZE\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n',
] as const;

const WORDS = [
  '220 hop\r\n',
  EHLO,
  '250 ok\r\n',
  '250-',
  '354 go\r\n',
  '550 no\r\n',
  '421 bye\r\n',
  '\r\n',
  '\0',
  '\xff',
] as const;
const TIMEOUTS = { connectSeconds: 5, replySeconds: 5, finalSeconds: 5 } as const;

/** Says a segment whenever it hears something, and hangs up when it has no more. */
function speak(socket: Socket, segments: Buffer[], random: Random): void {
  const next = (): void => {
    if (socket.destroyed) return;
    for (let turns = 1 + random.below(3); turns > 0; turns -= 1) {
      const segment = segments.shift();
      if (segment !== undefined) socket.write(segment);
    }
    if (segments.length > 0) return;
    if (random.once(3)) socket.resetAndDestroy();
    else socket.end();
  };
  // Segments that no one answers follow all the same.
  const timer = setInterval(next, 1);
  socket.on('data', next);
  socket.on('error', () => {});
  socket.on('close', () => clearInterval(timer));
  next();
}

async function attempt(input: Buffer, random: Random): Promise<void> {
  const size = Math.ceil(input.length / 12);
  const segments = random.once(2) ? cut(input, random) : cutIntoLines(input);
  const server = createServer((socket) => speak(socket, size > 200 ? [input] : [...segments], random));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const hop: SmtpNextHop = {
    kind: 'smtp',
    hosts: [{ host: '127.0.0.1', port }],
    tls: random.pick(['never', 'offer', 'require']),
  };
  const nextHops = new SmtpNextHops({ ehloName: () => 'proxy.example' });
  try {
    await deliver(nextHops, hop, input);
  } finally {
    nextHops.close();
    server.close();
  }
}

async function deliver(nextHops: SmtpNextHops, hop: SmtpNextHop, input: Buffer): Promise<void> {
  const mail = { path: 'a@example.com', isSmtpUtf8: false };
  const transaction = nextHops.begin(hop, { mail, timeouts: TIMEOUTS, onDrain: () => {} });
  const recipient = await offerOne(transaction, 'b@example.com');
  mustHold(recipient.isTaken === recipient.reply.code < 400, 'An answer contradicts itself');
  if (!recipient.isTaken || !(await transaction.startContent()).isTaken) {
    transaction.abandon();
    return;
  }
  transaction.write(Buffer.from('x\r\n'));
  const final = await transaction.finish();
  // Greeting, EHLO, MAIL, RCPT and DATA have each had a reply; so must the message.
  const replies = input.toString('latin1').match(/^[2-5]\d\d(?: [^\r\n]*)?\r\n/gm) ?? [];
  mustHold(!final.isTaken || replies.length >= 6, 'A message is taken by a hop that said too little');
}

export const hopOpeningTarget: FuzzTarget = {
  name: 'hop-opening',
  seeds: () => SEEDS.map((text) => Buffer.from(text, 'latin1')),
  words: WORDS,
  attempt,
};
