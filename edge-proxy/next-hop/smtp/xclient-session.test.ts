/** XCLIENT over real sockets: whom a hop is told of, on which connection, and what becomes of its answers. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPLIES } from '../../../policy/reply.ts';
import { AMPLE, CONTENT, HopBed, PLAIN_MAIL } from '../../../test/support/hop-bed.ts';
import { offerOne } from '../../../test/support/offer-one.ts';
import {
  type HopMove,
  hangUp,
  keepSilent,
  politely,
  reset,
  type ScriptedHop,
} from '../../../test/support/scripted-hop.ts';
import { exchange, offering, underTls } from '../../../test/support/tls-hop.ts';
import type { LogFields } from '../../log.ts';
import type { HopTimeouts, XclientIdentity } from '../next-hop.ts';
import { HOP_POOL_LIMITS } from './pool/hop-pool.ts';
import { SmtpNextHops } from './smtp-next-hops.ts';

const OFFERED = offering('XCLIENT NAME ADDR PROTO HELO LOGIN');
const GREETING = '220 hop.example ESMTP\r\n';
const ALICE: XclientIdentity = {
  address: '192.0.2.7',
  hello: { verb: 'EHLO', name: 'alice.example' },
  login: 'alice@example.com',
};
const BOB: XclientIdentity = { address: '192.0.2.8', hello: { verb: 'EHLO', name: 'bob.example' } };
const NAMES_ALICE = 'XCLIENT ADDR=192.0.2.7 NAME=[UNAVAILABLE] PROTO=ESMTP HELO=alice.example LOGIN=alice@example.com';
const NAMES_BOB = 'XCLIENT ADDR=192.0.2.8 NAME=[UNAVAILABLE] PROTO=ESMTP HELO=bob.example';

let bed: HopBed;
let lines: LogFields[];
beforeEach(() => {
  bed = new HopBed();
  lines = [];
  bed.nextHops = new SmtpNextHops({ ehloName: () => 'proxy.example', log: (fields) => lines.push(fields) });
});
afterEach(async () => {
  await bed.close();
});

function start(moves: Parameters<typeof politely>[0] = {}): Promise<ScriptedHop> {
  return bed.start(politely({ EHLO: OFFERED, XCLIENT: GREETING, ...moves }));
}

async function deliver(hop: ScriptedHop, xclientIdentity?: XclientIdentity, timeouts: Partial<HopTimeouts> = {}) {
  const transaction = bed.nextHops.begin(hop.nextHop(), {
    mail: PLAIN_MAIL,
    timeouts: { ...AMPLE, ...timeouts },
    xclientIdentity,
    onDrain: () => {},
  });
  const recipient = await offerOne(transaction, 'rcpt@example.net');
  if (!recipient.isTaken) return recipient;
  await transaction.startContent();
  transaction.write(Buffer.from(CONTENT));
  return await transaction.finish();
}

/** Commands that a connection heard, content left out. */
function heard(hop: ScriptedHop, connection = 0): string[] {
  return (hop.clients[connection]?.heard ?? '').split('\r\n').filter((line) => /^(?:[A-Z]{4,8})(?: |$)/.test(line));
}

const MAIL = 'MAIL FROM:<sender@example.com>';
const RCPT = 'RCPT TO:<rcpt@example.net>';

