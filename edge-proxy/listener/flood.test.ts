/** Floods of connections that are refused anyway, or say nothing: others are greeted all the while. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ProxyBed } from '../../test/support/edge-proxy-bed.ts';
import { testPolicy } from '../../test/support/policy.ts';

/** More than are told why they are refused, and than may wait for a PROXY protocol header. */
const COUNT = 1300;
const AT_ONCE = 100;
const GREETING = '220 mx.example.com ESMTP Postern\r\n';

let bed: ProxyBed;
let sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await bed.close();
});

type Attackers = Readonly<{ port: () => number; addresses: number; count: number }>;

/** Connections from so many addresses in 127.1.0.0/16, which say nothing. */
async function flood({ port, addresses, count }: Attackers): Promise<void> {
  for (let at = 0; at < count; at += AT_ONCE) {
    const round = Array.from({ length: AT_ONCE }, async (_, offset) => {
      const localAddress = `127.1.0.${((at + offset) % addresses) + 1}`;
      const socket = createConnection({ port: port(), host: '127.0.0.1', localAddress, allowHalfOpen: true });
      sockets.push(socket.on('error', () => undefined));
      await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    });
    await Promise.all(round);
  }
}

const DENY = testPolicy({}, [{ item: 'client#127.1.0.0/16', access: 'deny' }]);
const PROXIES = testPolicy({ proxyProtocolNetworks: ['127.1.0.0/16'], maxConnections: 10 });
const plain = (): number => bed.port;
const tls = (): number => bed.tlsPort;

/** What comes, the policy, and why those that were closed without a word were. */
const FLOODS: readonly [string, ReturnType<typeof testPolicy>, Attackers, string | undefined][] = [
  [
    'refused, of one client',
    testPolicy(),
    { port: plain, addresses: 1, count: COUNT },
    'settings#maxConnectionsPerClient',
  ],
  [
    'refused, of 50 clients',
    testPolicy({ maxConnectionsPerClient: 2 }),
    { port: plain, addresses: 50, count: COUNT },
    'settings#maxConnectionsPerClient',
  ],
  [
    'refused and silent before TLS, of one client',
    testPolicy(),
    { port: tls, addresses: 1, count: COUNT },
    'settings#maxConnectionsPerClient',
  ],
  [
    'refused and silent before TLS, of 50 clients',
    testPolicy({ maxConnectionsPerClient: 2 }),
    { port: tls, addresses: 50, count: COUNT },
    'settings#maxConnectionsPerClient',
  ],
  ['denied, of one client', DENY, { port: plain, addresses: 1, count: COUNT }, 'client#127.1.0.0/16'],
  [
    'denied and silent before TLS, of 50 clients',
    DENY,
    { port: tls, addresses: 50, count: COUNT },
    'client#127.1.0.0/16',
  ],
  ['silent before TLS, of 50 clients', testPolicy(), { port: tls, addresses: 50, count: COUNT }, undefined],
  [
    'silent before their PROXY header, of one proxy',
    PROXIES,
    { port: plain, addresses: 1, count: COUNT },
    'waiting-for-proxy-header',
  ],
  [
    'silent before their PROXY header, of 50 proxies',
    PROXIES,
    { port: tls, addresses: 50, count: COUNT },
    'waiting-for-proxy-header',
  ],
];

describe('a stranger is greeted under a flood of connections', () => {
  it.each(FLOODS)('%s', async (_what, policy, attackers, reason) => {
    bed = await ProxyBed.start({ policy });
    await flood(attackers);
    // All have been accepted, and judged, before those who come later.
    const stranger = await bed.connect();
    const underTls = await bed.greetedTls();

    expect(await stranger.hear()).toBe(GREETING);
    expect(underTls.heard).toBe(GREETING);
    const told = bed.lines.filter(({ event }) => event === 'closed-without-reply');
    expect(told).toEqual(reason === undefined ? [] : [expect.objectContaining({ count: 1, reasons: { [reason]: 1 } })]);
    if (reason === undefined) expect(bed.proxy.closedWithoutReply).toBe(0);
    else expect(bed.proxy.closedWithoutReply).toBeGreaterThan(100);
  });
});

it('tells each client why it is refused, however many another one has', async () => {
  bed = await ProxyBed.start({ policy: testPolicy({ maxConnectionsPerClient: 1 }) });
  await flood({ port: plain, addresses: 1, count: 200 });
  const first = await bed.greeted();

  const second = await bed.connect();

  expect(await second.hear()).toMatch(/^421 4\.7\.0 Too many connections/);
  first.end();
});
