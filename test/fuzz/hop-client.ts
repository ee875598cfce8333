/** Invariant: whatever a hop says, and whenever, the client of it never throws, answers each question, and takes for success only a 2xx after the terminator. */
import { offerAll } from '../../edge-proxy/next-hop/next-hop.ts';
import { HopConnection } from '../../edge-proxy/next-hop/smtp/connection/hop-connection.ts';
import type { Borrower, Lender, LoanTerms } from '../../edge-proxy/next-hop/smtp/pool/lender.ts';
import { SmtpTransaction } from '../../edge-proxy/next-hop/smtp/transaction/smtp-transaction.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import { parseCapabilities } from '../../protocol/hop/hop-reply.ts';
import { cut, cutIntoLines } from './cut.ts';
import { HostileHop } from './hostile-hop.ts';
import type { Random } from './random.ts';
import { type FuzzTarget, mustHold } from './target.ts';

const GOOD = '250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go on\r\n250 2.0.0 queued\r\n';

const SEEDS = [
  GOOD,
  '250 ok\r\n550 5.1.1 no such user\r\n',
  '550 no\r\n550 no\r\n',
  '250 ok\r\n250 ok\r\n451 later\r\n',
  '250 ok\r\n250 ok\r\n354 go on\r\n554 5.7.1 spam\r\n',
  '250 ok\r\n250 ok\r\n250 what\r\n',
  '250 ok\r\n250 ok\r\n354 go on\r\n354 go on\r\n',
  '250 ok\r\n250 ok\r\n354 go on\r\n250-queued\r\n250 really\r\n',
  '250 ok\r\n250 ok\r\n354 go on\r\n250-queued\r\n550 really\r\n',
  `${GOOD}250 and more\r\n`,
  '421 bye\r\n',
  '250 ok\r\n421 bye\r\n',
  '451 enough\r\n503 no\r\n503 no\r\n',
  '250 ok\r\n452 enough\r\n554 no\r\n',
  '250 ok\r\n250 ok\r\n452 4.4.5 enough\r\n',
  '530 5.7.0 log in\r\n535 5.7.8 no\r\n',
  `${'250 ok\r\n'.repeat(6)}354 go on\r\n250 queued\r\n`,
  `${'250 ok\r\n'.repeat(5)}354 go on\r\n250 queued\r\n`,
  `${'250 ok\r\n'.repeat(7)}354 go on\r\n250 queued\r\n`,
  '250 ok\r\n550 no\r\n250 ok\r\n451 later\r\n250 ok\r\n550 no\r\n354 go on\r\n250 queued\r\n',
  '250 ok\r\n452 enough\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 queued\r\n',
  `250-${'x'.repeat(2000)}\r\n250 ok\r\n250 ok\r\n`,
  '250 ok\n250 ok\n354 go\n250 ok\n',
  '\r\n\r\n',
  'HTTP/1.1 400 Bad Request\r\n\r\n',
] as const;

const WORDS = [
  '250 ok\r\n',
  '250-ok\r\n',
  '250\r\n',
  '354 go\r\n',
  '354\r\n',
  '550 no\r\n',
  '550-no\r\n',
  '421 bye\r\n',
  '220 hello\r\n',
  '199 x\r\n',
  '600 x\r\n',
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '-',
  '2.0.0 ',
  GOOD,
  'x'.repeat(1000),
] as const;

const CAPABILITIES = [
  ['hop', 'PIPELINING', 'SIZE 1000', '8BITMIME', 'SMTPUTF8'],
  ['hop', 'PIPELINING'],
  ['hop', '8BITMIME'],
  ['hop'],
] as const;

/** A whole reply of class 2. */
const SUCCESS = /^(?:2\d\d-[^\r\n\0]*\r\n)*2\d\d(?: [^\r\n\0]*)?\r\n/;

interface Peer {
  readonly hop: HostileHop;
  readonly connection: HopConnection;
}

/** Lends so many connections, one after the other; what comes back is closed. */
class FewConnections implements Lender {
  readonly peers: Peer[] = [];
  readonly #make: () => Peer;
  readonly #most: number;
  readonly #isReused: boolean;

  /** @param isReused whether the first served others before */
  constructor(make: () => Peer, most: number, isReused: boolean) {
    this.#make = make;
    this.#most = most;
    this.#isReused = isReused;
  }

  /** The hop that was lent last. */
  get hop(): HostileHop {
    const last = this.peers.at(-1);
    if (last === undefined) throw new TypeError('No hop was lent');
    return last.hop;
  }

