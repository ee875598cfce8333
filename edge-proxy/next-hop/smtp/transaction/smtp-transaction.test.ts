/** Invariant: whatever a hop says, and whenever, `finish` is taken only if a 2xx came after the terminator was sent. */
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REPLIES } from '../../../../policy/reply.ts';
import { parseCapabilities } from '../../../../protocol/hop/hop-reply.ts';
import { PLAIN_MAIL } from '../../../../test/support/hop-bed.ts';
import { offerOne } from '../../../../test/support/offer-one.ts';
import { HopConnection, type HopListener } from '../connection/hop-connection.ts';
import type { Borrower, Lender } from '../pool/lender.ts';
import { SmtpTransaction } from './smtp-transaction.ts';

/** A hop that answers each group of commands with its next speech, and speaks out of turn when told. */
class BabblingHop extends Duplex {
  readonly #speeches: string[];
  /** What it said since it had the terminator. */
  saidAfterEnd = '';
  isAtEnd = false;

  constructor(speeches: readonly string[]) {
    super();
    this.#speeches = [...speeches];
  }

  override _read(): void {}

  override _write(octets: Buffer, _encoding: string, done: () => void): void {
    if (octets.toString() === '.\r\n') this.isAtEnd = true;
    if (!octets.toString().startsWith('content')) this.speak(this.#speeches.shift() ?? '');
    done();
  }

  speak(words: string): void {
    if (words === '' || this.destroyed) return;
    if (this.isAtEnd) this.saidAfterEnd += words;
    this.push(Buffer.from(words, 'latin1'));
  }
}

const NOBODY: HopListener = { onReply() {}, onBroken() {}, onDrain() {} };

class OneConnection implements Lender {
  readonly #connection: HopConnection;
  isReusable = false;

  constructor(connection: HopConnection) {
    this.#connection = connection;
  }

  lend(borrower: Borrower): void {
    borrower.onLent(this.#connection, false);
  }

  withdraw(): void {}

  release(connection: HopConnection): void {
    this.isReusable = connection.isReusable;
    connection.destroy();
  }

  reset(connection: HopConnection): void {
    connection.destroy();
  }
}

async function turn(): Promise<void> {
  await new Promise(setImmediate);
}

interface Conversation {
  readonly speeches: readonly string[];
  /** Said out of turn: after RCPT was answered, after DATA was, and in the middle of content. */
  readonly asides: readonly string[];
  readonly isPipelining: boolean;
  /** DATA goes out with the recipient. */
  readonly isEarly: boolean;
}

/** @param replySeconds by default so few that a hop which says too little costs no time */
async function converse(
  { speeches, asides, isPipelining, isEarly }: Conversation,
  replySeconds = 0.005,
): Promise<BabblingHop> {
  const hop = new BabblingHop(speeches);
  const connection = new HopConnection(hop, { listener: NOBODY, isTls: false });
  connection.capabilities = parseCapabilities(isPipelining ? ['hop', 'PIPELINING'] : ['hop']);
  const lender = new OneConnection(connection);
  const timeouts = { connectSeconds: 9, replySeconds, finalSeconds: replySeconds };
  const transaction = new SmtpTransaction(lender, { mail: PLAIN_MAIL, timeouts, onDrain() {} });

  const recipient = await offerOne(transaction, 'a@x.example', isEarly);
  hop.speak(asides[0] ?? '');
  await turn();
  const data = recipient.isTaken ? await transaction.startContent() : recipient;
  hop.speak(asides[1] ?? '');
  await turn();
  if (data.isTaken) {
    transaction.write(Buffer.from('content\r\n'));
    await turn();
    hop.speak(asides[2] ?? '');
    await turn();
    const answer = await transaction.finish();

    if (answer.isTaken) expect(hop.saidAfterEnd).toMatch(/^2\d\d[ -]/);
    if (answer.isTaken) expect(hop.isAtEnd).toBe(true);
  } else {
    expect(hop.isAtEnd).toBe(false);
    transaction.abandon();
  }
  await turn();
  expect(hop.destroyed).toBe(true);
  return hop;
}

const GOOD = ['250 ok\r\n', '250 ok\r\n', '354 go\r\n', '250 ok\r\n'];

describe('SmtpTransaction', () => {
  it('is taken in the conversation that goes as it should', async () => {
    const hop = await converse({ speeches: GOOD, asides: [], isPipelining: false, isEarly: false }, 9);

    expect(hop.saidAfterEnd).toBe('250 ok\r\n');
  });

  const speech = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('250 ok\r\n', '354 go\r\n', '250 ok\r\n250 ok\r\n') },
    { weight: 4, arbitrary: fc.constantFrom('250-a\r\n', '25', '250', '0 x\r\n', '421 bye\r\n', '550 no\r\n', '') },
    {
      weight: 2,
      arbitrary: fc.constantFrom('250-a\r\n354 b\r\n', '354 go\r\n250 early\r\n', '\r\n', '\0', '199 x\r\n'),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 12 }) },
  );
  /** The good conversation, here and there spoilt, so that most of them go far. */
  const speeches = fc
    .tuple(fc.boolean(), fc.boolean(), fc.array(fc.option(speech, { freq: 4 }), { minLength: 4, maxLength: 4 }))
    .map(([isPipelining, isEarly, spoilt]) => {
      const first = isPipelining ? (isEarly ? 3 : 2) : 1;
      const good = [GOOD.slice(0, first).join(''), ...GOOD.slice(first)];
      return { isPipelining, isEarly, speeches: good.map((words, index) => spoilt[index] ?? words) };
    });
  const asides = fc.array(fc.oneof({ weight: 5, arbitrary: fc.constant('') }, { weight: 1, arbitrary: speech }), {
    minLength: 3,
    maxLength: 3,
  });

  it('is taken only by a 2xx that came after the terminator was sent', async () => {
    await fc.assert(
      fc.asyncProperty(speeches, asides, async (said, aside) => {
        await converse({ ...said, asides: aside });
      }),
      { numRuns: 500 },
    );
  });
});

it('answers a DATA that was put off when it is known at once that there is no other connection', async () => {
  const hop = new BabblingHop(['250 ok\r\n250 ok\r\n452 4.4.5 enough\r\n']);
  const connection = new HopConnection(hop, { listener: NOBODY, isTls: false });
  connection.capabilities = parseCapabilities(['hop', 'PIPELINING']);
  const lender: Lender = {
    lend: (borrower, { mustBeNew }) => {
      if (mustBeNew) borrower.onNoneLent({ reply: REPLIES.hopDown, isTaken: false, rule: 'next-hop-down' });
      else borrower.onLent(connection, true);
    },
    withdraw() {},
    release() {},
    reset() {},
  };
  const timeouts = { connectSeconds: 1, replySeconds: 1, finalSeconds: 1 };
  const transaction = new SmtpTransaction(lender, { mail: PLAIN_MAIL, timeouts, onDrain() {} });
  await offerOne(transaction, 'a@x.example', true);
  await turn();

  const answer = await transaction.startContent();

  expect(answer.reply).toEqual({ code: 452, enhanced: '4.4.5', text: 'enough' });
});
