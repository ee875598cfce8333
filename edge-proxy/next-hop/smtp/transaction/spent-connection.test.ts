import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPLIES } from '../../../../policy/reply.ts';
import { finish, HopBed, PLAIN_MAIL, until, verbsOf } from '../../../../test/support/hop-bed.ts';
import { offerOne } from '../../../../test/support/offer-one.ts';
import {
  type HopMove,
  type HopScript,
  type HopVerb,
  politely,
  type ScriptedHop,
} from '../../../../test/support/scripted-hop.ts';

let bed: HopBed;
beforeEach(() => {
  bed = new HopBed();
});
afterEach(async () => {
  await bed.close();
});

type StartVerb = Extract<HopVerb, 'MAIL' | 'RCPT' | 'DATA'>;
const STARTS = ['MAIL', 'RCPT', 'DATA'] as const;
const LOCKSTEP = '250 hop.example\r\n';

/** A hop that says `words` to `verb` from the `nth` time on, on each connection or on the first alone. */
function afterSome(
  verb: StartVerb,
  nth: number,
  words: string,
  { isFirstAlone = false, isLockstep = false } = {},
): HopScript {
  const good = { MAIL: '250 ok\r\n', RCPT: '250 ok\r\n', DATA: '354 go\r\n' }[verb];
  return async (client, connection) => {
    let turns = 0;
    const move: HopMove = async () => {
      turns += 1;
      if (turns >= nth && !(isFirstAlone && connection > 1)) {
        client.say(words);
        return;
      }
      client.say(good);
      if (verb !== 'DATA') return;
      await client.hearContent();
      client.say('250 2.0.0 queued\r\n');
    };
    await politely({ ...(isLockstep ? { EHLO: LOCKSTEP } : {}), [verb]: move })(client, connection);
  };
}

async function codes(hop: ScriptedHop, count: number): Promise<number[]> {
  const heard: number[] = [];
  for (let sent = 0; sent < count; sent += 1) heard.push((await bed.deliver(hop.nextHop())).answer.reply.code);
  return heard;
}

// Servers that have had enough of a connection say so in other codes than 421, and leave it open.
describe('a hop that takes ten messages a connection', () => {
  it.each<[string, StartVerb, string]>([
    ['452 to DATA, as Stalwart does', 'DATA', '452 4.4.5 Maximum number of messages per session exceeded.\r\n'],
    ['451 to DATA, as older Stalwarts do', 'DATA', '451 4.4.5 Maximum number of messages per session exceeded.\r\n'],
    ['451 to MAIL, as KumoMTA does', 'MAIL', '451 4.5.3 too many messages on this connection\r\n'],
    ['452 to RCPT', 'RCPT', '452 4.4.5 enough\r\n'],
    ['421 to MAIL', 'MAIL', '421 4.7.0 too many messages in this connection\r\n'],
    ['421 to RCPT', 'RCPT', '421 4.7.0 too many messages in this connection\r\n'],
    ['421 to DATA', 'DATA', '421 4.7.0 too many messages in this connection\r\n'],
  ])('and says %s takes all of 25', async (_, verb, words) => {
    const hop = await bed.start(afterSome(verb, 11, words));

    expect(await codes(hop, 25)).toEqual(Array.from({ length: 25 }, () => 250));
    expect(hop.clients).toHaveLength(3);
  });
});

describe('4xx at the start of a transaction', () => {
  const PUT_OFF = '451 4.3.2 not now\r\n';

  it.each(STARTS)('at %s of a reused connection is asked again on a new one, without PIPELINING too', async (verb) => {
    const hop = await bed.start(afterSome(verb, 2, PUT_OFF, { isFirstAlone: true, isLockstep: true }));

    expect(await codes(hop, 4)).toEqual([250, 250, 250, 250]);
    expect(hop.clients).toHaveLength(2);
  });

  it.each(STARTS)('at %s of a new connection is the answer, and the connection serves no other', async (verb) => {
    const hop = await bed.start(afterSome(verb, 1, PUT_OFF));

    expect(await codes(hop, 2)).toEqual([451, 451]);
    await until(() => bed.nextHops.connectionCount === 0);
    expect(hop.clients.map((_, client) => verbsOf(hop, client).filter((said) => said === 'MAIL').length)).toEqual([
      1, 1,
    ]);
  });

  it.each(STARTS)('at %s of both is the answer, and no third is asked', async (verb) => {
    let connections = 0;
    const hop = await bed.start(async (client, connection) => {
      connections = connection;
      await afterSome(verb, connection === 1 ? 2 : 1, `451 4.3.2 not on ${connection}\r\n`)(client, connection);
    });

    const first = await bed.deliver(hop.nextHop());
    const second = await bed.deliver(hop.nextHop());

    expect(first.answer.isTaken).toBe(true);
    expect(second.answer.reply).toEqual({ code: 451, enhanced: '4.3.2', text: 'not on 2' });
    expect(connections).toBe(2);
  });

  it.each(STARTS)('at %s is the answer in the words of the hop where no new connection can be had', async (verb) => {
    const hop = await bed.start(async (client, connection) => {
      if (connection > 1) client.hangUp('421 4.3.2 too many connections\r\n');
      else await afterSome(verb, 2, PUT_OFF)(client, connection);
    });
    await bed.deliver(hop.nextHop());

    const { answer } = await bed.deliver(hop.nextHop());

    expect(answer.reply).toEqual({ code: 451, enhanced: '4.3.2', text: 'not now' });
  });

  it.each(STARTS)('is told from a refusal for good at %s, which is asked once', async (verb) => {
    const hop = await bed.start(afterSome(verb, 2, '554 5.7.1 no\r\n'));

    expect(await codes(hop, 2)).toEqual([250, 554]);
    expect(hop.clients).toHaveLength(1);
  });

  it('at a second RCPT is the answer: it concerns that recipient', async () => {
    const hop = await bed.start(
      politely({ RCPT: (client, command) => client.say(command.includes('grey') ? PUT_OFF : '250 ok\r\n') }),
    );
    await bed.deliver(hop.nextHop());
    const transaction = bed.begin(hop.nextHop());
    await offerOne(transaction, 'a@x.example');

    const grey = await offerOne(transaction, 'grey@x.example');

    expect(grey.reply.code).toBe(451);
    expect((await finish(transaction))?.isTaken).toBe(true);
    expect(hop.clients).toHaveLength(1);
  });
});

