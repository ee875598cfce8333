/** DATA that goes out with the last recipient, since the client has sent both already. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONTENT, HopBed, verbsOf } from '../../../../test/support/hop-bed.ts';
import { offerOne } from '../../../../test/support/offer-one.ts';
import { type HopScript, politely } from '../../../../test/support/scripted-hop.ts';

let bed: HopBed;
beforeEach(() => {
  bed = new HopBed();
});
afterEach(async () => {
  await bed.close();
});

/** Hears MAIL, RCPT and DATA as one group, and answers each; content that follows is taken. */
function hopThatSays(...replies: readonly string[]): HopScript {
  return politely({
    MAIL: async (client) => {
      await client.hearUpTo('DATA\r\n');
      client.say(replies.join(''));
      if (!replies.at(-1)?.startsWith('354')) return;
      await client.hearContent();
      client.say('250 taken\r\n');
    },
  });
}

describe('DATA with the last recipient', () => {
  it('is one group of commands, and its reply is there when it is asked for', async () => {
    const hop = await bed.start(hopThatSays('250 ok\r\n', '250 ok\r\n', '354 go\r\n'));
    const transaction = bed.begin(hop.nextHop());

    const recipient = await offerOne(transaction, 'a@x.example', true);
    const data = await transaction.startContent();
    transaction.write(Buffer.from(CONTENT));
    const final = await transaction.finish();

    expect([recipient, data, final].map(({ isTaken }) => isTaken)).toEqual([true, true, true]);
    // EHLO, the group, the content.
    expect(hop.clients[0]?.segments).toBe(3);
  });

  it('waits for a reply that comes later than that of the recipient', async () => {
    const late = Promise.withResolvers<void>();
    const hop = await bed.start(
      politely({
        MAIL: async (client) => {
          await client.hearUpTo('DATA\r\n');
          client.say('250 ok\r\n250 ok\r\n');
          await late.promise;
          client.say('354 go\r\n');
          await client.hearContent();
          client.say('250 taken\r\n');
        },
      }),
    );
    const transaction = bed.begin(hop.nextHop());
    await offerOne(transaction, 'a@x.example', true);

    const asked = transaction.startContent();
    late.resolve();

    expect(await asked).toMatchObject({ isTaken: true });
    expect(await transaction.finish()).toMatchObject({ isTaken: true });
  });

  it('goes out after a later recipient as after the first', async () => {
    const hop = await bed.start(politely({}));
    const transaction = bed.begin(hop.nextHop());
    await offerOne(transaction, 'a@x.example');

    await offerOne(transaction, 'b@x.example', true);
    await transaction.startContent();
    await transaction.finish();

    expect(hop.clients[0]?.heard).toContain('RCPT TO:<b@x.example>\r\nDATA\r\n');
  });

  it('does not go out early to a hop without PIPELINING', async () => {
    const hop = await bed.start(politely({ EHLO: '250 hop.example\r\n' }));
    const transaction = bed.begin(hop.nextHop());

    await offerOne(transaction, 'a@x.example', true);
    const early = hop.clients[0]?.heard;
    await transaction.startContent();

    expect(early).not.toContain('DATA');
    expect(await transaction.finish()).toMatchObject({ isTaken: true });
  });

  it.each([
    ['the recipient', ['250 ok\r\n', '550 5.1.1 nobody\r\n', '503 5.5.1 no recipient\r\n'], '5.1.1'],
    ['MAIL', ['550 5.7.1 not you\r\n', '503 5.5.1 no\r\n', '503 5.5.1 no\r\n'], '5.7.1'],
  ])('refused with %s leaves a connection that is used again', async (_what, replies, enhanced) => {
    const hop = await bed.start(hopThatSays(...replies));
    const transaction = bed.begin(hop.nextHop());

    const recipient = await offerOne(transaction, 'a@x.example', true);
    transaction.abandon();

    expect(recipient).toMatchObject({ isTaken: false, reply: { enhanced } });
    await expect.poll(() => verbsOf(hop, 0)).toContain('RSET');
    expect(bed.nextHops.connectionCount).toBe(1);
  });

  it('taken of a transaction that is given up leaves the connection: no command can be said any more', async () => {
    const hop = await bed.start(hopThatSays('250 ok\r\n', '550 5.1.1 nobody\r\n', '354 go\r\n'));
    const transaction = bed.begin(hop.nextHop());
    await offerOne(transaction, 'a@x.example', true);

    transaction.abandon();

    await hop.clients[0]?.closed;
    expect(hop.clients[0]?.heard).toMatch(/DATA\r\n$/);
  });

  it('refused lets the hop be asked for another recipient', async () => {
    const hop = await bed.start(hopThatSays('250 ok\r\n', '550 5.1.1 nobody\r\n', '503 5.5.1 no recipient\r\n'));
    const transaction = bed.begin(hop.nextHop());
    await offerOne(transaction, 'a@x.example', true);

    expect(await offerOne(transaction, 'b@x.example')).toMatchObject({ isTaken: true });
    expect(await transaction.startContent()).toMatchObject({ isTaken: true });
  });

  it('answered by 421 ends the connection, and the next recipient hears so', async () => {
    const hop = await bed.start(hopThatSays('250 ok\r\n', '550 5.1.1 nobody\r\n', '421 4.3.2 bye\r\n'));
    const transaction = bed.begin(hop.nextHop());
    await offerOne(transaction, 'a@x.example', true);

    expect(await offerOne(transaction, 'b@x.example')).toMatchObject({ isTaken: false, reply: { code: 451 } });
    await hop.clients[0]?.closed;
    expect(hop.clients[0]?.heard).not.toContain('b@x.example');
  });

  it('taken without a recipient keeps another from being said as content', async () => {
    const hop = await bed.start(hopThatSays('250 ok\r\n', '550 5.1.1 nobody\r\n', '354 go\r\n'));
    const transaction = bed.begin(hop.nextHop());
    await offerOne(transaction, 'a@x.example', true);

    const other = await offerOne(transaction, 'b@x.example');

    expect(other).toMatchObject({ isTaken: false, reply: { code: 451 } });
    await hop.clients[0]?.closed;
    expect(hop.clients[0]?.heard).not.toContain('b@x.example');
  });

  it('is asked anew, with all before it, where a stale connection is replaced', async () => {
    let connections = 0;
    const hop = await bed.start(async (client, connection) => {
      connections = connection;
      let mails = 0;
      await politely({
        MAIL: async (hearer) => {
          mails += 1;
          if (connection === 1 && mails > 1) return hearer.hangUp();
          hearer.say('250 ok\r\n');
        },
      })(client, connection);
    });
    await bed.deliver(hop.nextHop());
    const transaction = bed.begin(hop.nextHop());

    expect(await offerOne(transaction, 'a@x.example', true)).toMatchObject({ isTaken: true });
    expect(await transaction.startContent()).toMatchObject({ isTaken: true });
    expect(await transaction.finish()).toMatchObject({ isTaken: true });
    expect(connections).toBe(2);
  });

  it('whose hop breaks before its reply is a dropped hop', async () => {
    const hop = await bed.start(
      politely({
        MAIL: async (client) => {
          await client.hearUpTo('DATA\r\n');
          client.say('250 ok\r\n250 ok\r\n');
          client.hangUp();
        },
      }),
    );
    const transaction = bed.begin(hop.nextHop());
    await offerOne(transaction, 'a@x.example', true);

    expect(await transaction.startContent()).toMatchObject({ isTaken: false, rule: 'next-hop-dropped' });
  });
});
