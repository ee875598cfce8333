import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPLIES } from '../../../policy/reply.ts';
import { HopBed } from '../../../test/support/hop-bed.ts';
import { keepSilent, politely } from '../../../test/support/scripted-hop.ts';

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

  it.each(['250 2.0.0 queued\r\n', '552 5.3.4 too big\r\n', '421 leaving\r\n', '2'])(
    'while content is streamed, by %j, is insane and never taken',
    async (early) => {
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
      await transaction.offerRecipient('a@x.example');
      await transaction.startContent();

      transaction.write(Buffer.from('one\r\n'));
      await hop.clients[0]?.closed;
      const answer = await transaction.finish();

      expect(answer).toMatchObject({ reply: REPLIES.hopInsane, isTaken: false });
      expect(hop.clients[0]?.heard).not.toContain('\r\n.\r\n');
    },
  );

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

  it('behind a refused message is still heard in its refusal, and loses its connection', async () => {
    const hop = await bed.start(politely({ content: '550 5.7.1 spam\r\n250 no, fine\r\n' }));

    const { answer } = await bed.deliver(hop.nextHop());
    await hop.clients[0]?.closed;

    expect(answer).toMatchObject({ isTaken: false, reply: { code: 550, enhanced: '5.7.1', text: 'spam' } });
  });
});
