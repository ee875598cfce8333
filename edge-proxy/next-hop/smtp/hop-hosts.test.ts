/** Several hosts of a hop, several addresses of a host: which are tried, in what order, and what is told of it. */
import { readFile } from 'node:fs/promises';
import type * as net from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SmtpNextHop } from '../../../policy/next-hop.ts';
import { REPLIES } from '../../../policy/reply.ts';
import { freePort } from '../../../test/support/free-port.ts';
import { HopBed, until } from '../../../test/support/hop-bed.ts';
import { offerOne } from '../../../test/support/offer-one.ts';
import { politely, type ScriptedHop, serve } from '../../../test/support/scripted-hop.ts';
import { offering, underTls } from '../../../test/support/tls-hop.ts';
import type { LogFields } from '../../log.ts';
import { HOP_POOL_LIMITS } from './pool/hop-pool.ts';
import { SmtpNextHops } from './smtp-next-hops.ts';

/** Addresses that are no one's (RFC 5737): one never answers, one answers after a while as 127.0.0.1 does. */
const BLACK_HOLE = '192.0.2.1';
const SLOW = '192.0.2.2';
const SLOW_MS = 600;

const { tries, addresses, clock } = vi.hoisted(() => ({
  tries: [] as string[],
  addresses: new Map<string, string[]>(),
  clock: { aheadMs: 0 },
}));

vi.mock(import('node:net'), async (original) => {
  const real = await original();
  const connect = (options: net.TcpNetConnectOpts): net.Socket => {
    tries.push(`${options.host}`);
    if (options.host === BLACK_HOLE) return new real.Socket();
    if (options.host !== SLOW) return real.connect(options);
    const socket = new real.Socket(options as net.SocketConstructorOpts);
    setTimeout(() => socket.connect({ ...options, host: '127.0.0.1' }), SLOW_MS);
    return socket;
  };
  return { ...real, connect: connect as typeof real.connect };
});

vi.mock(import('node:dns/promises'), async (original) => {
  const lookup = async (host: string) =>
    (addresses.get(host) ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return { ...(await original()), lookup: lookup as never };
});

let bed: HopBed;
let lines: LogFields[];
beforeEach(() => {
  const realNow = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => realNow() + clock.aheadMs);
  clock.aheadMs = 0;
  tries.length = 0;
  addresses.clear();
  lines = [];
  bed = new HopBed();
  // A connection for each message, so that each looks for a host.
  bed.nextHops = new SmtpNextHops({
    ehloName: () => 'proxy.example',
    limits: { ...HOP_POOL_LIMITS, maxTransactions: 1 },
    log: (fields) => void lines.push(fields),
  });
});
afterEach(async () => {
  await bed.close();
  vi.restoreAllMocks();
});

function hopOf(...hosts: readonly (readonly [string, number])[]): SmtpNextHop {
  const [first, ...others] = hosts.map(([host, port]) => ({ host, port }));
  if (first === undefined) throw new RangeError('A hop has a host');
  return { kind: 'smtp', hosts: [first, ...others], tls: 'never' };
}

async function codeOf(hop: SmtpNextHop, connectSeconds = 10): Promise<number> {
  return (await bed.deliver(hop, { timeouts: { connectSeconds } })).answer.reply.code;
}