describe('a hop that offers XCLIENT', () => {
  it('is told of the client before MAIL, and greeted anew in its name', async () => {
    const hop = await start();

    expect((await deliver(hop, ALICE)).isTaken).toBe(true);

    expect(heard(hop)).toEqual(['EHLO proxy.example', NAMES_ALICE, 'EHLO alice.example', MAIL, RCPT, 'DATA']);
  });

  it('is told once of a client whose mails come in a row', async () => {
    const hop = await start();

    await deliver(hop, ALICE);
    await deliver(hop, ALICE);

    expect(heard(hop).filter((line) => line.startsWith('XCLIENT'))).toEqual([NAMES_ALICE]);
    expect(hop.clients).toHaveLength(1);
  });

  it('is told of each other client, and to forget the login of the one before', async () => {
    const hop = await start();

    await deliver(hop, ALICE);
    await deliver(hop, BOB);
    await deliver(hop, BOB);
    await deliver(hop, ALICE);

    expect(heard(hop).filter((line) => line.startsWith('XCLIENT'))).toEqual([
      NAMES_ALICE,
      `${NAMES_BOB} LOGIN=[UNAVAILABLE]`,
      NAMES_ALICE,
    ]);
    expect(hop.clients).toHaveLength(1);
  });

  it('is told of no one where policy does not pass clients on, on a connection that never was', async () => {
    const hop = await start();

    await deliver(hop, ALICE);
    await deliver(hop);
    await deliver(hop, ALICE);

    expect(hop.clients).toHaveLength(2);
    expect(heard(hop, 1)).not.toContain(NAMES_ALICE);
    expect(heard(hop, 1)[1]).toBe(MAIL);
  });

  it('is asked what it takes of this client: what EHLO offers then counts', async () => {
    const hop = await start({
      EHLO: (client, command) => client.say(command.includes('alice') ? '250-hop\r\n250 PIPELINING\r\n' : OFFERED),
    });
    const transaction = bed.nextHops.begin(hop.nextHop(), {
      mail: { ...PLAIN_MAIL, body: '8BITMIME' },
      timeouts: AMPLE,
      xclientIdentity: ALICE,
      onDrain: () => {},
    });

    expect((await offerOne(transaction, 'a@x.example')).lacks).toEqual(['8BITMIME']);
    expect(heard(hop)).toContain(MAIL);
  });
});

// As Postfix does, unless the client that it was told of may say XCLIENT too.
describe('a hop that offers XCLIENT once a connection', () => {
  const once = { EHLO: saysOnce() };

  /** What was told in EHLO tells whether XCLIENT came before it. */
  function saysOnce(): HopMove {
    return (client, command) => client.say(command.includes('proxy') ? OFFERED : offering());
  }

  it('has the connection kept for that client, while another gets one of its own', async () => {
    const hop = await start(once);

    for (const client of [ALICE, BOB, ALICE, BOB, BOB]) expect((await deliver(hop, client)).isTaken).toBe(true);

    expect(hop.clients).toHaveLength(2);
    expect(heard(hop, 0).filter((line) => line.startsWith('XCLIENT') || line === MAIL)).toEqual([
      NAMES_ALICE,
      MAIL,
      MAIL,
    ]);
    expect(heard(hop, 1).filter((line) => line.startsWith('XCLIENT') || line === MAIL)).toEqual([
      NAMES_BOB,
      MAIL,
      MAIL,
      MAIL,
    ]);
  });

  it('loses an idle connection where there may be no more of them', async () => {
    bed.nextHops = new SmtpNextHops({
      ehloName: () => 'proxy.example',
      limits: { ...HOP_POOL_LIMITS, maxConnections: 1 },
    });
    const hop = await start(once);

    for (const client of [ALICE, BOB, ALICE]) expect((await deliver(hop, client)).isTaken).toBe(true);

    expect(hop.clients).toHaveLength(3);
    expect(bed.nextHops.connectionCount).toBe(1);
  });

  it('gives one that waits for a connection its own, and not the other client’s', async () => {
    bed.nextHops = new SmtpNextHops({
      ehloName: () => 'proxy.example',
      limits: { ...HOP_POOL_LIMITS, maxConnections: 1 },
    });
    const hop = await start(once);

    const answers = await Promise.all([deliver(hop, ALICE), deliver(hop, BOB), deliver(hop, ALICE)]);

    expect(answers.map(({ isTaken }) => isTaken)).toEqual([true, true, true]);
    for (const { heard: words } of hop.clients) {
      expect([NAMES_ALICE, NAMES_BOB].filter((line) => words.includes(line))).toHaveLength(1);
    }
  });
});

it('a hop that does not offer XCLIENT is told of no one', async () => {
  const hop = await start({ EHLO: offering() });

  expect((await deliver(hop, ALICE)).isTaken).toBe(true);

  expect(heard(hop)[1]).toBe(MAIL);
});

