/** AUTH through the screen, over real sockets on both sides: the client, the proxy, and a hop under TLS. */
import { afterEach, describe, expect, it } from 'vitest';
import type { PolicyAttributes } from '../../policy/item.ts';
import { nextHopName } from '../../policy/next-hop.ts';
import { hopNamed, ProxyBed, permitRelay } from '../../test/support/edge-proxy-bed.ts';
import type { TestClient } from '../../test/support/edge-proxy-client.ts';
import { until } from '../../test/support/hop-bed.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { type HopMove, hangUp, politely, reset, ScriptedHop } from '../../test/support/scripted-hop.ts';
import { exchange, offering, underTls } from '../../test/support/tls-hop.ts';
import { SmtpNextHops } from '../next-hop/smtp/smtp-next-hops.ts';

const AUTH = offering('AUTH PLAIN LOGIN SCRAM-SHA-256-PLUS');
const PLAIN = Buffer.from('\0Alice@example.com\0open-sesame').toString('base64');
const GOOD = '235 2.7.0 welcome\r\n';
const DEFERRED = '454 4.7.0 Temporary authentication failure\r\n';
const LOST = '421 4.4.2 Next hop ended the login, log in again\r\n';

interface Stage {
  readonly bed: ProxyBed;
  readonly hop: ScriptedHop;
  readonly nextHops: SmtpNextHops;
}

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function startHop(script: Parameters<typeof ScriptedHop.start>[0]): Promise<ScriptedHop> {
  const hop = await ScriptedHop.start(script);
  endings.push(() => hop.close());
  return hop;
}

async function stage(moves: Parameters<typeof politely>[0], settings: PolicyAttributes = {}): Promise<Stage> {
  const hop = await startHop(underTls({ EHLO: AUTH, ...moves }));
  const nextHop = hop.nextHop('offer');
  const nextHops = new SmtpNextHops({ ehloName: () => 'mx.example.com' });
  const bed = await ProxyBed.start({
    policy: testPolicy({
      authentication: 'required',
      authenticator: 'next-hop',
      defaultNextHop: nextHopName(nextHop),
      relay: 'any-domain',
      ...settings,
    }),
    nextHop,
    nextHops: {
      begin: (to, options) => (to.kind === 'smtp' ? nextHops.begin(to, options) : fail()),
      learnMechanisms: async (to, timeouts) =>
        to.kind === 'smtp' ? await nextHops.learnMechanisms(to, timeouts) : undefined,
      login: (to, options) => nextHops.login(to, options),
      close: () => nextHops.close(),
    },
  });
  endings.push(() => bed.close());
  return { bed, hop, nextHops };
}

function fail(): never {
  throw new TypeError('No mail of these tests goes to Amazon SES');
}

async function greeted(bed: ProxyBed): Promise<TestClient> {
  const client = await bed.greetedTls();
  await client.ask('EHLO client.example');
  return client;
}

async function loggedIn(bed: ProxyBed): Promise<TestClient> {
  const client = await greeted(bed);
  expect(await client.ask(`AUTH PLAIN ${PLAIN}`)).toBe('235 2.7.0 Authentication succeeded\r\n');
  return client;
}

/** The hop's connection on which the login was said. */
function loginOf(hop: ScriptedHop) {
  const client = hop.clients.find(({ heard }) => heard.includes('\r\nAUTH '));
  if (client === undefined) throw new Error('Nobody logged in at the hop');
  return client;
}

async function sendMail(client: TestClient, recipients = ['bob@example.com']): Promise<string> {
  await client.ask('MAIL FROM:<alice@example.com>');
  for (const recipient of recipients) {
    const reply = await client.ask(`RCPT TO:<${recipient}>`);
    if (!reply.startsWith('250')) return reply;
  }
  await client.ask('DATA');
  return await client.ask('Subject: x\r\n\r\nHello\r\n.');
}

