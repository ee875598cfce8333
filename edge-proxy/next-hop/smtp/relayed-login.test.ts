/** Logins at a hop over real sockets, good and broken. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPLIES } from '../../../policy/reply.ts';
import type { RelayedLoginReply } from '../../../protocol/hop/relayed-login-reply.ts';
import { AMPLE, HopBed, PLAIN_MAIL, until, verbsOf } from '../../../test/support/hop-bed.ts';
import { offerOne } from '../../../test/support/offer-one.ts';
import { hangUp, politely, reset, type ScriptedHop } from '../../../test/support/scripted-hop.ts';
import { exchange, offering, underTls } from '../../../test/support/tls-hop.ts';
import type { HopTimeouts, RelayedLogin } from '../next-hop.ts';
import { LOGIN_LIMITS } from './pool/login-places.ts';
import { SmtpNextHops } from './smtp-next-hops.ts';

const AUTH = offering('AUTH PLAIN LOGIN SRP');
const PLAIN = Buffer.from('\0alice\0pw').toString('base64');
const TAKEN: RelayedLoginReply = { kind: 'taken' };
const GOOD = '235 2.7.0 welcome\r\n';

let bed: HopBed;
/** How many logins of this test were lost. */
let losses: { count: number };
beforeEach(() => {
  bed = new HopBed();
  losses = { count: 0 };
});
afterEach(async () => {
  await bed.close();
});

function loginAt(hop: ScriptedHop, options: { timeouts?: Partial<HopTimeouts>; client?: string } = {}): RelayedLogin {
  const counted = losses;
  return bed.nextHops.login(hop.nextHop('offer'), {
    timeouts: { ...AMPLE, ...options.timeouts },
    client: options.client ?? '192.0.2.1',
    onLost: () => {
      counted.count += 1;
    },
  });
}

/** A login that the hop took. */
async function loggedIn(
  moves: Parameters<typeof politely>[0] = {},
): Promise<{ hop: ScriptedHop; login: RelayedLogin }> {
  const hop = await bed.start(underTls({ EHLO: AUTH, AUTH: GOOD, ...moves }));
  const login = loginAt(hop);
  expect(await login.start('PLAIN', PLAIN)).toEqual(TAKEN);
  return { hop, login };
}

function begin(login: RelayedLogin) {
  return login.begin({ mail: PLAIN_MAIL, timeouts: AMPLE, onDrain: () => {} });
}

async function deliver(login: RelayedLogin) {
  const transaction = begin(login);
  await offerOne(transaction, 'rcpt@example.net');
  await transaction.startContent();
  transaction.write(Buffer.from('Hello\r\n'));
  return await transaction.finish();
}