describe('a hop that refuses XCLIENT', () => {
  it.each(['550 5.7.0 not you\r\n', '500 what\r\n', '501 5.5.4 bad\r\n', '503 5.5.1 not now\r\n'])(
    'with %j takes the mail in our own name, and the log says so once',
    async (refusal) => {
      const hop = await start({ XCLIENT: refusal });

      expect((await deliver(hop, ALICE)).isTaken).toBe(true);
      expect((await deliver(hop, BOB)).isTaken).toBe(true);

      expect(heard(hop).filter((line) => line.startsWith('EHLO'))).toEqual(['EHLO proxy.example']);
      expect(lines).toEqual([expect.objectContaining({ event: 'xclient-refused', problem: refusal.trim() })]);
    },
  );

  it('is told of once more when it took it meanwhile', async () => {
    let isWilling = false;
    const hop = await start({ XCLIENT: (client) => client.say(isWilling ? GREETING : '501 5.5.4 bad\r\n') });

    for (const willing of [false, false, true, false, false]) {
      isWilling = willing;
      await deliver(hop, { ...ALICE, login: `alice${lines.length}` });
      await deliver(hop, { ...BOB, login: `bob${lines.length}` });
    }

    const { host, port } = hop.nextHop().hosts[0];
    const nextHop = `smtp://${host}:${port}?tls=never`;
    const refused = { event: 'xclient-refused', nextHop, problem: '501 5.5.4 bad' };
    const taken = { event: 'next-hop-recovered', nextHop, from: 'xclient-refused', seconds: expect.any(Number) };
    expect(lines).toEqual([refused, taken, refused]);
  });

  it('as not for us is not told of another client on that connection', async () => {
    const hop = await start({ XCLIENT: '550 5.7.0 not you\r\n' });

    await deliver(hop, ALICE);
    await deliver(hop, BOB);

    expect(heard(hop).filter((line) => line.startsWith('XCLIENT'))).toEqual([NAMES_ALICE]);
  });

  it('of the next client is not told the next client’s mail on that connection', async () => {
    let count = 0;
    const hop = await start({
      XCLIENT: (client) => {
        count += 1;
        client.say(count === 1 ? GREETING : '550 5.7.0 once is enough\r\n');
      },
    });
    await deliver(hop, ALICE);

    expect((await deliver(hop, BOB)).isTaken).toBe(true);

    expect(hop.clients).toHaveLength(2);
    expect(heard(hop).filter((line) => line === MAIL)).toHaveLength(1);
    expect(heard(hop, 1).slice(-3)).toEqual([MAIL, RCPT, 'DATA']);
  });
});

describe('a hop that turns the client away', () => {
  it.each([
    ['554 5.7.1 you are listed\r\n', { code: 554, enhanced: '5.7.1', text: 'you are listed' }],
    ['450 4.7.1 greylisted\r\n', { code: 450, enhanced: '4.7.1', text: 'greylisted' }],
    ['421 4.7.0 too many\r\n', REPLIES.hopUnwilling],
    ['250 ok\r\n', REPLIES.hopInsane],
    ['354 go on\r\n', REPLIES.hopInsane],
  ])('at XCLIENT with %j refuses its mail so', async (words, reply) => {
    const hop = await start({ XCLIENT: words });

    expect((await deliver(hop, ALICE)).reply).toEqual(reply);

    await hop.clients[0]?.closed;
    expect(heard(hop)).not.toContain(MAIL);
    expect(bed.nextHops.connectionCount).toBe(0);
  });

  it.each(['550 5.7.1 bad name\r\n', '450 4.7.1 later\r\n'])('at EHLO with %j refuses its mail so', async (words) => {
    const hop = await start({ EHLO: (client, command) => client.say(command.includes('alice') ? words : OFFERED) });

    const answer = await deliver(hop, ALICE);

    expect(answer).toMatchObject({ isTaken: false, reply: { code: Number(words.slice(0, 3)) } });
    await hop.clients[0]?.closed;
  });
});

