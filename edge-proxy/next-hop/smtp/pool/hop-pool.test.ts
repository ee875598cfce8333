import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPLIES } from '../../../../policy/reply.ts';
import type { MailCommand } from '../../../../protocol/hop/hop-answer.ts';
import { AMPLE, finish, HopBed, PLAIN_MAIL, until, verbsOf } from '../../../../test/support/hop-bed.ts';
import { offerOne } from '../../../../test/support/offer-one.ts';
import { politely, type ScriptedHop } from '../../../../test/support/scripted-hop.ts';
import { SmtpNextHops } from '../smtp-next-hops.ts';
import { HOP_POOL_LIMITS } from './hop-pool.ts';

let bed: HopBed;
beforeEach(() => {
  bed = new HopBed();
});
afterEach(async () => {
  await bed.close();
});

describe('reuse', () => {
  it('hands a hundred messages on over one connection, and adds no listener with each', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const hop = await bed.start(politely());

    for (let count = 0; count < 100; count += 1) expect((await bed.deliver(hop.nextHop())).answer.isTaken).toBe(true);

    process.off('warning', onWarning);
    expect(hop.clients).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  it('keeps hops apart', async () => {
    const one = await bed.start(politely());
    const other = await bed.start(politely());

    await bed.deliver(one.nextHop());
    await bed.deliver(other.nextHop());
    await bed.deliver(one.nextHop());

    expect([one.clients.length, other.clients.length]).toEqual([1, 1]);
  });

  it('takes the connection that came back last', async () => {
    const hop = await bed.start(politely());
    const [first, second] = await bed.open(hop, 2);
    await finish(second);
    await finish(first);

    const [third] = await bed.open(hop, 1);

    const counts = [0, 1].map((client) => verbsOf(hop, client).filter((verb) => verb === 'MAIL').length);
    expect(counts.sort((a, b) => a - b)).toEqual([1, 2]);
    expect(hop.clients).toHaveLength(2);
    third?.abandon();
  });

  it.each(['250 psst\r\n', '421 4.4.2 idle too long\r\n', 'x'])(
    'drops a connection that says %j while idle',
    async (words) => {
      const hop = await bed.start(politely());
      await bed.deliver(hop.nextHop());

      hop.clients[0]?.say(words);
      await hop.clients[0]?.closed;

      expect(bed.nextHops.connectionCount).toBe(0);
      expect((await bed.deliver(hop.nextHop())).answer.isTaken).toBe(true);
    },
  );

  it.each(['hangUp', 'reset'] as const)('drops a connection that the hop ends while idle, by %s', async (end) => {
    const hop = await bed.start(politely());
    await bed.deliver(hop.nextHop());

    hop.clients[0]?.[end]();
    await until(() => bed.nextHops.connectionCount === 0);

    expect((await bed.deliver(hop.nextHop())).answer.isTaken).toBe(true);
    expect(hop.clients).toHaveLength(2);
  });

  it('is not had after a 421, at any step', async () => {
    const hop = await bed.start(politely({ content: '421 4.3.2 bye\r\n' }));

    const { answer } = await bed.deliver(hop.nextHop());

    expect(answer.reply).toEqual(REPLIES.hopUnwilling);
    expect(bed.nextHops.connectionCount).toBe(0);
  });

  it.each(['DATA', 'content'] as const)('is had after a refusal at %s, behind RSET', async (verb) => {
    let refusals = 0;
    const hop = await bed.start(
      politely({
        [verb]: (client: { say(octets: string): void }) => {
          refusals += 1;
          client.say('554 5.7.1 no\r\n');
        },
      }),
    );

    const first = await bed.deliver(hop.nextHop());
    await until(() => bed.nextHops.idleConnectionCount === 1);
    const second = await bed.deliver(hop.nextHop());

    expect([first.answer.reply.code, second.answer.reply.code]).toEqual([554, 554]);
    expect(refusals).toBe(2);
    expect(hop.clients).toHaveLength(1);
    expect(verbsOf(hop, 0)).toContain('RSET');
  });
});

describe('the life of a connection', () => {
  it('is 100 messages and 5 minutes', () => {
    expect(HOP_POOL_LIMITS).toMatchObject({ maxTransactions: 100, maxAgeMs: 300_000 });
  });

  it('ends with QUIT after its messages, and the next one takes another', async () => {
    const hop = await bed.start(politely());

    for (let count = 0; count < 201; count += 1) expect((await bed.deliver(hop.nextHop())).answer.isTaken).toBe(true);

    const mails = [0, 1, 2].map((client) => verbsOf(hop, client).filter((verb) => verb === 'MAIL').length);
    expect(mails).toEqual([100, 100, 1]);
    await hop.clients[1]?.closed;
    expect([0, 1, 2].map((client) => verbsOf(hop, client).includes('QUIT'))).toEqual([true, true, false]);
  });

  it('ends after its time, in whose transaction it came', async () => {
    bed.limit({ maxAgeMs: 50 });
    const hop = await bed.start(politely());
    const [transaction] = await bed.open(hop, 1);
    await new Promise((resolve) => setTimeout(resolve, 60));

    expect((await finish(transaction))?.isTaken).toBe(true);

    await hop.clients[0]?.closed;
    expect(verbsOf(hop, 0)).toContain('QUIT');
  });

  it('ends after its time while idle, and it is not lent then', async () => {
    bed.limit({ maxAgeMs: 50 });
    const hop = await bed.start(politely());
    await bed.deliver(hop.nextHop());
    await new Promise((resolve) => setTimeout(resolve, 60));

    await bed.deliver(hop.nextHop());

    expect(hop.clients).toHaveLength(2);
  });

  it('is ended by the sweep where nothing comes to use it', async () => {
    bed.limit({ maxAgeMs: 50, surplusIdleMs: 20 });
    const hop = await bed.start(politely());
    await bed.deliver(hop.nextHop());

    await hop.clients[0]?.closed;

    expect(bed.nextHops.connectionCount).toBe(0);
  });
});

describe('ten thousand who wait', () => {
  const UTF8_MAIL: MailCommand = { path: 's\u00e9nder@example.com', isSmtpUtf8: true };

  /** A hop whose EHLO offers no SMTPUTF8 and waits until it is told to go on. */
  async function slowHop(): Promise<{ hop: ScriptedHop; greet: () => void }> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const hop = await bed.start(async (client) => {
      await promise;
      await politely({ EHLO: '250-hop.example\r\n250-8BITMIME\r\n250 PIPELINING\r\n' })(client, 1);
    });
    return { hop, greet: resolve };
  }

  it('for what the hop turns out to lack are answered one after the other, and none in the call of another', async () => {
    bed.limit({ maxConnections: 1 });
    const { hop, greet } = await slowHop();
    const offers = Array.from({ length: 10_000 }, () =>
      offerOne(bed.begin(hop.nextHop(), { mail: UTF8_MAIL }), 'a@x.example'),
    );

    greet();

    const answers = await Promise.all(offers);
    expect(answers.every(({ reply }) => reply.code === 553)).toBe(true);
    expect(hop.clients).toHaveLength(1);
    expect((await bed.deliver(hop.nextHop())).answer.isTaken).toBe(true);
  });

  it('are answered without a connection once it is known what the hop lacks', async () => {
    bed.limit({ maxConnections: 1 });
    const { hop, greet } = await slowHop();
    greet();
    const [busy] = await bed.open(hop, 1);

    const offers = Array.from({ length: 10_000 }, () =>
      offerOne(bed.begin(hop.nextHop(), { mail: UTF8_MAIL }), 'a@x.example'),
    );

    const answers = await Promise.all(offers);
    expect(answers.every(({ reply }) => reply.code === 553)).toBe(true);
    expect((await finish(busy))?.isTaken).toBe(true);
  });

  it('and are abandoned one by one leave no one in line', async () => {
    bed.limit({ maxConnections: 1 });
    const hop = await bed.start(politely());
    const [busy] = await bed.open(hop, 1);
    const waiting = Array.from({ length: 10_000 }, () => bed.begin(hop.nextHop()));
    const offers = waiting.map((transaction) => offerOne(transaction, 'a@x.example'));

    for (const transaction of waiting) transaction.abandon();
    busy?.abandon();

    expect((await Promise.all(offers)).some(({ isTaken }) => isTaken)).toBe(false);
    await until(() => bed.nextHops.idleConnectionCount === 1);
    expect(verbsOf(hop, 0).filter((verb) => verb === 'MAIL')).toHaveLength(1);
  });
});