describe('EHLO', () => {
  it('offers what the hop does under TLS, and nothing before our own', async () => {
    const { bed } = await stage({ AUTH: GOOD });
    const clear = await bed.greeted();
    const tls = await bed.greetedTls();

    expect(await clear.ask('EHLO client.example')).not.toContain('AUTH');
    expect(await tls.ask('EHLO client.example')).toContain('250 AUTH PLAIN LOGIN\r\n');
  });

  it.each([
    ['hop that cannot be reached', {}],
    ['hop with tls=never', { defaultNextHop: 'smtp://127.0.0.1:1?tls=never' }],
    ['Amazon SES', { defaultNextHop: 'ses' }],
  ])('offers none for a %s, and AUTH is 454', async (_claim, settings) => {
    const defaultNextHop = 'smtp://127.0.0.1:1';
    const { bed } = await stage({}, { defaultNextHop, ...settings });
    const client = await bed.greetedTls();

    expect(await client.ask('EHLO client.example')).not.toContain('AUTH');
    expect(await client.ask(`AUTH PLAIN ${PLAIN}`)).toBe(DEFERRED);
    expect(await client.ask('NOOP')).toMatch(/^250/);
  });
});

describe('a login that the hop took', () => {
  it('has its connection serve the mail of the session', async () => {
    const { bed, hop } = await stage({ AUTH: GOOD });
    const client = await loggedIn(bed);

    expect(await sendMail(client)).toMatch(/^250 2\.0\.0 OK/);
    expect(await sendMail(client, ['carol@elsewhere.example'])).toMatch(/^5/);
    bed.decisions.onCheckRelay = () => permitRelay(hop.nextHop('offer'));
    await client.ask('RSET');
    expect(await sendMail(client, ['carol@elsewhere.example'])).toMatch(/^250 2\.0\.0 OK/);

    expect(loginOf(hop).heard.match(/MAIL FROM/g)).toHaveLength(2);
    // The other is that on which the mechanisms were learnt.
    expect(hop.clients).toHaveLength(2);
  });

  it('has other hops of a mixed transaction as they were', async () => {
    const { bed, hop } = await stage({ AUTH: GOOD });
    const other = await startHop(politely());
    bed.decisions.onCheckRelay = ({ recipient }) =>
      permitRelay(recipient.startsWith('carol') ? other.nextHop() : hop.nextHop('offer'));
    const client = await loggedIn(bed);

    expect(await sendMail(client, ['bob@example.com', 'carol@elsewhere.example'])).toMatch(/^250 2\.0\.0 OK/);

    expect(loginOf(hop).heard).toContain('RCPT TO:<bob@example.com>\r\n');
    expect(loginOf(hop).heard).not.toContain('carol');
    expect(other.clients[0]?.heard).toContain('RCPT TO:<carol@elsewhere.example>\r\n');
    expect(other.clients[0]?.heard).not.toContain('AUTH');
  });

  it('is asked of check-relay by the name that the mechanism showed', async () => {
    const { bed, hop } = await stage({ AUTH: GOOD });
    const identities: (string | undefined)[] = [];
    bed.decisions.onCheckRelay = ({ identity }) => {
      identities.push(identity);
      return permitRelay(hop.nextHop('offer'));
    };

    await sendMail(await loggedIn(bed));

    expect(identities).toEqual(['alice@example.com']);
  });

  it.each<[string, (client: TestClient) => void]>([
    ['QUIT', (client) => client.send('QUIT\r\n')],
    ['a FIN', (client) => client.end()],
    ['a reset', (client) => client.reset()],
    ['too many errors', (client) => client.send('BAD\r\n'.repeat(20))],
  ])('ends at the hop, by QUIT, when %s ends the session', async (_way, end) => {
    const { bed, hop, nextHops } = await stage({ AUTH: GOOD });
    const client = await loggedIn(bed);

    end(client);
    await loginOf(hop).closed;

    expect(loginOf(hop).heard).toMatch(/QUIT\r\n$/);
    await until(() => nextHops.connectionCount === 0);
  });

  it('ends at the hop when the session starts over under TLS', async () => {
    const { bed, hop } = await stage({ AUTH: GOOD }, { authenticationRequiresTls: false });
    const client = await bed.greeted();
    await client.ask('EHLO client.example');
    await client.ask(`AUTH PLAIN ${PLAIN}`);

    await client.ask('STARTTLS');
    await client.startTls();
    await loginOf(hop).closed;

    expect(await client.ask('EHLO client.example')).toContain('AUTH PLAIN LOGIN');
    expect(await client.ask('MAIL FROM:<alice@example.com>')).toMatch(/^530/);
  });

  it('is in no event and no line of the log by more than its name', async () => {
    const { bed } = await stage({ AUTH: exchange('334 eA==\r\n', '535 5.7.8 b3Blbi1zZXNhbWU=\r\n') });
    const client = await greeted(bed);
    await client.ask('AUTH PLAIN');

    expect(await client.ask(PLAIN)).toBe('535 5.7.8 Authentication credentials invalid\r\n');
    await client.ask('QUIT');

    const told = JSON.stringify([bed.events, bed.lines]);
    for (const secret of ['open-sesame', 'b3Blbi1zZXNhbWU', PLAIN, 'eA==']) expect(told).not.toContain(secret);
    expect(bed.eventsOf('login')).toEqual([
      expect.objectContaining({ mechanism: 'PLAIN', username: 'Alice@example.com', verdict: 'reject' }),
    ]);
  });
});