describe('several hosts', () => {
  it('are asked in their order: the first has all mail while it is well', async () => {
    const first = await bed.start(politely());
    const second = await bed.start(politely());

    for (let sent = 0; sent < 5; sent += 1) await codeOf(hopOf(['127.0.0.1', first.port], ['127.0.0.1', second.port]));

    expect([first.clients.length, second.clients.length]).toEqual([5, 0]);
  });

  it.each<[string, (bed: HopBed) => Promise<number>]>([
    ['refuses connections', freePort],
    [
      'turns us away',
      async (own) => (await own.start((client) => Promise.resolve(client.hangUp('554 5.7.1 no\r\n')))).port,
    ],
    [
      'is busy',
      async (own) => (await own.start((client) => Promise.resolve(client.hangUp('421 4.3.2 busy\r\n')))).port,
    ],
    ['hangs up', async (own) => (await own.start((client) => Promise.resolve(client.hangUp()))).port],
    ['babbles', async (own) => (await own.start((client) => Promise.resolve(client.say('HTTP/1.1 400\r\n')))).port],
    ['says no EHLO', async (own) => (await own.start(politely({ EHLO: '421 4.3.2 bye\r\n' }))).port],
  ])('lose no message when the first %s, and it is asked once in 30 s', async (_, start) => {
    const second = await bed.start(politely());
    const hop = hopOf(['127.0.0.1', await start(bed)], ['127.0.0.1', second.port]);

    const codes: number[] = [];
    for (let sent = 0; sent < 5; sent += 1) codes.push(await codeOf(hop));

    expect(codes).toEqual([250, 250, 250, 250, 250]);
    expect(tries).toHaveLength(6);
    expect(second.clients).toHaveLength(5);
  });

  it('of which one is dead cost one client one connect time in 30 s, and no other', async () => {
    const second = await bed.start(politely());
    const hop = hopOf([BLACK_HOLE, 25], ['127.0.0.1', second.port]);
    const holes = (): number => tries.filter((address) => address === BLACK_HOLE).length;

    expect(await codeOf(hop, 0.2)).toBe(250);
    await Promise.all(Array.from({ length: 10 }, () => codeOf(hop, 0.2)));
    expect(holes()).toBe(1);
    clock.aheadMs += 30_000;
    expect(await Promise.all(Array.from({ length: 10 }, () => codeOf(hop, 0.2)))).not.toContain(451);
    expect(holes()).toBe(2);
  });

  it('of which one does not answer are not waited for by those who come a second later', async () => {
    const second = await bed.start(politely());
    const hop = hopOf([BLACK_HOLE, 25], ['127.0.0.1', second.port]);
    const slow = bed.begin(hop);
    const waiting = offerOne(slow, 'a@x.example');
    await until(() => tries.length === 1);
    clock.aheadMs += 1000;

    expect(await codeOf(hop)).toBe(250);

    expect(tries).toEqual([BLACK_HOLE, '127.0.0.1']);
    slow.abandon();
    await waiting;
  });

  it('have the first again when it is well', async () => {
    const second = await bed.start(politely());
    let isWell = false;
    const flaky = await bed.start(async (client, connection) => {
      if (isWell) await serve(client);
      else client.hangUp(`421 4.3.2 not well: ${connection}\r\n`);
    });
    const withFlaky = hopOf(['127.0.0.1', flaky.port], ['127.0.0.1', second.port]);
    await codeOf(withFlaky);
    isWell = true;
    clock.aheadMs += 30_000;

    await codeOf(withFlaky);
    await codeOf(withFlaky);

    expect([flaky.clients.length, second.clients.length]).toEqual([3, 1]);
  });

  it('that are all dead are 451, with what each failed of, and are asked by the next client too', async () => {
    const ports = [await freePort(), await freePort()] as const;
    const hop = hopOf(['127.0.0.1', ports[0]], ['127.0.0.1', ports[1]]);

    const { answer } = await bed.deliver(hop);

    expect(answer.reply).toEqual(REPLIES.hopDown);
    expect(answer.detail).toBe(ports.map((port) => `127.0.0.1:${port}: ECONNREFUSED at connecting`).join('; '));
    await bed.deliver(hop);
    expect(tries).toHaveLength(4);
  });

  it('are told of once when one fails, and once when it is well again', async () => {
    let isWell = false;
    const first = await bed.start(async (client) => {
      if (isWell) await serve(client);
      else client.hangUp('421 4.3.2 not well\r\n');
    });
    const second = await bed.start(politely());
    const hop = hopOf(['127.0.0.1', first.port], ['127.0.0.1', second.port]);

    for (let sent = 0; sent < 4; sent += 1) {
      await codeOf(hop);
      clock.aheadMs += 30_000;
    }
    isWell = true;
    await codeOf(hop);

    const nextHop = `smtp://127.0.0.1:${first.port},127.0.0.1:${second.port}?tls=never`;
    const host = `127.0.0.1:${first.port}`;
    expect(lines).toEqual([
      { event: 'next-hop-host-failed', nextHop, host, problem: expect.stringContaining('421 4.3.2 not well') },
      {
        event: 'next-hop-recovered',
        nextHop,
        host,
        from: 'next-hop-host-failed',
        seconds: expect.toSatisfy((seconds: number) => seconds >= 120),
      },
    ]);
  });
});

describe('several addresses of a host', () => {
  let hop: ScriptedHop;
  let named: SmtpNextHop;
  beforeEach(async () => {
    hop = await bed.start(politely());
    named = hopOf(['mail.internal', hop.port]);
  });

  it('are tried a little later each, and the one that answers is taken', async () => {
    addresses.set('mail.internal', [BLACK_HOLE, '127.0.0.1']);

    expect(await codeOf(named)).toBe(250);
    expect(tries).toEqual([BLACK_HOLE, '127.0.0.1']);
  });

  it('have the one that did not answer tried last from then on', async () => {
    addresses.set('mail.internal', [BLACK_HOLE, '127.0.0.1']);
    await codeOf(named);
    tries.length = 0;

    expect([await codeOf(named), await codeOf(named)]).toEqual([250, 250]);
    expect(tries).toEqual(['127.0.0.1', '127.0.0.1']);
  });

  it.each([
    ['the last one refuses', [SLOW, '127.0.0.3']],
    ['another never answers', [SLOW, BLACK_HOLE]],
    ['another refuses before', ['127.0.0.3', SLOW]],
  ])('leave a slow one its time when %s', async (_, found) => {
    const listening = await bed.start(politely());
    addresses.set('mail.internal', found);

    expect(await codeOf(hopOf(['mail.internal', listening.port]))).toBe(250);
  });

  it('are tried at once when the one before refuses', async () => {
    addresses.set('mail.internal', ['127.0.0.3', '127.0.0.4', '127.0.0.1']);

    expect(await codeOf(named)).toBe(250);
    expect(tries).toEqual(['127.0.0.3', '127.0.0.4', '127.0.0.1']);
  });

  it('are tried when the one that answered turns us away', async () => {
    const sour = await bed.start((client) => Promise.resolve(client.hangUp('421 4.3.2 busy\r\n')));
    addresses.set('mail.internal', ['127.0.0.1', '127.0.0.3']);

    const { answer } = await bed.deliver(hopOf(['mail.internal', sour.port]));

    expect(tries).toEqual(['127.0.0.1', '127.0.0.3']);
    expect(answer.reply).toEqual(REPLIES.hopDown);
  });

  it('are tried in the order of the system, the families in turn', async () => {
    addresses.set('mail.internal', ['::1', '::2', '127.0.0.3', '127.0.0.4']);

    await codeOf(hopOf(['mail.internal', await freePort()]), 0.5);

    expect(tries.slice(0, 4)).toEqual(['::1', '127.0.0.3', '::2', '127.0.0.4']);
  });

  it('that are all dead are told of each', async () => {
    addresses.set('mail.internal', ['127.0.0.3', BLACK_HOLE]);

    const { answer } = await bed.deliver(hopOf(['mail.internal', await freePort()]), {
      timeouts: { connectSeconds: 0.1 },
    });

    expect(answer.detail).toBe(`127.0.0.3 ECONNREFUSED, ${BLACK_HOLE} late at connecting`);
  });

  it('that are none are 451', async () => {
    const { answer } = await bed.deliver(named);

    expect(answer.reply).toEqual(REPLIES.hopDown);
  });
});

