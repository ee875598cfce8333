import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPLIES } from '../../../../policy/reply.ts';
import { finish, HopBed, until, verbsOf } from '../../../../test/support/hop-bed.ts';
import { offerOne } from '../../../../test/support/offer-one.ts';
import { type HopMove, hangUp, politely } from '../../../../test/support/scripted-hop.ts';

let bed: HopBed;
beforeEach(() => {
  bed = new HopBed();
});
afterEach(async () => {
  await bed.close();
});

describe('abandon', () => {
  it('before DATA resets the transaction and keeps the connection', async () => {
    const hop = await bed.start(politely());
    const [transaction] = await bed.open(hop, 1);

    transaction?.abandon();
    await until(() => bed.nextHops.idleConnectionCount === 1);
    await bed.deliver(hop.nextHop());

    expect(verbsOf(hop, 0).join(' ')).toContain('MAIL RCPT RSET MAIL RCPT DATA');
    expect(hop.clients).toHaveLength(1);
  });

  it('waits for a reply that is due before it resets', async () => {
    const asked = Promise.withResolvers<void>();
    const mayAnswer = Promise.withResolvers<void>();
    const hop = await bed.start(
      politely({
        RCPT: async (client) => {
          asked.resolve();
          await mayAnswer.promise;
          client.say('250 ok\r\n');
        },
      }),
    );
    const transaction = bed.begin(hop.nextHop());
    const offered = offerOne(transaction, 'a@x.example');
    await asked.promise;

    transaction.abandon();
    expect((await offered).isTaken).toBe(false);
    expect(verbsOf(hop, 0)).not.toContain('RSET');
    mayAnswer.resolve();
    await until(() => bed.nextHops.idleConnectionCount === 1);
    expect(verbsOf(hop, 0)).toContain('RSET');

    expect((await bed.deliver(hop.nextHop())).answer.isTaken).toBe(true);
    expect(hop.clients).toHaveLength(1);
  });

  it.each(['500 5.5.1 what?\r\n', '421 bye\r\n', '354 go\r\n', 'x\r\n', hangUp])(
    'drops the connection when RSET does not meet 250 but %j',
    async (move) => {
      const hop = await bed.start(politely({ RSET: move as HopMove }));
      const [transaction] = await bed.open(hop, 1);

      transaction?.abandon();
      await hop.clients[0]?.closed;

      expect(bed.nextHops.connectionCount).toBe(0);
    },
  );

  it('after content began drops the connection, and no terminator is sent', async () => {
    const hop = await bed.start(politely());
    const [transaction] = await bed.open(hop, 1);
    await transaction?.startContent();
    transaction?.write(Buffer.from('Subject: half\r\n'));

    transaction?.abandon();
    await hop.clients[0]?.closed;

    expect(hop.clients[0]?.heard).not.toContain('\r\n.\r\n');
    expect(bed.nextHops.connectionCount).toBe(0);
    expect((await transaction?.finish())?.isTaken).toBe(false);
  });

  it.each(['DATA', 'content'] as const)('answers a call under way at %s', async (verb) => {
    const asked = Promise.withResolvers<void>();
    const hop = await bed.start(politely({ [verb]: () => asked.resolve() }));
    const [transaction] = await bed.open(hop, 1);
    const pending = verb === 'DATA' ? transaction?.startContent() : finish(transaction);
    await asked.promise;

    transaction?.abandon();

    expect(await pending).toMatchObject({ isTaken: false, reply: REPLIES.hopDropped });
    await hop.clients[0]?.closed;
  });

  it('while the connection is being opened leaves it to others', async () => {
    const hop = await bed.start(politely());
    const transaction = bed.begin(hop.nextHop());
    const offered = offerOne(transaction, 'a@x.example');

    transaction.abandon();
    transaction.abandon();

    expect((await offered).isTaken).toBe(false);
    await until(() => verbsOf(hop, 0).includes('EHLO'));
    expect(verbsOf(hop, 0)).not.toContain('MAIL');
  });
});
