/** STARTTLS towards a hop, good and broken. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { REPLIES } from '../../../../policy/reply.ts';
import { testLog } from '../../../../test/support/edge-proxy-log.ts';
import { HopBed, PLAIN_MAIL } from '../../../../test/support/hop-bed.ts';
import { offerOne } from '../../../../test/support/offer-one.ts';
import {
  type HopMove,
  type HopScript,
  hangUp,
  keepSilent,
  politely,
  reset,
  serve,
} from '../../../../test/support/scripted-hop.ts';
import { SmtpNextHops } from '../smtp-next-hops.ts';

interface Certificate {
  readonly context: SecureContext;
  readonly caPath: string;
}

let directory: string;
let right: Certificate;
let otherName: Certificate;
let bed: HopBed;

async function makeCertificate(name: string, options: Parameters<typeof generate>[1]): Promise<Certificate> {
  const pems = await generate([{ name: 'commonName', value: name }], { keyType: 'ec', ...options });
  const caPath = join(directory, `${name}.pem`);
  await writeFile(caPath, pems.cert);
  return { context: createSecureContext({ key: pems.private, cert: pems.cert }), caPath };
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'postern-hop-'));
  const named = (entry: { type: 7; ip: string } | { type: 2; value: string }) => ({
    extensions: [{ name: 'subjectAltName' as const, altNames: [entry] }],
  });
  right = await makeCertificate('right.example', named({ type: 7, ip: '127.0.0.1' }));
  otherName = await makeCertificate('other.example', named({ type: 2, value: 'other.example' }));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});
beforeEach(() => {
  bed = new HopBed();
});
afterEach(async () => {
  await bed.close();
});

const OFFERED = '250-hop.example\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 STARTTLS\r\n';
const UNDER_TLS = '250-hop.example\r\n250 PIPELINING\r\n';

function secured(certificate: Certificate): HopScript {
  return politely({
    EHLO: OFFERED,
    STARTTLS: async (client) => {
      client.say('220 go\r\n');
      await client.startTls(certificate.context);
      await serve(client, { EHLO: UNDER_TLS }, true);
    },
  });
}

describe('tls=require', () => {
  it('hands mail on under TLS, EHLO said again, to a hop whose certificate is good', async () => {
    const hop = await bed.start(secured(right));

    const { answer } = await bed.deliver(hop.nextHop('require', right.caPath));

    expect(answer.isTaken).toBe(true);
    expect(hop.clients[0]?.heard).toMatch(
      /^EHLO proxy.example\r\nSTARTTLS\r\nEHLO proxy.example\r\nMAIL FROM:<sender@example.com>\r\nRCPT TO:/,
    );
  });

  it('says the name that the hop wants to hear, before TLS and under it', async () => {
    const hop = await bed.start(secured(right));

    await bed.deliver({ ...hop.nextHop('require', right.caPath), ehlo: 'out.example.com' });

    expect(hop.clients[0]?.heard).toMatch(/^EHLO out.example.com\r\nSTARTTLS\r\nEHLO out.example.com\r\n/);
  });

  it.each([
    [20, ['next-hop-certificate-expiring']],
    [22, []],
  ])('tells, once, of a certificate that ends in %i days: %j', async (days, events) => {
    const log = testLog();
    bed.nextHops = new SmtpNextHops({ ehloName: () => 'proxy.example', log: log.log });
    const certificate = await makeCertificate(`ends-in-${days}`, {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
      notAfterDate: new Date(Date.now() + days * 86_400_000),
    });
    const hop = await bed.start(secured(certificate));

    for (let count = 0; count < 2; count += 1) await bed.deliver(hop.nextHop('require', certificate.caPath));

    expect(log.lines.map(({ event }) => event)).toEqual(events);
  });

  it('reuses the connection for the next message', async () => {
    const hop = await bed.start(secured(right));
    const nextHop = hop.nextHop('require', right.caPath);

    for (let count = 0; count < 3; count += 1) expect((await bed.deliver(nextHop)).answer.isTaken).toBe(true);

    expect(hop.clients).toHaveLength(1);
  });

  it('answers when the hop leaves in one breath with its reply to EHLO', async () => {
    const hop = await bed.start(
      politely({
        EHLO: OFFERED,
        STARTTLS: async (client) => {
          client.say('220 go\r\n');
          await client.startTls(right.context);
          await client.hear();
          client.hangUp(UNDER_TLS);
        },
      }),
    );

    const { answer } = await bed.deliver(hop.nextHop('require', right.caPath));

    expect(answer).toMatchObject({ isTaken: false, reply: { code: 451 } });
    expect(bed.nextHops.connectionCount).toBe(0);
  });

  it('forgets what the hop offered in the clear', async () => {
    const hop = await bed.start(secured(right));

    const mail = { ...PLAIN_MAIL, body: '8BITMIME' } as const;
    const transaction = bed.begin(hop.nextHop('require', right.caPath), { mail });

    expect((await offerOne(transaction, 'rcpt@example.net')).lacks).toEqual(['8BITMIME']);
  });

  it.each([
    { claim: 'is for another name', served: () => otherName, ca: () => otherName.caPath, detail: /IP: 127\.0\.0\.1/ },
    { claim: 'is from an unknown issuer', served: () => right, ca: () => otherName.caPath, detail: /self-signed/ },
    { claim: 'is in no public store', served: () => right, ca: () => undefined, detail: /self-signed/ },
  ])('tells no mail to a hop whose certificate $claim', async ({ served, ca, detail }) => {
    const hop = await bed.start(secured(served()));

    const { answer } = await bed.deliver(hop.nextHop('require', ca()));

    expect(answer).toMatchObject({ reply: REPLIES.hopDown, detail: expect.stringMatching(detail) });
    expect(hop.clients).toHaveLength(1);
    expect(hop.clients[0]?.heard).not.toContain('MAIL');
    await hop.clients[0]?.closed;
  });

  it.each([
    { claim: 'does not offer STARTTLS', moves: {}, detail: /TLS is required, and STARTTLS is not offered/ },
    { claim: 'knows HELO only', moves: { EHLO: '502 what?\r\n' }, detail: /STARTTLS is not offered/ },
    { claim: 'refuses STARTTLS', moves: { EHLO: OFFERED, STARTTLS: '454 4.7.0 later\r\n' }, detail: /starttls: 454/ },
    { claim: 'leaves at STARTTLS', moves: { EHLO: OFFERED, STARTTLS: hangUp }, detail: /at starttls/ },
    { claim: 'babbles in the handshake', moves: { EHLO: OFFERED, STARTTLS: babble() }, detail: /handshake failed/ },
  ])('tells no mail to a hop that $claim', async ({ moves, detail }) => {
    const hop = await bed.start(politely(moves));

    const { answer } = await bed.deliver(hop.nextHop('require', right.caPath));

    expect(answer).toMatchObject({ reply: REPLIES.hopDown, detail: expect.stringMatching(detail) });
    expect(hop.clients).toHaveLength(1);
    expect(hop.clients[0]?.heard).not.toContain('MAIL');
  });

  it('is down when the ca file cannot be read', async () => {
    const hop = await bed.start(secured(right));

    const { answer } = await bed.deliver(hop.nextHop('require', join(directory, 'missing.pem')));

    expect(answer).toMatchObject({ reply: REPLIES.hopDown, detail: expect.stringContaining('ENOENT') });
    expect(hop.clients).toHaveLength(0);
  });
});

/** 220, and when the handshake begins something that is none. */
function babble(): HopMove {
  return async (client) => {
    client.say('220 go\r\n');
    await client.hearSomething();
    client.say('250 this is no TLS\r\n');
    await client.closed;
  };
}

