/** Recipients that are asked for as a group: one write, a reply for each, and a hop that gets them wrong. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPLIES } from '../../../../policy/reply.ts';
import type { HopAnswer } from '../../../../protocol/hop/hop-answer.ts';
import { HopBed, until, verbsOf } from '../../../../test/support/hop-bed.ts';
import { offerOne } from '../../../../test/support/offer-one.ts';
import { type HopClient, type HopScript, politely } from '../../../../test/support/scripted-hop.ts';
import { offerAll } from '../../next-hop.ts';

const FOUR = ['a@x.example', 'b@x.example', 'c@x.example', 'd@x.example'];
const OK = '250 2.1.5 ok\r\n';
const NO = '550 5.1.1 no such user\r\n';

let bed: HopBed;
beforeEach(() => {
  bed = new HopBed();
});
afterEach(async () => {
  await bed.close();
});

/** Hears MAIL and the recipients before it says anything, then does as told. */
function hopThat(answer: (client: HopClient) => void | Promise<void>, ehlo?: string): HopScript {
  return politely({
    ...(ehlo === undefined ? {} : { EHLO: ehlo }),
    MAIL: async (client) => {
      await client.hearUpTo('d@x.example>\r\n');
      await answer(client);
    },
  });
}

function codes(answers: readonly HopAnswer[]): number[] {
  return answers.map(({ reply }) => reply.code);
}

describe('a group', () => {
  it('goes out with MAIL in one write, and each reply is for its own recipient', async () => {
    const hop = await bed.start(hopThat((client) => client.say(OK + OK + NO + OK + OK)));

    const answers = await offerAll(bed.begin(hop.nextHop()), FOUR);

    expect(codes(answers)).toEqual([250, 550, 250, 250]);
    // EHLO and the group.
    expect(hop.clients[0]?.segments).toBe(2);
  });

  it('after another goes out without MAIL', async () => {
    const hop = await bed.start(politely());
    const transaction = bed.begin(hop.nextHop());

    await offerAll(transaction, FOUR.slice(0, 2));
    expect(codes(await offerAll(transaction, FOUR.slice(2)))).toEqual([250, 250]);

    expect(verbsOf(hop, 0)).toEqual(['EHLO', 'MAIL', 'RCPT', 'RCPT', 'RCPT', 'RCPT', '']);
  });

  it('is asked for one by one where the hop has no PIPELINING', async () => {
    const said: number[] = [];
    const hop = await bed.start(
      politely({
        EHLO: '250 hop.example\r\n',
        RCPT: (client) => {
          said.push(client.heard.split('RCPT').length - 1);
          client.say(OK);
        },
      }),
    );

    expect(codes(await offerAll(bed.begin(hop.nextHop()), FOUR))).toEqual([250, 250, 250, 250]);
    expect(said).toEqual([1, 2, 3, 4]);
  });

  it('has DATA after it where that is known to follow', async () => {
    const hop = await bed.start(politely());
    const transaction = bed.begin(hop.nextHop());

    await offerAll(transaction, FOUR, true);
    expect((await transaction.startContent()).isTaken).toBe(true);
    expect((await transaction.finish()).isTaken).toBe(true);

    expect(hop.clients[0]?.segments).toBe(3);
  });

  it('is told of as its answers come', async () => {
    const later = Promise.withResolvers<void>();
    const hop = await bed.start(
      hopThat(async (client) => {
        client.say(OK + OK + NO);
        await later.promise;
        client.say(OK + OK);
      }),
    );
    const told: number[][] = [];

    bed.begin(hop.nextHop()).offerRecipients(FOUR, (answers) => void told.push(codes(answers)));
    await until(() => told.flat().length === 2);
    later.resolve();
    await until(() => told.flat().length === 4);

    expect(told.flat()).toEqual([250, 550, 250, 250]);
  });

  it('may come in pieces of an octet', async () => {
    const hop = await bed.start(
      hopThat((client) => client.dribble(`${OK}250-2.1.5 a\r\n250 2.1.5 b\r\n${NO}${OK}${OK}`)),
    );

    expect(codes(await offerAll(bed.begin(hop.nextHop()), FOUR))).toEqual([250, 550, 250, 250]);
  });

  it('has the reply to MAIL for each, when that is refused', async () => {
    const hop = await bed.start(hopThat((client) => client.say(`550 5.7.1 not you\r\n${'503 no\r\n'.repeat(4)}`)));

    expect(codes(await offerAll(bed.begin(hop.nextHop()), FOUR))).toEqual([550, 550, 550, 550]);
  });

  it('leaves the hop alone about a path that it cannot be told, and asks for the others', async () => {
    const hop = await bed.start(politely({ EHLO: '250-hop.example\r\n250 PIPELINING\r\n' }));
    const paths = ['ä@x.example', 'a@x.example', 'ö@x.example', 'b@x.example', 'ü@x.example'];

    expect(codes(await offerAll(bed.begin(hop.nextHop()), paths))).toEqual([553, 250, 553, 250, 553]);
    expect(verbsOf(hop, 0)).toEqual(['EHLO', 'MAIL', 'RCPT', 'RCPT', '']);
  });

  it('that is given up leaves its connection to the next transaction, once its replies are in', async () => {
    const later = Promise.withResolvers<void>();
    const hop = await bed.start(
      politely({
        MAIL: async (client, command) => {
          if (!command.includes('sender')) throw new Error(command);
          client.say(OK);
          await later.promise;
        },
      }),
    );
    const transaction = bed.begin(hop.nextHop());
    const offered = offerAll(transaction, FOUR);
    await until(() => hop.clients[0]?.heard.includes('d@x.example') === true);

    transaction.abandon();
    expect(codes(await offered)).toEqual([451, 451, 451, 451]);
    later.resolve();
    await until(() => bed.nextHops.idleConnectionCount === 1);
    await bed.deliver(hop.nextHop());

    expect(hop.clients).toHaveLength(1);
    expect(verbsOf(hop, 0)).toContain('RSET');
  });
});