describe('TLS that is broken', () => {
  it('is told of once, with the mail that goes in the clear, and once when it is well again', async () => {
    let isWell = false;
    const broken = politely({
      EHLO: offering('STARTTLS'),
      STARTTLS: async (client) => {
        client.say('220 go\r\n');
        await client.hearSomething();
        client.hangUp('no TLS\r\n');
      },
    });
    const hop = await bed.start(async (client, connection) => {
      await (isWell ? underTls({}) : broken)(client, connection);
    });

    const inTheClear = [await bed.deliver(hop.nextHop('offer')), await bed.deliver(hop.nextHop('offer'))];
    isWell = true;
    const secured = await bed.deliver(hop.nextHop('offer'));

    expect([...inTheClear, secured].map(({ answer }) => answer.isTaken)).toEqual([true, true, true]);
    const nextHop = `smtp://127.0.0.1:${hop.port}?tls=offer`;
    const host = `127.0.0.1:${hop.port}`;
    expect(lines).toEqual([
      { event: 'next-hop-tls-failed', nextHop, host, problem: expect.stringMatching(/^TLS handshake failed: /) },
      { event: 'next-hop-recovered', nextHop, host, from: 'next-hop-tls-failed', seconds: expect.any(Number) },
    ]);
  });

  it('that the hop refuses at STARTTLS is told of too', async () => {
    const hop = await bed.start(politely({ EHLO: offering('STARTTLS'), STARTTLS: '454 4.7.0 no key\r\n' }));

    expect((await bed.deliver(hop.nextHop('offer'))).answer.isTaken).toBe(true);

    expect(lines).toMatchObject([{ event: 'next-hop-tls-failed', problem: 'refused at starttls: 454 4.7.0 no key' }]);
  });

  it.each([
    ['offer', undefined],
    ['never', offering('STARTTLS')],
  ] as const)('is nothing to tell of where tls=%s and EHLO has %j', async (tls, hello) => {
    const hop = await bed.start(politely(hello === undefined ? {} : { EHLO: hello }));

    await bed.deliver(hop.nextHop(tls));

    expect(lines).toEqual([]);
  });

  it.each([
    ['under TLS', true],
    ['in the clear', false],
  ])('or not: an answer says that it was %s', async (_, isTls) => {
    const hop = await bed.start(isTls ? underTls({}) : politely());
    const transaction = bed.begin(hop.nextHop('offer'));

    const recipient = await offerOne(transaction, 'a@x.example');
    const data = await transaction.startContent();

    expect([recipient.isTls, data.isTls]).toEqual([isTls, isTls]);
    transaction.abandon();
  });
});

describe.skipIf(process.platform !== 'linux')('a connection that is silent', () => {
  it('is asked from the 60th second on whether it is there', async () => {
    const hop = await bed.start(politely());
    const [transaction] = await bed.open(hop, 1);
    const port = hop.port.toString(16).toUpperCase().padStart(4, '0');

    const sockets = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/));
    // State 1 is established: one of another test, long closed, may have had the same port.
    const ours = sockets.find(([, , remote, state]) => remote === `0100007F:${port}` && state === '01');
    const [, , , , , timer = ''] = ours ?? [];

    // Kind 2 is keep-alive; then the time to it, in hundredths of a second.
    const [kind, left = ''] = timer.split(':');
    expect(kind).toBe('02');
    expect(Number.parseInt(left, 16)).toBeLessThanOrEqual(6000);
    expect(Number.parseInt(left, 16)).toBeGreaterThan(5000);
    transaction?.abandon();
  });
});