describe('a login', () => {
  it('is said under TLS, with the initial response as it is', async () => {
    const { hop } = await loggedIn();

    expect(hop.clients[0]?.heard).toBe(
      `EHLO proxy.example\r\nSTARTTLS\r\nEHLO proxy.example\r\nAUTH PLAIN ${PLAIN}\r\n`,
    );
  });

  it('passes challenges and responses on', async () => {
    const hop = await bed.start(underTls({ EHLO: AUTH, AUTH: exchange('334 VXNlcm5hbWU6\r\n', '334 \r\n', GOOD) }));
    const login = loginAt(hop);

    const answers = [await login.start('LOGIN'), await login.respond('YWxpY2U='), await login.respond('')];

    expect(answers).toEqual([{ kind: 'challenge', text: 'VXNlcm5hbWU6' }, { kind: 'challenge', text: '' }, TAKEN]);
    expect(hop.clients[0]?.heard).toContain('AUTH LOGIN\r\nYWxpY2U=\r\n\r\n');
  });

  it('passes an initial response of 12 kB on', async () => {
    const initial = 'AAAA'.repeat(3069);
    const hop = await bed.start(underTls({ EHLO: AUTH, AUTH: GOOD }));

    expect(await loginAt(hop).start('SRP', initial)).toEqual(TAKEN);

    expect(hop.clients[0]?.heard).toContain(`AUTH SRP ${initial}\r\n`);
  });

  it('serves the transactions of its session, and no one else', async () => {
    const { hop, login } = await loggedIn();

    expect((await deliver(login)).isTaken).toBe(true);
    expect((await deliver(login)).isTaken).toBe(true);
    expect((await bed.deliver(hop.nextHop('offer'))).answer.isTaken).toBe(true);

    expect(hop.clients).toHaveLength(2);
    expect(verbsOf(hop, 0).filter((verb) => verb === 'MAIL')).toHaveLength(2);
    expect(losses.count).toBe(0);
  });

  it('ends by QUIT', async () => {
    const { hop, login } = await loggedIn();

    login.close();
    await hop.clients[0]?.closed;

    expect(hop.clients[0]?.heard).toMatch(/QUIT\r\n$/);
    expect(bed.nextHops.connectionCount).toBe(0);
    expect(losses.count).toBe(0);
  });

  it('is cancelled before it is left where the hop waits for a response', async () => {
    const hop = await bed.start(underTls({ EHLO: AUTH, AUTH: exchange('334 \r\n', GOOD) }));
    const login = loginAt(hop);
    await login.start('PLAIN');

    login.close();
    await hop.clients[0]?.closed;

    expect(hop.clients[0]?.heard).toMatch(/AUTH PLAIN\r\n\*\r\nQUIT\r\n$/);
    expect(losses.count).toBe(0);
  });

  it('that is closed while its connection is opened leaves none behind', async () => {
    const hop = await bed.start(underTls({ EHLO: AUTH }));
    const login = loginAt(hop);
    const answer = login.start('PLAIN', PLAIN);

    login.close();

    expect((await answer).kind).toBe('deferred');
    await until(() => hop.clients.length === 1);
    await hop.clients[0]?.closed;
    expect(hop.clients[0]?.heard).not.toContain('AUTH');
    expect(bed.nextHops.connectionCount).toBe(0);
  });

  it('is refused in our words, and its connection ends', async () => {
    const hop = await bed.start(underTls({ EHLO: AUTH, AUTH: '535 5.7.8 no\r\n' }));

    const answer = await loginAt(hop).start('PLAIN', PLAIN);

    expect(answer).toMatchObject({ kind: 'refused', reply: REPLIES.credentialsInvalid });
    await hop.clients[0]?.closed;
    expect(hop.clients[0]?.heard).toMatch(/QUIT\r\n$/);
    expect(bed.nextHops.connectionCount).toBe(0);
  });

  it('is not said to a hop that offers its mechanism no longer', async () => {
    const hop = await bed.start(underTls({ EHLO: offering('AUTH LOGIN') }));

    const answer = await loginAt(hop).start('PLAIN', PLAIN);

    expect(answer).toMatchObject({ kind: 'refused', reply: REPLIES.mechanismUnknown });
    await hop.clients[0]?.closed;
    expect(hop.clients[0]?.heard).not.toContain('AUTH');
  });
});

describe('a login without TLS', () => {
  it.each([
    ['does not offer STARTTLS', politely({ EHLO: AUTH })],
    ['refuses STARTTLS', politely({ EHLO: offering('STARTTLS', 'AUTH PLAIN'), STARTTLS: '454 4.7.0 later\r\n' })],
    ['breaks the handshake', politely({ EHLO: offering('STARTTLS', 'AUTH PLAIN'), STARTTLS: hangUp })],
  ])('is not said to a hop that %s, though its tls is offer', async (_claim, script) => {
    const hop = await bed.start(script);

    const answer = await loginAt(hop).start('PLAIN', PLAIN);

    expect(answer.kind).toBe('deferred');
    expect(hop.clients.map(({ heard }) => heard).join('')).not.toContain('AUTH PLAIN');
    expect(bed.nextHops.connectionCount).toBe(0);
  });

  it('is not said to a hop with tls=never, nor is it connected to', async () => {
    const hop = await bed.start(politely({ EHLO: AUTH }));
    const login = bed.nextHops.login(hop.nextHop('never'), { timeouts: AMPLE, client: 'c', onLost: () => {} });

    expect(await login.start('PLAIN', PLAIN)).toMatchObject({ kind: 'deferred', detail: /tls=never/ });
    expect(hop.clients).toHaveLength(0);
  });

  it('is not said with tls=require to a hop whose certificate is not good', async () => {
    const hop = await bed.start(underTls({ EHLO: AUTH, AUTH: GOOD }));
    const login = bed.nextHops.login(hop.nextHop('require'), { timeouts: AMPLE, client: 'c', onLost: () => {} });

    expect(await login.start('PLAIN', PLAIN)).toMatchObject({ kind: 'deferred', detail: /self-signed/ });
    expect(hop.clients[0]?.heard).not.toContain('AUTH');
  });
});