describe('the cap', () => {
  it('is 50 connections, with 4 kept idle over 5 s', () => {
    expect(HOP_POOL_LIMITS).toMatchObject({ maxConnections: 50, keptIdle: 4, surplusIdleMs: 5000 });
  });

  it('is what policy says at the time', async () => {
    let maxConnections = 1;
    bed.nextHops = new SmtpNextHops({ ehloName: () => 'proxy.example', maxConnections: () => maxConnections });
    const hop = await bed.start(politely());
    const [first] = await bed.open(hop, 1);
    const waiting = offerOne(bed.begin(hop.nextHop()), 'a@x.example');

    maxConnections = 3;
    const [third] = await bed.open(hop, 1);

    expect((await waiting).isTaken).toBe(true);
    expect(hop.clients).toHaveLength(3);
    for (const transaction of [first, third]) transaction?.abandon();
  });

  it.each([
    [1, 1],
    [5, 3],
    [10, 5],
  ])('of %i leaves one client %i', async (maxConnections, share) => {
    bed.nextHops = new SmtpNextHops({ ehloName: () => 'proxy.example', maxConnections: () => maxConnections });
    const hop = await bed.start(politely());
    const options = { mail: PLAIN_MAIL, timeouts: AMPLE, client: '192.0.2.1', onDrain() {} };
    const all = Array.from({ length: maxConnections + 1 }, () => bed.nextHops.begin(hop.nextHop(), options));
    const offers = all.map((transaction) => offerOne(transaction, 'a@x.example'));

    await Promise.all(offers.slice(0, share));

    expect(bed.nextHops.connectionCount).toBe(share);
    for (const transaction of all) transaction.abandon();
  });

  it('makes a transaction wait for a connection that comes back', async () => {
    bed.limit({ maxConnections: 2 });
    const hop = await bed.start(politely());
    const [first, second] = await bed.open(hop, 2);
    const third = bed.begin(hop.nextHop());
    const waiting = offerOne(third, 'a@x.example');

    await finish(first);

    expect((await waiting).isTaken).toBe(true);
    expect(hop.clients).toHaveLength(2);
    second?.abandon();
    expect((await finish(third))?.isTaken).toBe(true);
  });

  it('lends no connection with a surplus reply to one that waits for it', async () => {
    bed.limit({ maxConnections: 1 });
    const hop = await bed.start(async (client, connection) => {
      const surplus = connection === 1 ? '250 ok\r\n250 ok\r\n' : '';
      await politely({ content: `250 2.0.0 queued on ${connection}\r\n${surplus}` })(client, connection);
    });

    const deliveries = await Promise.all([bed.deliver(hop.nextHop()), bed.deliver(hop.nextHop())]);

    expect(deliveries.map(({ answer }) => answer.detail)).toEqual(['250 2.0.0 queued on 1', '250 2.0.0 queued on 2']);
  });

  it('opens a connection for a waiting transaction when a busy one is lost', async () => {
    bed.limit({ maxConnections: 1 });
    const hop = await bed.start(politely());
    const [first] = await bed.open(hop, 1);
    const second = bed.begin(hop.nextHop());
    const waiting = offerOne(second, 'a@x.example');
    await first?.startContent();

    first?.abandon();

    expect((await waiting).isTaken).toBe(true);
    expect(hop.clients).toHaveLength(2);
    second.abandon();
  });

  it('answers that all are busy when none came back in time', async () => {
    bed.limit({ maxConnections: 1 });
    const hop = await bed.start(politely());
    const [first] = await bed.open(hop, 1);

    const { answer } = await bed.deliver(hop.nextHop(), { timeouts: { connectSeconds: 0.05 } });

    expect(answer).toEqual({
      reply: REPLIES.hopDown,
      isTaken: false,
      rule: 'next-hop-down',
      detail: 'all 1 connections busy',
    });
    expect((await finish(first))?.isTaken).toBe(true);
  });

  it('bounds the wait alone, and not what follows it', async () => {
    bed.limit({ maxConnections: 1 });
    const hop = await bed.start(politely());
    const [first] = await bed.open(hop, 1);
    const second = bed.begin(hop.nextHop(), { timeouts: { connectSeconds: 1 } });
    const waiting = offerOne(second, 'a@x.example');
    await finish(first);
    expect((await waiting).isTaken).toBe(true);

    await new Promise((resolve) => setTimeout(resolve, 1100));

    expect((await finish(second))?.isTaken).toBe(true);
  });

  it('forgets a transaction that was abandoned while it waited', async () => {
    bed.limit({ maxConnections: 1 });
    const hop = await bed.start(politely());
    const [first] = await bed.open(hop, 1);
    const second = bed.begin(hop.nextHop());
    const waiting = offerOne(second, 'a@x.example');

    second.abandon();

    expect((await waiting).isTaken).toBe(false);
    expect((await finish(first))?.isTaken).toBe(true);
    expect((await bed.deliver(hop.nextHop())).answer.isTaken).toBe(true);
    expect(hop.clients).toHaveLength(1);
  });

  it('serves a hundred transactions with no more than its connections', async () => {
    bed.limit({ maxConnections: 5 });
    const hop = await bed.start(politely());

    const deliveries = await Promise.all(Array.from({ length: 100 }, () => bed.deliver(hop.nextHop())));

    expect(deliveries.every(({ answer }) => answer.isTaken)).toBe(true);
    expect(hop.clients).toHaveLength(5);
  });
});

