import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPLIES } from '../../../../policy/reply.ts';
import { HopBed } from '../../../../test/support/hop-bed.ts';
import { offerOne } from '../../../../test/support/offer-one.ts';
import { type HopMove, keepSilent, politely } from '../../../../test/support/scripted-hop.ts';

let bed: HopBed;
beforeEach(() => {
  bed = new HopBed();
});
afterEach(async () => {
  await bed.close();
});

const LOCKSTEP = '250-hop.example\r\n250 HELP\r\n';

// Each group of commands starts with an empty reply buffer; what comes unasked is never an answer.
describe('a hop that says more than it was asked', () => {
  const GOOD: Record<string, string> = {
    greeting: '220 hop\r\n',
    EHLO: LOCKSTEP,
    MAIL: '250 ok\r\n',
    RCPT: '250 ok\r\n',
    DATA: '354 go\r\n',
  };

  it.each(
    Object.keys(GOOD).flatMap((verb) =>
      ['250 ok\r\n', '354 go\r\n', '250-', '\0', '\r\n'].map((more) => ({ verb, more, shown: JSON.stringify(more) })),
    ),
  )('at $verb, by $shown, is insane', async ({ verb, more }) => {
    const hop = await bed.start(politely({ EHLO: LOCKSTEP, [verb]: `${GOOD[verb]}${more}` }));

    const { answer } = await bed.deliver(hop.nextHop());

    expect(answer).toMatchObject({ reply: REPLIES.hopInsane, isTaken: false, rule: 'next-hop-insane' });
    await hop.clients[0]?.closed;
    expect(bed.nextHops.connectionCount).toBe(0);
  });

  it('to a group of MAIL and RCPT is insane', async () => {
    const hop = await bed.start(politely({ MAIL: keepSilent, RCPT: '250 ok\r\n250 ok\r\n250 ok\r\n' }));

    const { answer } = await bed.deliver(hop.nextHop());

    expect(answer.reply).toEqual(REPLIES.hopInsane);
  });

  it.each([
    '250 2.0.0 queued\r\n',
    '354 go on\r\n',
    '2',
    'x',
    '\r\n',
    '4x\r\n',
    '552 too\n',
    '552-too\r\n553 big\r\n',
    '552-too\r\n250 big\r\n',
  ])('while content is streamed, by %j, is insane and never taken', async (early) => {
    const hop = await bed.start(
      politely({
        DATA: async (client) => {
          client.say('354 go\r\n');
          await client.hearSomething();
          client.say(early);
          await client.closed;
        },
      }),
    );
    const transaction = bed.begin(hop.nextHop());
    await offerOne(transaction, 'a@x.example');
    await transaction.startContent();

    transaction.write(Buffer.from('one\r\n'));
    await hop.clients[0]?.closed;
    const answer = await transaction.finish();

    expect(answer).toMatchObject({ reply: REPLIES.hopInsane, isTaken: false });
    expect(hop.clients[0]?.heard).not.toContain('\r\n.\r\n');
  });

  it.each(['250 again\r\n', 'x', '421 4.3.2 leaving\r\n'])(
    'behind a good final reply, by %j, has taken the message and loses its connection',
    async (more) => {
      const hop = await bed.start(politely({ content: `250 2.0.0 queued\r\n${more}` }));

      const first = await bed.deliver(hop.nextHop());
      await hop.clients[0]?.closed;
      const second = await bed.deliver(hop.nextHop());

      expect([first.answer.isTaken, second.answer.isTaken]).toEqual([true, true]);
      expect(hop.clients).toHaveLength(2);
    },
  );

  it('after a refused message is still heard in its refusal, and loses its connection', async () => {
    const hop = await bed.start(politely({ content: '550 5.7.1 spam\r\n250 no, fine\r\n' }));

    const { answer } = await bed.deliver(hop.nextHop());
    await hop.clients[0]?.closed;

    expect(answer).toMatchObject({ isTaken: false, reply: { code: 550, enhanced: '5.7.1', text: 'spam' } });
  });
});

// Servers that have seen enough refuse content before its end, and some close with it.
describe('a hop that refuses content before its end', () => {
  const TOO_BIG = { code: 552, enhanced: '5.3.4', text: 'too big' };
  const LATER = { code: 452, enhanced: '4.3.1', text: 'full' };

  /** A hop that says `moves` after the first of the content, and closes at the end where `isLeaving`. */
  function refusing(pieces: readonly string[], isLeaving = false): HopMove {
    return async (client) => {
      client.say('354 go\r\n');
      await client.hearSomething();
      for (const piece of pieces) {
        client.say(piece);
        await setTimeout(5);
      }
      if (isLeaving) client.hangUp();
      else await client.closed;
    };
  }

  /** What comes of content that is written in two pieces, once the hop has been heard. */
  async function outcome(DATA: HopMove) {
    const hop = await bed.start(politely({ DATA }));
    const transaction = bed.begin(hop.nextHop());
    await offerOne(transaction, 'a@x.example');
    await transaction.startContent();
    transaction.write(Buffer.from('one\r\n'));
    await hop.clients[0]?.closed;
    transaction.write(Buffer.from('two\r\n'));
    return { hop, refusal: transaction.refusal, answer: await transaction.finish() };
  }

  it.each([
    ['at once', ['552 5.3.4 too big\r\n'], false, TOO_BIG],
    ['in lines', ['552-5.3.4 too big\r\n552 5.3.4 by far\r\n'], false, { ...TOO_BIG, text: 'too big\nby far' }],
    ['octet by octet', [...'552 5.3.4 too big\r\n'], false, TOO_BIG],
    ['and goes', ['552 5.3.4 too big\r\n'], true, TOO_BIG],
    ['for now', ['452 4.3.1 full\r\n'], false, LATER],
    ['with more behind it', ['552 5.3.4 too big\r\n250 ok\r\n'], false, TOO_BIG],
    ['for our session alone', ['421 4.3.2 leaving\r\n'], true, REPLIES.hopUnwilling],
  ])('is heard in its own words, %s, and gets no end', async (_, pieces, isLeaving, reply) => {
    const { hop, refusal, answer } = await outcome(refusing(pieces, isLeaving));

    expect(answer).toMatchObject({ reply, isTaken: false, rule: 'next-hop' });
    expect(refusal).toEqual(answer);
    expect(hop.clients[0]?.heard).not.toContain('\r\n.\r\n');
    expect(bed.nextHops.connectionCount).toBe(0);
  });

  it('is heard when half of its words came before the end and half after it', async () => {
    const hop = await bed.start(
      politely({
        DATA: async (client) => {
          client.say('354 go\r\n');
          await client.hearSomething();
          client.say('552 5.3.4 too');
          await client.hearUpTo('.\r\n');
          client.say(' big\r\n');
        },
      }),
    );
    const transaction = bed.begin(hop.nextHop());
    await offerOne(transaction, 'a@x.example');
    await transaction.startContent();
    transaction.write(Buffer.from('one\r\n'));
    await setTimeout(50);

    const answer = await transaction.finish();

    expect(answer).toMatchObject({ reply: TOO_BIG, isTaken: false });
  });
});