function afterGo(then: 'hangUp' | 'reset'): HopMove {
  return async (client) => {
    client.say('220 go\r\n');
    await client.hearSomething();
    client[then]();
    await client.closed;
  };
}

describe('tls=offer', () => {
  it('uses TLS where it is offered, whatever the certificate', async () => {
    const hop = await bed.start(secured(otherName));

    const { answer } = await bed.deliver(hop.nextHop('offer'));

    expect(answer.isTaken).toBe(true);
    expect(hop.clients).toHaveLength(1);
    expect(hop.clients[0]?.heard).toContain('STARTTLS\r\nEHLO');
  });

  it('goes in the clear where it is not offered', async () => {
    const hop = await bed.start(politely());

    expect((await bed.deliver(hop.nextHop('offer'))).answer.isTaken).toBe(true);
    expect(hop.clients[0]?.heard).not.toContain('STARTTLS');
  });

  it('goes on in the clear on the same connection where STARTTLS is refused', async () => {
    const hop = await bed.start(politely({ EHLO: OFFERED, STARTTLS: '454 4.7.0 no certificate\r\n' }));

    expect((await bed.deliver(hop.nextHop('offer'))).answer.isTaken).toBe(true);
    expect(hop.clients).toHaveLength(1);
  });

  it.each([
    ['babbles', babble()],
    ['hangs up', afterGo('hangUp')],
    ['resets', afterGo('reset')],
  ])('connects again in the clear, once, to a hop that %s in the handshake', async (_, move) => {
    const hop = await bed.start(politely({ EHLO: OFFERED, STARTTLS: move }));

    const { answer } = await bed.deliver(hop.nextHop('offer'));

    expect(answer.isTaken).toBe(true);
    expect(hop.clients).toHaveLength(2);
    expect(hop.clients[1]?.heard).not.toContain('STARTTLS');
    await hop.clients[0]?.closed;
  });

  it('gives up on a hop whose handshake fails and that then takes no one', async () => {
    const broken = politely({ EHLO: OFFERED, STARTTLS: afterGo('hangUp') });
    const hop = await bed.start(async (client, connection) => {
      if (connection === 1) await broken(client, connection);
      else client.say('554 5.3.2 no\r\n');
    });

    const { answer } = await bed.deliver(hop.nextHop('offer'));

    expect(answer.reply).toEqual(REPLIES.hopDown);
    expect(hop.clients).toHaveLength(2);
  });

  it('is down when the handshake hangs for all of the time to connect', async () => {
    const silent: HopMove = async (client) => {
      client.say('220 go\r\n');
      // Takes in what comes until the client is gone: a ClientHello, in which by chance CR LF may stand.
      await client.hearUpTo('words that no ClientHello holds');
    };
    const hop = await bed.start(politely({ EHLO: OFFERED, STARTTLS: silent }));

    const { answer } = await bed.deliver(hop.nextHop('offer'), { timeouts: { connectSeconds: 0.1 } });

    expect(answer).toMatchObject({ reply: REPLIES.hopDown, rule: 'next-hop-down' });
    await hop.clients[0]?.closed;
  });

  it.each(['offer', 'require'] as const)('breaks off at octets after the STARTTLS reply, with %s', async (tls) => {
    const hop = await bed.start(politely({ EHLO: OFFERED, STARTTLS: '220 go\r\n250-injected\r\n250 AUTH PLAIN\r\n' }));

    const { answer } = await bed.deliver(hop.nextHop(tls, tls === 'require' ? right.caPath : undefined));

    expect(answer).toMatchObject({ reply: REPLIES.hopInsane, rule: 'next-hop-insane' });
    expect(hop.clients).toHaveLength(1);
    await hop.clients[0]?.closed;
  });

  it.each([
    ['hangs up', hangUp, REPLIES.hopDown],
    ['resets', reset, REPLIES.hopDown],
    ['says 421', '421 4.3.2 bye\r\n', REPLIES.hopDown],
    ['says 250', '250 ok\r\n', REPLIES.hopInsane],
    ['keeps silent', keepSilent, REPLIES.hopDown],
  ])('has no second try for a hop that at STARTTLS %s', async (_, move, reply) => {
    const hop = await bed.start(politely({ EHLO: OFFERED, STARTTLS: move }));
    const connectSeconds = move === keepSilent ? 0.1 : 10;

    const { answer } = await bed.deliver(hop.nextHop('offer'), { timeouts: { connectSeconds } });

    expect(answer.reply).toEqual(reply);
    expect(hop.clients).toHaveLength(1);
  });
});

describe('tls=never', () => {
  it('leaves STARTTLS alone', async () => {
    const hop = await bed.start(secured(right));

    expect((await bed.deliver(hop.nextHop('never'))).answer.isTaken).toBe(true);
    expect(hop.clients[0]?.heard).not.toContain('STARTTLS');
  });
});
