/** Our own login at a hop: when it is made, with what, and what becomes of it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SmtpNextHop } from '../../../../policy/next-hop.ts';
import { REPLIES } from '../../../../policy/reply.ts';
import { AMPLE, HopBed, PLAIN_MAIL, until } from '../../../../test/support/hop-bed.ts';
import { offerOne } from '../../../../test/support/offer-one.ts';
import { type HopMove, politely, type ScriptedHop, serve } from '../../../../test/support/scripted-hop.ts';
import { exchange, offering } from '../../../../test/support/tls-hop.ts';
import type { LogFields } from '../../../log.ts';
import type { HopCredentials } from '../../login-secrets.ts';
import { HOP_POOL_LIMITS } from '../pool/hop-pool.ts';
import { SmtpNextHops } from '../smtp-next-hops.ts';
import { type LoginTurn, OwnLogin } from './own-login.ts';

const GOOD: HopCredentials = { username: 'relay', password: 'right' };
const BAD: HopCredentials = { username: 'relay', password: 'wr\u00f6ng' };
const LOGIN = { kind: 'secret', name: 'postern/hop' } as const;

let lines: LogFields[];
let stored: HopCredentials | Error;
let reads: number;
async function read(): Promise<HopCredentials> {
  reads += 1;
  if (stored instanceof Error) throw stored;
  return stored;
}
beforeEach(() => {
  lines = [];
  stored = GOOD;
  reads = 0;
});

describe('a turn to log in', () => {
  let nowMs: number;
  let login: OwnLogin;
  beforeEach(() => {
    nowMs = 0;
    login = new OwnLogin(LOGIN, 'hop', { read, log: (fields) => void lines.push(fields), now: () => nowMs });
  });

  async function turn(): Promise<LoginTurn> {
    const taken = await login.take();
    if (typeof taken === 'string') throw new TypeError(taken);
    return taken;
  }

  async function refuse(): Promise<void> {
    const { refused, end } = await turn();
    refused('535 5.7.8 to AUTH');
    end();
  }

  it('is one at a time until the hop has taken one, then any number', async () => {
    const first = await turn();
    let others = 0;
    const waiting = [turn(), turn()].map((one) => one.then(() => (others += 1)));
    await new Promise(setImmediate);
    expect(others).toBe(0);

    first.taken();
    first.end();

    await Promise.all(waiting);
    expect(others).toBe(2);
  });

  it('goes to the next one when the first came to nothing', async () => {
    const first = await turn();
    const second = turn();

    first.end();

    expect((await second).credentials).toEqual(GOOD);
  });

  it('is no one’s for a minute after a refusal, then one’s, then no one’s for twice as long, up to 15 minutes', async () => {
    const waits: number[] = [];
    let taken: LoginTurn | string = await turn();
    for (let count = 0; count < 7 && typeof taken !== 'string'; count += 1) {
      const refusedAtMs = nowMs;
      taken.refused('535 5.7.8 to AUTH');
      taken.end();
      for (taken = await login.take(); typeof taken === 'string'; taken = await login.take()) nowMs += 1000;
      waits.push((nowMs - refusedAtMs) / 1000);
    }

    expect(waits).toEqual([60, 120, 240, 480, 900, 900, 900]);
    expect(lines.map(({ againInSeconds }) => againInSeconds)).toEqual(waits);
  });

  it('says why there is none, and for how long', async () => {
    await refuse();
    nowMs += 20_500;

    expect(await login.take()).toBe('login refused before, not tried again for 40 s');
  });

  it('comes at once where the password has changed before the refusal', async () => {
    stored = BAD;
    const { refused, end } = await turn();
    stored = GOOD;
    refused('535 5.7.8 to AUTH');
    end();

    const next = await turn();
    next.taken();
    next.end();

    expect(next.credentials).toEqual(GOOD);
    expect(lines.at(-1)).toEqual({ event: 'next-hop-recovered', nextHop: 'hop', from: 'next-hop-login-failed' });
  });

  it('comes within a minute where it changes later, however long the wait is', async () => {
    stored = BAD;
    for (const waitMs of [60_000, 120_000, 0]) {
      await refuse();
      nowMs += waitMs;
    }
    expect(await login.take()).toBe('login refused before, not tried again for 240 s');
    stored = GOOD;
    nowMs += 60_000;

    expect((await turn()).credentials).toEqual(GOOD);
  });

  it('reads once a minute, however many ask', async () => {
    const { taken, end } = await turn();
    taken();
    end();
    for (let count = 0; count < 100; count += 1) await turn();
    nowMs += 60_000;
    await Promise.all([turn(), turn()]);

    expect(reads).toBe(2);
  });

  it('has those of before where they cannot be read any more, and the log says so once', async () => {
    const { taken, end } = await turn();
    taken();
    end();
    stored = new Error('down');

    for (let count = 0; count < 3; count += 1) {
      nowMs += 60_000;
      expect((await turn()).credentials).toEqual(GOOD);
    }

    expect(lines).toEqual([
      { event: 'next-hop-login-failed', nextHop: 'hop', problem: 'Cannot read secret:postern/hop: down' },
    ]);
  });

  it('is none where they never could be read, and is read for again after 5 s', async () => {
    stored = new Error('AccessDenied');

    for (let count = 0; count < 3; count += 1) {
      expect(await login.take()).toBe('Cannot read secret:postern/hop: AccessDenied');
    }
    expect(reads).toBe(1);
    stored = GOOD;
    nowMs += 5000;

    expect((await turn()).credentials).toEqual(GOOD);
  });
});

describe('a hop that asks for a login', () => {
  let folder: string;
  let caPath: string;
  let context: SecureContext;
  let bed: HopBed;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-login-'));
    caPath = join(folder, 'ca.pem');
    const altNames = [{ type: 7 as const, ip: '127.0.0.1' }];
    const extensions = [{ name: 'subjectAltName' as const, altNames }];
    const pems = await generate([{ name: 'commonName', value: 'hop.example' }], { keyType: 'ec', extensions });
    await writeFile(caPath, pems.cert);
    context = createSecureContext({ key: pems.private, cert: pems.cert });
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    bed = new HopBed();
    bed.nextHops = new SmtpNextHops({
      ehloName: () => 'proxy.example',
      limits: { ...HOP_POOL_LIMITS, maxTransactions: 1 },
      readCredentials: read,
      log: (fields) => void lines.push(fields),
    });
  });
  afterEach(async () => {
    await bed.close();
  });

  function start(moves: Parameters<typeof politely>[0]): Promise<ScriptedHop> {
    return bed.start(
      politely({
        EHLO: offering('STARTTLS', 'AUTH PLAIN LOGIN'),
        STARTTLS: async (client) => {
          client.say('220 go\r\n');
          await client.startTls(context);
          await serve(client, moves, true);
        },
      }),
    );
  }

  function withLogin(hop: ScriptedHop): SmtpNextHop {
    return { ...hop.nextHop('require', caPath), auth: LOGIN };
  }

  function saidBy(hop: ScriptedHop, client = 0): string[] {
    return (hop.clients[client]?.heard ?? '').split('\r\n').filter((line) => line !== '');
  }

  const PLAIN = `AUTH PLAIN ${Buffer.from('\0relay\0right').toString('base64')}`;
  const TAKEN = '235 2.7.0 welcome\r\n';

  it('gets it by PLAIN, after the EHLO under TLS and before MAIL', async () => {
    const hop = await start({ EHLO: offering('AUTH LOGIN PLAIN'), AUTH: TAKEN });

    expect((await bed.deliver(withLogin(hop))).answer.isTaken).toBe(true);

    expect(saidBy(hop).slice(0, 6)).toEqual([
      'EHLO proxy.example',
      'STARTTLS',
      'EHLO proxy.example',
      PLAIN,
      'MAIL FROM:<sender@example.com>',
      'RCPT TO:<rcpt@example.net>',
    ]);
  });

  it('gets it by LOGIN where PLAIN is not offered, octets above 0x7F in UTF-8', async () => {
    stored = BAD;
    const hop = await start({
      EHLO: offering('AUTH CRAM-MD5 LOGIN'),
      AUTH: exchange('334 VXNlcm5hbWU6\r\n', '334 UGFzc3dvcmQ6\r\n', TAKEN),
    });

    expect((await bed.deliver(withLogin(hop))).answer.isTaken).toBe(true);

    const said = saidBy(hop).slice(3, 6);
    expect(said).toEqual([
      'AUTH LOGIN',
      Buffer.from('relay').toString('base64'),
      Buffer.from('wr\u00f6ng').toString('base64'),
    ]);
  });

  it.each<[string, string, HopMove]>([
    ['PLAIN', 'AUTH PLAIN', '535 5.7.8 relay:right is wrong\r\n'],
    ['LOGIN', 'AUTH LOGIN', exchange('334 VXNlcm5hbWU6\r\n', '334 UGFzc3dvcmQ6\r\n', '535 5.7.8 wrong\r\n')],
    ['a user unknown', 'AUTH LOGIN', exchange('334 VXNlcm5hbWU6\r\n', '535 5.7.8 wrong\r\n')],
    ['PLAIN for good', 'AUTH PLAIN', '550 5.7.1 locked out\r\n'],
  ])('and refuses it (%s) hears of it once, its clients 451, and the log one line', async (_, offered, move) => {
    const hop = await start({ EHLO: offering(offered), AUTH: move });

    const deliveries = await Promise.all(Array.from({ length: 10 }, () => bed.deliver(withLogin(hop))));
    deliveries.push(await bed.deliver(withLogin(hop)));

    expect(deliveries.map(({ answer }) => answer.reply)).toEqual(Array(11).fill(REPLIES.hopUnwilling));
    expect(hop.clients).toHaveLength(1);
    expect(lines).toEqual([
      {
        event: 'next-hop-login-failed',
        nextHop: expect.stringContaining('&auth=secret:postern%2Fhop'),
        problem: expect.stringMatching(/^5\d\d 5\.7\.\d to AUTH$/),
        againInSeconds: 60,
      },
    ]);
    expect(JSON.stringify(deliveries)).not.toMatch(/right/);
  });

  it('and puts it off is asked again by the next client', async () => {
    let count = 0;
    const hop = await start({
      EHLO: offering('AUTH PLAIN'),
      AUTH: (client) => {
        count += 1;
        client.say(count === 1 ? '454 4.7.0 not now\r\n' : TAKEN);
      },
    });

    const first = await bed.deliver(withLogin(hop));
    const second = await bed.deliver(withLogin(hop));

    expect([first.answer.reply.code, second.answer.isTaken]).toEqual([451, true]);
    expect(first.answer.detail).toBe('login put off: 454 4.7.0 to AUTH');
  });

  it.each<[string, HopMove]>([
    ['babbles', '250 ok\r\n'],
    ['goes', (client) => client.hangUp()],
    ['says more than one reply', `${TAKEN}250 ok\r\n`],
    ['asks for more', '334 eA==\r\n'],
  ])('and %s at it is 451, and is not told of any mail', async (_, move) => {
    const hop = await start({ EHLO: offering('AUTH PLAIN'), AUTH: move });

    const { answer } = await bed.deliver(withLogin(hop));

    expect(answer.reply.code).toBe(451);
    expect(saidBy(hop).some((line) => line.startsWith('MAIL'))).toBe(false);
  });

  it('and offers no mechanism of ours is 451', async () => {
    const hop = await start({ EHLO: offering('AUTH CRAM-MD5') });

    expect((await bed.deliver(withLogin(hop))).answer.detail).toBe('neither AUTH PLAIN nor AUTH LOGIN is offered');
  });

  it('without TLS, or with another certificate, hears nothing of it', async () => {
    const bare = await bed.start(politely({ EHLO: offering('AUTH PLAIN') }));
    const hop = await start({ EHLO: offering('AUTH PLAIN'), AUTH: TAKEN });

    await bed.deliver(withLogin(bare));
    await bed.deliver({ ...hop.nextHop('require'), auth: LOGIN });

    expect([...bare.clients, ...hop.clients].some(({ heard }) => heard.includes('AUTH'))).toBe(false);
  });

  it('and whose login cannot be read is not connected to', async () => {
    stored = new Error('AccessDeniedException');
    const hop = await start({});

    const { answer } = await bed.deliver(withLogin(hop));

    expect(answer.reply).toEqual(REPLIES.hopUnwilling);
    expect(answer.detail).toBe('Cannot read secret:postern/hop: AccessDeniedException');
    expect(hop.clients).toHaveLength(0);
  });

  it('of several hosts is asked at one alone when it refuses: the others would too', async () => {
    const refusing = await start({ EHLO: offering('AUTH PLAIN'), AUTH: '535 5.7.8 no\r\n' });
    const other = await start({ EHLO: offering('AUTH PLAIN'), AUTH: TAKEN });
    const hop = { ...withLogin(refusing), hosts: [refusing.nextHop().hosts[0], other.nextHop().hosts[0]] } as const;

    expect((await bed.deliver(hop)).answer.reply).toEqual(REPLIES.hopUnwilling);

    expect(other.clients).toHaveLength(0);
    expect(lines.map(({ event }) => event)).toEqual(['next-hop-login-failed']);
  });

  it('is not told of the client by XCLIENT', async () => {
    const hop = await start({ EHLO: offering('AUTH PLAIN', 'XCLIENT ADDR'), AUTH: TAKEN });
    const transaction = bed.nextHops.begin(withLogin(hop), {
      mail: PLAIN_MAIL,
      timeouts: AMPLE,
      xclientIdentity: { address: '192.0.2.7' },
      onDrain() {},
    });

    expect((await offerOne(transaction, 'a@x.example')).isTaken).toBe(true);

    expect(saidBy(hop).some((line) => line.startsWith('XCLIENT'))).toBe(false);
    transaction.abandon();
  });

  it('hears a client’s own login in place of ours where logins go through the screen', async () => {
    const hop = await start({ EHLO: offering('AUTH PLAIN'), AUTH: TAKEN });
    const login = bed.nextHops.login(withLogin(hop), { timeouts: AMPLE, client: '192.0.2.1', onLost() {} });

    expect((await login.start('PLAIN', 'AGEAYg==')).kind).toBe('taken');

    expect(saidBy(hop).filter((line) => line.startsWith('AUTH'))).toEqual(['AUTH PLAIN AGEAYg==']);
    login.close();
    await until(() => bed.nextHops.connectionCount === 0);
  });
});