describe('a hop that answers a group', () => {
  it.each<[string, HopScript, readonly number[]]>([
    ['with one reply too few', hopThat((client) => client.say(OK + OK + OK + OK)), [250, 250, 250, 451]],
    ['with one too many', hopThat((client) => client.say(OK.repeat(6))), [250, 250, 250, 451]],
    ['twice each', hopThat((client) => client.say((OK + NO).repeat(5))), [550, 250, 550, 451]],
    ['and dies in its middle', hopThat((client) => client.hangUp(OK + OK + NO)), [250, 550, 451, 451]],
    ['and resets', hopThat((client) => client.reset()), [451, 451, 451, 451]],
    [
      'with mixed codes',
      hopThat((client) => client.say(`${OK + OK}250-a\r\n550 b\r\n${OK + OK}`)),
      [250, 451, 451, 451],
    ],
    ['with nonsense', hopThat((client) => client.say(`${OK + OK}what?\r\n${OK + OK}`)), [250, 451, 451, 451]],
    ['with a bare LF', hopThat((client) => client.say(`${OK + OK}250 a\n250 b\r\n${OK + OK}`)), [250, 451, 451, 451]],
    ['with 354', hopThat((client) => client.say(`${OK + OK}354 go\r\n${OK + OK}`)), [250, 451, 451, 451]],
    ['and leaves by 421', hopThat((client) => client.say(`${OK + OK}421 bye\r\n${OK + OK}`)), [250, 451, 451, 451]],
  ])('%s: the others are deferred, and nothing comes of the mail', async (_what, script, expected) => {
    const hop = await bed.start(script);
    const transaction = bed.begin(hop.nextHop(), { timeouts: { replySeconds: 0.2 } });

    expect(codes(await offerAll(transaction, FOUR))).toEqual(expected);
    expect((await transaction.startContent()).reply.code).toBe(451);
    expect(bed.nextHops.connectionCount).toBe(0);
  });

  it('before it was asked is not used', async () => {
    const hop = await bed.start(politely({ EHLO: `250 hop.example\r\n${OK}` }));

    expect(codes(await offerAll(bed.begin(hop.nextHop()), FOUR))).toEqual([451, 451, 451, 451]);
  });

  it('and says something between two groups is left', async () => {
    const hop = await bed.start(politely());
    const transaction = bed.begin(hop.nextHop());
    await offerAll(transaction, FOUR.slice(0, 2));

    hop.clients[0]?.say(OK);
    await until(() => bed.nextHops.connectionCount === 0);

    expect(codes(await offerAll(transaction, FOUR.slice(2)))).toEqual([451, 451]);
  });
});