describe('a hop that goes', () => {
  it.each<[string, HopMove]>([
    ['at AUTH, by FIN', hangUp],
    ['at AUTH, by reset', reset],
    ['at the first response', exchange('334 eA==\r\n', reset)],
    ['at the second response', exchange('334 eA==\r\n', '334 eA==\r\n', reset)],
    ['at the second response, with 421', exchange('334 eA==\r\n', '334 eA==\r\n', '421 4.3.2 bye\r\n')],
    ['at the second response, babbling', exchange('334 eA==\r\n', '334 eA==\r\n', 'what?\r\n')],
  ])('%s is 454 for the client, and the session goes on', async (_way, move) => {
    let hasGone = false;
    const { bed } = await stage({
      AUTH: async (client, command) => {
        if (hasGone) client.say(GOOD);
        else if (typeof move === 'string') client.say(move);
        else await move(client, command);
        hasGone = true;
      },
    });
    const client = await greeted(bed);

    let reply = await client.ask('AUTH LOGIN');
    while (reply.startsWith('334')) reply = await client.ask('eQ==');

    expect(reply).toBe(DEFERRED);
    expect(await client.ask('EHLO client.example')).toContain('AUTH PLAIN LOGIN');
    expect(await client.ask(`AUTH PLAIN ${PLAIN}`)).toMatch(/^235/);
    expect(await sendMail(client)).toMatch(/^250 2\.0\.0 OK/);
    expect(bed.lines).toContainEqual(expect.objectContaining({ event: 'login-deferred' }));
  });

  it('while the client is asked is 454 at its next line', async () => {
    const { bed, hop, nextHops } = await stage({ AUTH: '334 eA==\r\n' });
    const client = await greeted(bed);
    await client.ask('AUTH LOGIN');

    loginOf(hop).reset();
    await until(() => nextHops.connectionCount === 0);

    expect(await client.ask('eQ==')).toBe(DEFERRED);
    expect(await client.ask('NOOP')).toMatch(/^250/);
  });

  it('between transactions ends the session at once, with a word', async () => {
    const { bed, hop } = await stage({ AUTH: GOOD });
    const client = await loggedIn(bed);
    await sendMail(client);

    loginOf(hop).say('421 4.4.2 idle too long\r\n');

    expect(await client.hearToEnd()).toBe(LOST);
  });

  it('in a transaction has it fail with 451, and ends the session after it', async () => {
    const { bed, hop, nextHops } = await stage({ AUTH: GOOD });
    const client = await loggedIn(bed);
    await client.ask('MAIL FROM:<alice@example.com>');

    loginOf(hop).reset();
    await until(() => nextHops.connectionCount === 0);

    expect(await client.ask('RCPT TO:<bob@example.com>')).toMatch(/^451 4\.4\.2/);
    client.send('RSET\r\n');
    expect(await client.hearToEnd()).toBe(`250 2.0.0 OK\r\n${LOST}`);
  });

  it('at the end of a message has the client hear of that first', async () => {
    const { bed } = await stage({ AUTH: GOOD, content: hangUp });
    const client = await loggedIn(bed);
    await client.ask('MAIL FROM:<alice@example.com>');
    await client.ask('RCPT TO:<bob@example.com>');
    await client.ask('DATA');

    client.send('Hello\r\n.\r\n');

    expect(await client.hearToEnd()).toBe(`451 4.4.2 Next hop dropped the connection or was late\r\n${LOST}`);
  });
});