describe('a hop that breaks at XCLIENT', () => {
  const behindXclient =
    (move: HopMove): HopMove =>
    async (client, command) => {
      if (!command.includes('alice')) client.say(OFFERED);
      else if (typeof move === 'string') client.say(move);
      else await move(client, command);
    };

  it.each<[string, Parameters<typeof politely>[0], object]>([
    ['leaves at XCLIENT', { XCLIENT: hangUp }, REPLIES.hopDropped],
    ['resets at XCLIENT', { XCLIENT: reset }, REPLIES.hopDropped],
    ['is silent at XCLIENT', { XCLIENT: keepSilent }, REPLIES.hopDropped],
    ['says two replies at XCLIENT', { XCLIENT: `${GREETING}250 more\r\n` }, REPLIES.hopInsane],
    ['says no reply at XCLIENT', { XCLIENT: 'hello\r\n' }, REPLIES.hopInsane],
    ['leaves at EHLO', { EHLO: behindXclient(hangUp) }, REPLIES.hopDropped],
    ['says two replies at EHLO', { EHLO: behindXclient('250 hop\r\n250 more\r\n') }, REPLIES.hopInsane],
  ])('because it %s takes no mail', async (_claim, moves, reply) => {
    const hop = await start(moves);

    expect((await deliver(hop, ALICE, { replySeconds: 0.2 })).reply).toEqual(reply);

    expect(heard(hop)).not.toContain(MAIL);
    expect(bed.nextHops.connectionCount).toBe(0);
  });

  it.each([
    ['FIN', hangUp],
    ['421', '421 4.4.2 idle too long\r\n'],
  ])('by %s on a connection gone stale is tried anew on another', async (_way, leave) => {
    let count = 0;
    const hop = await start({
      XCLIENT: async (client, command) => {
        count += 1;
        if (count !== 2) client.say(GREETING);
        else if (typeof leave === 'string') client.say(leave);
        else await leave(client, command);
      },
    });
    await deliver(hop, ALICE);

    expect((await deliver(hop, BOB)).isTaken).toBe(true);
    expect(hop.clients).toHaveLength(2);
  });

  it('leaves nothing behind a transaction that is given up meanwhile', async () => {
    const hop = await start({ XCLIENT: keepSilent });
    const transaction = bed.nextHops.begin(hop.nextHop(), {
      mail: PLAIN_MAIL,
      timeouts: AMPLE,
      xclientIdentity: ALICE,
      onDrain: () => {},
    });
    const answer = offerOne(transaction, 'a@x.example');
    while (!heard(hop).includes(NAMES_ALICE)) await new Promise(setImmediate);

    transaction.abandon();

    expect((await answer).isTaken).toBe(false);
    expect(bed.nextHops.connectionCount).toBe(0);
  });
});

describe('a login at a hop that offers XCLIENT', () => {
  const AUTH = offering('XCLIENT ADDR LOGIN', 'AUTH LOGIN');

  async function login(moves: Parameters<typeof politely>[0]) {
    const hop = await bed.start(underTls({ EHLO: AUTH, ...moves }));
    const attempt = bed.nextHops.login(hop.nextHop('offer'), {
      timeouts: AMPLE,
      client: '192.0.2.7',
      xclientIdentity: { address: ALICE.address, hello: ALICE.hello },
      onLost: () => {},
    });
    return { hop, attempt, answer: await attempt.start('LOGIN') };
  }

  it('is told of the client before AUTH, and not again before its mail', async () => {
    const { hop, attempt, answer } = await login({
      XCLIENT: GREETING,
      AUTH: exchange('334 eA==\r\n', '235 2.7.0 welcome\r\n'),
    });
    expect(answer.kind).toBe('challenge');
    expect(await attempt.respond('eA==')).toEqual({ kind: 'taken' });
    const transaction = attempt.begin({ mail: PLAIN_MAIL, timeouts: AMPLE, xclientIdentity: ALICE, onDrain: () => {} });

    expect((await offerOne(transaction, 'rcpt@example.net')).isTaken).toBe(true);

    expect(heard(hop)).toEqual([
      'EHLO proxy.example',
      'STARTTLS',
      'EHLO proxy.example',
      'XCLIENT ADDR=192.0.2.7',
      'EHLO alice.example',
      'AUTH LOGIN',
      MAIL,
      RCPT,
    ]);
  });

  it('goes on without where it is refused', async () => {
    const { answer } = await login({ XCLIENT: '550 5.7.0 not you\r\n', AUTH: '334 eA==\r\n' });

    expect(answer.kind).toBe('challenge');
  });

  it.each<[string, HopMove]>([
    ['leaves', hangUp],
    ['turns the client away', '554 5.7.1 you are listed\r\n'],
  ])('is deferred where the hop %s', async (_claim, move) => {
    const { answer } = await login({ XCLIENT: move });

    expect(answer.kind).toBe('deferred');
    expect(bed.nextHops.connectionCount).toBe(0);
  });
});