describe('DATA that is asked again', () => {
  const RECIPIENTS = ['a@x.example', 'refused@x.example', 'b@x.example', 'c@x.example'];
  const refusing: HopMove = (client, command) =>
    client.say(command.includes('refused') ? '550 5.1.1 unknown\r\n' : '250 ok\r\n');

  /** The first connection puts off its second DATA; the others do `moves`. */
  async function hopWith(moves: Parameters<typeof politely>[0]): Promise<ScriptedHop> {
    const hop = await bed.start(async (client, connection) => {
      if (connection > 1) await politely({ RCPT: refusing, ...moves })(client, connection);
      let turns = 0;
      await politely({
        RCPT: refusing,
        DATA: async () => {
          turns += 1;
          client.say(turns === 1 ? '354 go\r\n' : '452 4.4.5 enough\r\n');
          if (turns > 1) return;
          await client.hearContent();
          client.say('250 2.0.0 queued\r\n');
        },
      })(client, connection);
    });
    await bed.deliver(hop.nextHop());
    return hop;
  }

  it.each([true, false])('tells the recipients taken again, and those alone (DATA sent ahead: %s)', async (isAhead) => {
    const hop = await hopWith({});
    const transaction = bed.begin(hop.nextHop());
    for (const [index, recipient] of RECIPIENTS.entries()) {
      await offerOne(transaction, recipient, isAhead && index === RECIPIENTS.length - 1);
    }

    const data = await transaction.startContent();
    transaction.write(Buffer.from('Subject: again\r\n\r\n'));
    const answer = await transaction.finish();

    expect([data.reply.code, answer.reply.code]).toEqual([354, 250]);
    const heard = hop.clients[1]?.heard ?? '';
    expect(heard.match(/RCPT TO:<[^>]*>/g)).toEqual(['a', 'b', 'c'].map((name) => `RCPT TO:<${name}@x.example>`));
    expect(heard).toContain('DATA\r\nSubject: again\r\n\r\n.\r\n');
    expect(hop.clients[0]?.heard).not.toContain('again');
  });

  it.each<[string, Parameters<typeof politely>[0]]>([
    ['MAIL is refused', { MAIL: '550 5.7.1 no\r\n' }],
    [
      'a recipient is refused',
      { RCPT: (client, command) => client.say(command.includes('b@') ? '550 no\r\n' : '250 ok\r\n') },
    ],
    ['a recipient is put off', { RCPT: '450 4.2.0 greylisted\r\n' }],
    ['the connection ends', { RCPT: (client) => client.hangUp() }],
    ['the hop babbles', { MAIL: '250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n' }],
  ])('is put off, as it was, when %s there', async (_, moves) => {
    const hop = await hopWith(moves);
    const transaction = bed.begin(hop.nextHop());
    for (const recipient of ['a@x.example', 'b@x.example']) await offerOne(transaction, recipient);

    const answer = await transaction.startContent();

    expect(answer.reply).toEqual({ code: 452, enhanced: '4.4.5', text: 'enough' });
    await until(() => bed.nextHops.connectionCount === 0);
    expect(hop.clients.some(({ heard }) => heard.includes('again'))).toBe(false);
  });

  it.each([
    { ...PLAIN_MAIL, body: '8BITMIME' as const },
    { path: 's\u00e9nder@example.com', isSmtpUtf8: true },
  ])('is put off, as it was, where the new connection lacks what the client was not told: %j', async (mail) => {
    const hop = await hopWith({ EHLO: LOCKSTEP });

    const { at, answer } = await bed.deliver(hop.nextHop(), { mail });

    expect([at, answer.reply.code]).toEqual(['data', 452]);
    expect(verbsOf(hop, 1)).not.toContain('MAIL');
  });

  it('that is refused on the new connection too has that answer', async () => {
    const hop = await hopWith({ DATA: '554 5.6.0 never\r\n' });

    const { at, answer } = await bed.deliver(hop.nextHop());

    expect([at, answer.reply.code]).toEqual(['data', 554]);
  });

  it('can be abandoned while the recipients are told again', async () => {
    const hop = await hopWith({ RCPT: () => {} });
    const transaction = bed.begin(hop.nextHop());
    await offerOne(transaction, 'a@x.example');
    const started = transaction.startContent();
    await until(() => hop.clients[1]?.heard.includes('RCPT') === true);

    transaction.abandon();

    expect((await started).reply).toEqual(REPLIES.hopDropped);
    await until(() => bed.nextHops.connectionCount === 0);
  });
});