  lend(borrower: Borrower, { mustBeNew }: LoanTerms): void {
    if (this.peers.length === this.#most) {
      borrower.onNoneLent(DOWN);
      return;
    }
    // Made only now: one that speaks out of its turn does so at once.
    const peer = this.#make();
    this.peers.push(peer);
    borrower.onLent(peer.connection, !mustBeNew && this.#isReused);
  }

  withdraw(): void {}

  release(connection: HopConnection): void {
    connection.destroy();
  }

  reset(connection: HopConnection): void {
    connection.destroy();
  }
}

const DOWN: HopAnswer = { reply: { code: 451, text: 'x' }, isTaken: false, rule: 'next-hop-down' };
const TIMEOUTS = { connectSeconds: 60, replySeconds: 60, finalSeconds: 60 } as const;

async function attempt(input: Buffer, random: Random): Promise<void> {
  const capabilities = random.pick(CAPABILITIES);
  const make = (): Peer => peerOf(input, random, capabilities);
  const lender = new FewConnections(make, random.pick([1, 1, 2]), random.once(2));
  const transaction = new SmtpTransaction(lender, {
    mail: { path: 'a@example.com', isSmtpUtf8: random.once(8), ...(random.once(8) ? { body: '8BITMIME' } : {}) },
    timeouts: TIMEOUTS,
    onDrain: () => {},
  });
  try {
    await converse(transaction, lender, random);
  } finally {
    for (const { hop, connection } of lender.peers) {
      connection.destroy();
      hop.destroy();
    }
  }
}

function peerOf(input: Buffer, random: Random, capabilities: readonly string[]): Peer {
  const hop = new HostileHop(random.once(2) ? cut(input, random) : cutIntoLines(input), random);
  const listener = { onReply: () => {}, onBroken: () => {}, onDrain: () => {} };
  const connection = new HopConnection(hop, { listener, isTls: random.once(4) });
  connection.capabilities = parseCapabilities(capabilities);
  return { hop, connection };
}

async function converse(transaction: SmtpTransaction, lender: FewConnections, random: Random): Promise<void> {
  let taken = 0;
  for (let groups = random.pick([1, 1, 1, 2, 3]); groups > 0; groups -= 1) {
    const paths = Array.from({ length: random.pick([1, 1, 2, 5]) }, (_, index) => `b${groups}.${index}@example.com`);
    // A hop that refused DATA may be asked for other recipients; this one would take them for content, and wait.
    const isLast = groups === 1 && random.once(2);
    const answers = await offerAll(transaction, paths, isLast);
    mustHold(answers.length === paths.length, 'A group has not an answer for each of its recipients');
    for (const answer of answers) if (coherent(answer).isTaken) taken += 1;
    const said = lender.peers.map(({ hop }) => hop.arrived).join('');
    mustHold(
      taken < said.split(/(?:^|\n)2\d\d(?: |\r)/).length,
      'More recipients are taken than the hop has said yes to',
    );
  }
  if (taken === 0 || random.once(10)) {
    transaction.abandon();
    mustHold(!coherent(await transaction.finish()).isTaken, 'A transaction given up is taken');
    return;
  }
  const start = coherent(await transaction.startContent());
  mustHold(!start.isTaken || /(?:^|\n)354/.test(lender.hop.arrived), 'Content starts without a 354');
  if (!start.isTaken) return;
  for (let pieces = random.below(4); pieces > 0; pieces -= 1) transaction.write(Buffer.from('x\r\n'));
  const final = coherent(await transaction.finish());
  if (!final.isTaken) return;
  const { hop } = lender;
  mustHold(hop.hasEndOfData, 'A message is taken whose end the hop has not had');
  mustHold(SUCCESS.test(hop.arrivedBehindEnd), 'A message is taken without a 2xx behind its end');
}

/** What every answer must be, whatever the hop said. */
function coherent(answer: HopAnswer): HopAnswer {
  const { reply, isTaken } = answer;
  mustHold(isTaken === reply.code < 400, 'An answer contradicts itself');
  mustHold(/^[\x20-\x7E\n]*$/.test(reply.text), 'An answer is not printable');
  mustHold(![421, 530, 535].includes(reply.code), "A hop's word about our session is passed on");
  return answer;
}

export const hopClientTarget: FuzzTarget = {
  name: 'hop-client',
  seeds: () => SEEDS.map((text) => Buffer.from(text, 'latin1')),
  words: WORDS,
  attempt,
};