it('content that is given up half-way ends the session after its refusal', async () => {
  const { bed } = await stage({ AUTH: GOOD });
  const client = await loggedIn(bed);
  await client.ask('MAIL FROM:<alice@example.com>');
  await client.ask('RCPT TO:<bob@example.com>');
  await client.ask('DATA');

  client.send('bare\nnewline\r\n.\r\n');

  expect(await client.hearToEnd()).toBe(`550 5.6.0 Message has a bare LF in line 1\r\n${LOST}`);
});

describe('a line of the exchange', () => {
  it.each([
    ['over the limit', `${'A'.repeat(12_287)}`, '500 5.5.6 Authentication exchange line too long\r\n'],
    ['that is no base64', '!!!', '501 5.5.2 Cannot decode response\r\n'],
    ['that cancels', '*', '501 5.7.0 Authentication cancelled\r\n'],
  ])('%s never reaches the hop, which is told that it is over', async (_claim, line, reply) => {
    const { bed, hop } = await stage({ AUTH: exchange('334 eA==\r\n', GOOD) });
    const client = await greeted(bed);
    await client.ask('AUTH LOGIN');

    expect(await client.ask(line)).toBe(reply);

    await loginOf(hop).closed;
    expect(loginOf(hop).heard).toMatch(/AUTH LOGIN\r\n\*\r\nQUIT\r\n$/);
    expect(await client.ask('NOOP')).toMatch(/^250/);
  });

  it('that is exactly at the limit reaches the hop whole', async () => {
    const line = 'AAAA'.repeat(3071);
    const { bed, hop } = await stage({ AUTH: exchange('334 eA==\r\n', '334 eA==\r\n', GOOD) });
    const client = await greeted(bed);
    bed.setPolicy(
      testPolicy({ ...bed.policy.settings, defaultNextHop: nextHopName(hop.nextHop('offer')) }, [
        { item: 'command#AUTH', maxOctets: line.length + 2 },
      ]),
    );
    await client.ask('AUTH LOGIN');
    await client.ask('eQ==');

    expect(await client.ask(line)).toMatch(/^235/);
    expect(loginOf(hop).heard).toContain(`\r\n${line}\r\n`);
  });
});

describe('passClient', () => {
  const greeting = '220 hop.example ESMTP\r\n';
  const withXclient = { EHLO: offering('AUTH PLAIN', 'XCLIENT ADDR HELO LOGIN'), XCLIENT: greeting, AUTH: GOOD };

  it('tells the hop of the client before its login', async () => {
    const { bed, hop } = await stage(withXclient, { passClient: 'xclient' });

    await sendMail(await loggedIn(bed));

    expect(loginOf(hop).heard).toContain(
      'XCLIENT ADDR=127.0.0.1 HELO=client.example\r\nEHLO client.example\r\nAUTH PLAIN',
    );
    expect(loginOf(hop).heard.match(/XCLIENT/g)).toHaveLength(1);
  });

  it('tells it who has logged in with the directory', async () => {
    const { bed, hop } = await stage(withXclient, { passClient: 'xclient', authenticator: 'directory' });
    const client = await greeted(bed);
    await client.ask(`AUTH PLAIN ${Buffer.from('\0alice@example.com\0wonderland').toString('base64')}`);

    expect(await sendMail(client)).toMatch(/^250 2\.0\.0 OK/);

    expect(hop.clients[0]?.heard).toContain(
      'XCLIENT ADDR=127.0.0.1 HELO=client.example LOGIN=alice@example.com\r\nEHLO client.example\r\nMAIL',
    );
  });

  it('tells it nothing where it is no', async () => {
    const { bed, hop } = await stage(withXclient);

    await sendMail(await loggedIn(bed));

    expect(loginOf(hop).heard).not.toContain('XCLIENT');
  });
});

it('a server whose next hop is another server is not logged in there', async () => {
  const { bed, hop } = await stage({ AUTH: GOOD });
  const other = await startHop(politely());
  bed.decisions.onCheckRelay = () => permitRelay(hopNamed(nextHopName(other.nextHop())));

  await sendMail(await loggedIn(bed));

  expect(other.clients[0]?.heard).toContain('MAIL FROM');
  expect(loginOf(hop).heard).not.toContain('MAIL FROM');
});