describe('idle connections', () => {
  it('beyond those kept are closed with QUIT when they have aged', async () => {
    bed.limit({ keptIdle: 1, surplusIdleMs: 20 });
    const hop = await bed.start(politely());
    for (const transaction of await bed.open(hop, 3)) await finish(transaction);

    await until(() => bed.nextHops.connectionCount === 1);
    await until(() => [0, 1, 2].filter((client) => verbsOf(hop, client).includes('QUIT')).length === 2);

    expect((await bed.deliver(hop.nextHop())).answer.isTaken).toBe(true);
    expect(hop.clients).toHaveLength(3);
  });

  it('are all closed when they have been idle for long', async () => {
    bed.limit({ surplusIdleMs: 10, maxIdleMs: 30 });
    const hop = await bed.start(politely());
    for (const transaction of await bed.open(hop, 3)) await finish(transaction);

    await Promise.all(hop.clients.map((client) => client.closed));

    expect(bed.nextHops.connectionCount).toBe(0);
    expect([0, 1, 2].every((client) => verbsOf(hop, client).includes('QUIT'))).toBe(true);
  });

  it('leave no timer and no socket after close', async () => {
    const countOf = (kind: string) => process.getActiveResourcesInfo().filter((each) => each === kind).length;
    const [timers, sockets] = [countOf('Timeout'), countOf('TCPSocketWrap')];
    const hop = await bed.start(politely());
    for (const transaction of await bed.open(hop, 3)) await finish(transaction);

    bed.nextHops.close();
    await Promise.all(hop.clients.map((client) => client.closed));
    await hop.close();

    expect(bed.nextHops.connectionCount).toBe(0);
    expect(countOf('Timeout')).toBeLessThanOrEqual(timers);
    await until(() => countOf('TCPSocketWrap') <= sockets);
  });
});

describe('close', () => {
  it('lets a transaction under way finish, then leaves with QUIT', async () => {
    const hop = await bed.start(politely());
    const [transaction] = await bed.open(hop, 1);

    bed.nextHops.close();

    expect((await finish(transaction))?.isTaken).toBe(true);
    await hop.clients[0]?.closed;
    expect(verbsOf(hop, 0)).toContain('QUIT');
  });

  it('keeps no connection of a transaction that begins later', async () => {
    const hop = await bed.start(politely());
    bed.nextHops.close();

    expect((await bed.deliver(hop.nextHop())).answer.isTaken).toBe(true);
    await hop.clients[0]?.closed;
    expect(bed.nextHops.connectionCount).toBe(0);
  });
});