describe('a connection that is logged in and lost', () => {
  it.each([
    ['FIN', hangUp],
    ['reset', reset],
    ['421', (client: { say(words: string): void }) => client.say('421 4.4.2 idle too long\r\n')],
    ['anything unasked', (client: { say(words: string): void }) => client.say('250 psst\r\n')],
  ])('between transactions, by %s, is told, and no other takes its place', async (_way, leave) => {
    const { hop, login } = await loggedIn();
    await deliver(login);
    const [client] = hop.clients;
    if (client === undefined || typeof leave === 'string') throw new TypeError('No client to leave');

    await leave(client, '');
    await until(() => losses.count > 0);

    expect(await offerOne(begin(login), 'a@x.example')).toMatchObject({
      reply: REPLIES.hopDropped,
      rule: 'next-hop-dropped',
    });
    expect(hop.clients).toHaveLength(1);
    expect(losses.count).toBe(1);
    expect(bed.nextHops.connectionCount).toBe(0);
  });

  it.each(['MAIL', 'RCPT', 'DATA', 'content'] as const)(
    'at %s is told once, behind an answer that says so',
    async (verb) => {
      const { login } = await loggedIn({ [verb]: hangUp });
      const transaction = begin(login);

      const recipient = await offerOne(transaction, 'a@x.example');
      const data = recipient.isTaken ? await transaction.startContent() : recipient;
      const answer = data.isTaken ? await transaction.finish() : data;

      expect(answer.reply).toEqual(REPLIES.hopDropped);
      expect(losses.count).toBe(1);
    },
  );

  it('is lost where its content was given up, for no command can end that', async () => {
    const { login } = await loggedIn();
    const transaction = begin(login);
    await offerOne(transaction, 'a@x.example');
    await transaction.startContent();

    transaction.abandon();

    expect(losses.count).toBe(1);
  });
});

describe('a transaction on it that was given up', () => {
  it('said no DATA ahead of time, which only the end of the connection would end', async () => {
    const { hop, login } = await loggedIn({ RCPT: '550 5.1.1 nobody\r\n' });
    const first = begin(login);

    expect((await offerOne(first, 'a@x.example', true)).isTaken).toBe(false);
    first.abandon();
    await offerOne(begin(login), 'b@x.example', true);

    expect(hop.clients[0]?.heard).not.toContain('DATA');
    expect(losses.count).toBe(0);
  });

  it('is reset before the next one begins', async () => {
    const { hop, login } = await loggedIn();
    const first = begin(login);
    await offerOne(first, 'a@x.example');

    first.abandon();
    const answer = await offerOne(begin(login), 'b@x.example');

    expect(answer.isTaken).toBe(true);
    expect(hop.clients[0]?.heard).toMatch(
      /RCPT TO:<a@x\.example>\r\nRSET\r\nMAIL FROM:<.*>\r\nRCPT TO:<b@x\.example>\r\n$/,
    );
    expect(losses.count).toBe(0);
  });

  it('answers the next one even where the hop dies at RSET', async () => {
    const { login } = await loggedIn({ RSET: hangUp });
    const first = begin(login);
    await offerOne(first, 'a@x.example');

    first.abandon();

    expect((await offerOne(begin(login), 'b@x.example')).reply).toEqual(REPLIES.hopDropped);
    expect(losses.count).toBe(1);
  });

  it('lets the next one be given up while it waits', async () => {
    const { hop, login } = await loggedIn();
    const first = begin(login);
    await offerOne(first, 'a@x.example');
    first.abandon();
    const second = begin(login);
    const answer = offerOne(second, 'b@x.example');

    second.abandon();

    expect((await answer).isTaken).toBe(false);
    expect((await offerOne(begin(login), 'c@x.example')).isTaken).toBe(true);
    expect(hop.clients[0]?.heard).not.toContain('b@x.example');
  });
});

describe('places', () => {
  it('are as many as the limit, and come free with each end of a login', async () => {
    const hop = await bed.start(
      underTls({
        EHLO: AUTH,
        AUTH: (client, command) => client.say(command.includes('SRP') ? '535 no\r\n' : GOOD),
      }),
    );
    bed.nextHops = new SmtpNextHops({
      ehloName: () => 'proxy.example',
      loginLimits: { maxLogins: 3, maxPerClient: 2 },
    });
    const taken = [loginAt(hop), loginAt(hop)];
    for (const login of taken) expect(await login.start('PLAIN', PLAIN)).toEqual(TAKEN);

    const third = await loginAt(hop).start('PLAIN', PLAIN);
    const other = loginAt(hop, { client: '192.0.2.2' });
    const refused = await other.start('SRP', PLAIN);
    const otherAgain = await loginAt(hop, { client: '192.0.2.2' }).start('PLAIN', PLAIN);
    const fourth = await loginAt(hop, { client: '192.0.2.3' }).start('PLAIN', PLAIN);
    taken[0]?.close();

    expect(third).toEqual({ kind: 'deferred', detail: 'too many logins stand at the hop' });
    expect(refused.kind).toBe('refused');
    expect(otherAgain).toEqual(TAKEN);
    expect(fourth.kind).toBe('deferred');
    expect(await loginAt(hop).start('PLAIN', PLAIN)).toEqual(TAKEN);
    expect(bed.nextHops.connectionCount).toBe(3);
  });

  it('leave one client fewer than all', () => {
    expect(LOGIN_LIMITS.maxPerClient).toBeLessThan(LOGIN_LIMITS.maxLogins);
  });
});
