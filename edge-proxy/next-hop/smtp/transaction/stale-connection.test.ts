import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPLIES } from '../../../../policy/reply.ts';
import { HopBed } from '../../../../test/support/hop-bed.ts';
import { type HopMove, type HopScript, hangUp, politely, reset } from '../../../../test/support/scripted-hop.ts';

let bed: HopBed;
beforeEach(() => {
  bed = new HopBed();
});
afterEach(async () => {
  await bed.close();
});

// A connection that had gone stale is replaced once, by a new one, and only before the transaction's first reply.
describe('a stale connection', () => {
  function staleAt(verb: 'MAIL' | 'RCPT' | 'DATA' | 'content', move: HopMove, isLockstep = false): HopScript {
    return async (client, connection) => {
      let turns = 0;
      const good = { MAIL: '250 ok\r\n', RCPT: '250 ok\r\n', DATA: '354 go\r\n', content: '250 ok\r\n' }[verb];
      await politely({
        ...(isLockstep ? { EHLO: '250 hop.example\r\n' } : {}),
        [verb]: async (...args: Parameters<Exclude<HopMove, string>>) => {
          turns += 1;
          if (connection > 1 || turns === 1) {
            client.say(good);
            if (verb !== 'DATA') return;
            await client.hearContent();
            client.say('250 ok\r\n');
          } else if (typeof move === 'string') client.say(move);
          else await move(...args);
        },
      })(client, connection);
    };
  }

  it.each([
    ['FIN', hangUp, false],
    ['FIN', hangUp, true],
    ['RST', reset, false],
    ['RST', reset, true],
    ['421', '421 4.4.2 idle too long\r\n', false],
    ['421', '421 4.4.2 idle too long\r\n', true],
  ])('is replaced when MAIL meets %s (lockstep: %s)', async (_, move, isLockstep) => {
    const hop = await bed.start(staleAt('MAIL', move as HopMove, isLockstep as boolean));

    await bed.deliver(hop.nextHop());
    const { answer } = await bed.deliver(hop.nextHop());

    expect(answer.isTaken).toBe(true);
    expect(hop.clients).toHaveLength(2);
    expect(bed.nextHops.connectionCount).toBe(1);
  });

  it.each([
    ['FIN', hangUp, REPLIES.hopDropped],
    ['421', '421 4.3.2 bye\r\n', REPLIES.hopUnwilling],
  ])('is replaced once only: a new one that meets %s too is the answer', async (_, move, reply) => {
    let mails = 0;
    const hop = await bed.start(
      politely({
        MAIL: async (client, command) => {
          mails += 1;
          if (mails === 1 || typeof move === 'string') client.say(mails === 1 ? '250 ok\r\n' : String(move));
          else await move(client, command);
        },
      }),
    );

    await bed.deliver(hop.nextHop());
    const { answer } = await bed.deliver(hop.nextHop());

    expect(answer.reply).toEqual(reply);
    expect(hop.clients).toHaveLength(2);
  });

  it('is not replaced when it keeps silent', async () => {
    const hop = await bed.start(staleAt('MAIL', () => {}, true));

    await bed.deliver(hop.nextHop());
    const { answer } = await bed.deliver(hop.nextHop(), { timeouts: { replySeconds: 0.05 } });

    expect(answer.reply).toEqual(REPLIES.hopDropped);
    expect(hop.clients).toHaveLength(1);
  });

  it('is not replaced when it babbles', async () => {
    const hop = await bed.start(staleAt('MAIL', 'what?\r\n'));

    await bed.deliver(hop.nextHop());
    const { answer } = await bed.deliver(hop.nextHop());

    expect(answer.reply).toEqual(REPLIES.hopInsane);
    expect(hop.clients).toHaveLength(1);
  });

  it.each(['RCPT', 'DATA', 'content'] as const)('is not replaced once a reply came: gone at %s', async (verb) => {
    const hop = await bed.start(staleAt(verb, reset, true));

    await bed.deliver(hop.nextHop());
    const { answer } = await bed.deliver(hop.nextHop());

    expect(answer.reply).toEqual(REPLIES.hopDropped);
    expect(hop.clients).toHaveLength(1);
  });

  it('is replaced by a new one where its place at the cap was taken meanwhile', async () => {
    bed.limit({ maxConnections: 1 });
    const hop = await bed.start(async (client, connection) => {
      let mails = 0;
      await politely({
        MAIL: (self) => {
          mails += 1;
          if (mails > 1) self.reset();
          else client.say('250 ok\r\n');
        },
      })(client, connection);
    });
    await bed.deliver(hop.nextHop());

    const [stale, waiting] = await Promise.all([bed.deliver(hop.nextHop()), bed.deliver(hop.nextHop())]);

    expect([waiting.answer.isTaken, stale.answer.isTaken]).toEqual([true, true]);
    expect(hop.clients).toHaveLength(3);
  });

  it('is replaced at the cap too', async () => {
    bed.limit({ maxConnections: 1 });
    const hop = await bed.start(async (client, connection) => {
      let mails = 0;
      await politely({
        MAIL: async (self) => {
          mails += 1;
          if (connection === 1 && mails > 1) self.reset();
          else client.say('250 ok\r\n');
        },
      })(client, connection);
    });
    await bed.deliver(hop.nextHop());

    const { answer } = await bed.deliver(hop.nextHop());

    expect(answer.isTaken).toBe(true);
    expect(hop.clients).toHaveLength(2);
  });
});