describe('a connection that served before', () => {
  /** As told at its second transaction; any other connection is good. */
  function tiredHop(tire: (client: HopClient) => void | Promise<void>): HopScript {
    return async (client, connection) => {
      let mails = 0;
      await politely({
        MAIL: async () => {
          mails += 1;
          if (connection > 1 || mails === 1) {
            client.say(OK);
            return;
          }
          await client.hearUpTo('d@x.example>\r\n');
          await tire(client);
        },
      })(client, connection);
    };
  }

  it.each<[string, (client: HopClient) => void]>([
    ['closes', (client) => client.hangUp()],
    ['resets', (client) => client.reset()],
    ['says 421 to MAIL', (client) => client.hangUp('421 bye\r\n')],
    ['puts MAIL off', (client) => client.say('451 enough\r\n503 no\r\n503 no\r\n503 no\r\n503 no\r\n')],
    ['puts the first recipient off', (client) => client.say(`${OK}452 enough\r\n${OK}${OK}${OK}`)],
    ['says 421 to the first recipient', (client) => client.hangUp(`${OK}421 bye\r\n`)],
  ])('%s: the whole group is asked for on a new one', async (_what, tire) => {
    const hop = await bed.start(tiredHop(tire));
    await bed.deliver(hop.nextHop());

    expect(codes(await offerAll(bed.begin(hop.nextHop()), FOUR))).toEqual([250, 250, 250, 250]);
    expect(hop.clients).toHaveLength(2);
  });

  it('and is left with DATA taken for the others is told no command in content', async () => {
    const hop = await bed.start(
      tiredHop(async (client) => {
        await client.hearUpTo('DATA\r\n');
        client.say(`${OK}452 enough\r\n${OK}${OK}${OK}354 go\r\n`);
        await client.closed;
      }),
    );
    await bed.deliver(hop.nextHop());
    const transaction = bed.begin(hop.nextHop());

    expect(codes(await offerAll(transaction, FOUR, true))).toEqual([250, 250, 250, 250]);
    await transaction.startContent();
    expect((await transaction.finish()).isTaken).toBe(true);
    await hop.clients[0]?.closed;
    expect(hop.clients[0]?.heard).not.toContain('QUIT');
  });

  it('puts a later recipient off: that is its answer', async () => {
    const hop = await bed.start(tiredHop((client) => client.say(`${OK}${OK}452 enough\r\n${OK}${OK}`)));
    await bed.deliver(hop.nextHop());

    expect(codes(await offerAll(bed.begin(hop.nextHop()), FOUR))).toEqual([250, 452, 250, 250]);
    expect(hop.clients).toHaveLength(1);
  });
});

it('a recipient after a group that DATA followed for nothing is asked for where DATA was refused too', async () => {
  const hop = await bed.start(
    politely({ RCPT: (client, command) => client.say(command.includes('e@') ? OK : NO), DATA: '503 no\r\n' }),
  );
  const transaction = bed.begin(hop.nextHop());

  expect(codes(await offerAll(transaction, FOUR, true))).toEqual([550, 550, 550, 550]);
  expect((await offerOne(transaction, 'e@x.example')).reply).toEqual(REPLIES.recipientOk);
});
