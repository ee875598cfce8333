/** Recipients that a client sends as a group, over sockets to the hops: round trips, several hops, and a group lost half-way. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { ProxyBed } from '../../test/support/edge-proxy-bed.ts';
import { type HopClient, type HopScript, politely, ScriptedHop } from '../../test/support/scripted-hop.ts';
import { SmtpNextHops } from '../next-hop/smtp/smtp-next-hops.ts';

const FIFTY = Array.from({ length: 50 }, (_, index) => `RCPT TO:<user${index}@example.com>\r\n`).join('');
const MAIL = 'EHLO client.example\r\nMAIL FROM:<alice@example.com>\r\n';

let bed: ProxyBed;
const hops: ScriptedHop[] = [];

afterEach(async () => {
  await bed.close();
  for (const hop of hops.splice(0)) await hop.close();
});

async function startHop(script: HopScript): Promise<ScriptedHop> {
  const hop = await ScriptedHop.start(script);
  hops.push(hop);
  return hop;
}

async function startBed(hop: ScriptedHop): Promise<void> {
  bed = await ProxyBed.start({
    nextHops: new SmtpNextHops({ ehloName: () => 'mx.example.com' }),
    nextHop: hop.nextHop(),
  });
}

/** Answers all that has come, and only then listens again: what is said meanwhile waits for the next trip. */
class FarHop {
  trips = 0;

  readonly script: HopScript = async (client) => {
    client.say('220 far.example ESMTP\r\n');
    await client.hear();
    client.say('250-far.example\r\n250 PIPELINING\r\n');
    for (;;) {
      const commands = (await client.hearSomething()).split('\r\n').slice(0, -1);
      await delay(20);
      this.trips += 1;
      client.say(commands.map((command) => this.#answer(command)).join(''));
    }
  };

  #answer(command: string): string {
    if (command === 'DATA') return '354 go on\r\n';
    return /^(?:MAIL|RCPT|RSET|QUIT|\.)/.test(command) ? '250 2.0.0 ok\r\n' : '';
  }
}

describe('a hop that is far away', () => {
  it('is asked for fifty recipients of one group within three round trips', async () => {
    const far = new FarHop();
    await startBed(await startHop(far.script));
    const client = await bed.greeted();

    client.send(`${MAIL}${FIFTY}DATA\r\n`);
    const replies = await client.hearReplies(53);

    expect(replies.filter((reply) => reply.startsWith('250 2.1.5'))).toHaveLength(50);
    expect(replies.at(-1)).toMatch(/^354 /);
    expect(far.trips).toBeLessThanOrEqual(3);
  });

  it('is asked step by step by a client that goes step by step', async () => {
    const far = new FarHop();
    await startBed(await startHop(far.script));
    const client = await bed.greeted();

    client.send(MAIL);
    await client.hearReplies(2);
    for (const recipient of ['a', 'b', 'c'])
      expect(await client.ask(`RCPT TO:<${recipient}@example.com>`)).toMatch(/^250 /);

    expect(far.trips).toBe(3);
  });
});

describe('a group for several hops', () => {
  async function startTwo(slow: HopScript): Promise<readonly [ScriptedHop, ScriptedHop]> {
    const [first, second] = [await startHop(slow), await startHop(politely())];
    await startBed(first);
    const toFirst = bed.decisions.onCheckRelay;
    bed.decisions.onCheckRelay = async (request) => {
      const decision = await toFirst(request);
      const isSecond = request.recipient.startsWith('second');
      return decision.kind === 'permit' && isSecond ? { ...decision, nextHop: second.nextHop() } : decision;
    };
    return [first, second];
  }

  const GROUP = ['first1', 'second1', 'first2', 'nobody', 'second2']
    .map((name) => `RCPT TO:<${name}@example.com>\r\n`)
    .join('');
  const refuseNobody = (client: HopClient, command: string): void =>
    client.say(command.includes('nobody') ? '550 5.1.1 no such user\r\n' : '250 2.1.5 ok\r\n');

  it('is answered in the order of its commands, whichever hop is first', async () => {
    const secondIsAsked = Promise.withResolvers<void>();
    const [first, second] = await startTwo(
      politely({
        MAIL: async (client) => {
          await secondIsAsked.promise;
          client.say('250 2.1.0 ok\r\n');
        },
        RCPT: refuseNobody,
      }),
    );
    const client = await bed.greeted();

    client.send(`${MAIL}${GROUP}`);
    await expect.poll(() => second.clients[0]?.heard ?? '').toContain('second2');
    secondIsAsked.resolve();
    const replies = await client.hearReplies(7);

    expect(replies.slice(2).map((reply) => reply.slice(0, 3))).toEqual(['250', '250', '250', '550', '250']);
    expect(first.clients[0]?.heard.match(/RCPT TO:<\w+/g)).toEqual([
      'RCPT TO:<first1',
      'RCPT TO:<first2',
      'RCPT TO:<nobody',
    ]);
    expect(second.clients[0]?.heard.match(/RCPT TO:<\w+/g)).toEqual(['RCPT TO:<second1', 'RCPT TO:<second2']);
  });

  it('and DATA after it, is one message at each', async () => {
    const [first, second] = await startTwo(politely({ RCPT: refuseNobody }));
    const client = await bed.greeted();

    client.send(`${MAIL}${GROUP}DATA\r\n`);
    await client.hearReplies(8);
    client.send('Subject: x\r\n\r\nx\r\n.\r\n');

    expect(await client.hear()).toMatch(/^250 2\.0\.0 OK/);
    for (const hop of [first, second]) expect(hop.clients[0]?.heard).toMatch(/x\r\n\.\r\n$/);
  });

  it('of which one dies: its recipients are deferred, and the others are told their own', async () => {
    await startTwo(
      politely({
        MAIL: async (client) => {
          await client.hearUpTo('nobody@example.com>\r\n');
          client.hangUp('250 2.1.0 ok\r\n250 2.1.5 ok\r\n');
        },
      }),
    );
    const client = await bed.greeted();

    client.send(`${MAIL}${GROUP}`);
    const replies = await client.hearReplies(7);

    expect(replies.slice(2).map((reply) => reply.slice(0, 3))).toEqual(['250', '250', '451', '451', '250']);
  });
});

describe('a group whose client goes', () => {
  it('half-way by a reset is given up at the hop, which serves on', async () => {
    const later = Promise.withResolvers<void>();
    const hop = await startHop(
      politely({
        RCPT: async (client) => {
          await later.promise;
          client.say('250 2.1.5 ok\r\n');
        },
      }),
    );
    await startBed(hop);
    const client = await bed.greeted();
    client.send(`${MAIL}${FIFTY}`);
    // So many of a stranger's are a group as may be unknown before it is closed.
    await expect.poll(() => hop.clients[0]?.heard ?? '').toContain('user19');

    client.reset();
    await expect.poll(() => bed.eventsOf('session').length).toBe(1);
    later.resolve();

    await expect.poll(() => hop.clients[0]?.heard ?? '').toContain('RSET');
    expect(bed.eventsOf('transaction')).toMatchObject([{ verdict: 'abandoned', rule: 'reset' }]);
  });

  it('by half, after its group, hears all of its answers', async () => {
    await startBed(await startHop(politely()));
    const client = await bed.greeted();

    client.send(`${MAIL}${FIFTY}`);
    client.end();

    expect((await client.hearToEnd()).match(/^250 2\.1\.5/gm)).toHaveLength(50);
  });
});
