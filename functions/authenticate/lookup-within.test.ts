import type { LookupAddress, lookup } from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { issuerSchema } from '../../policy/issuer.ts';
import { isReachable } from '../../policy/reachable-address.ts';
import { fetchJson, problemOfFetch } from './fetch-json.ts';
import { IssuerKeys } from './issuer-keys.ts';

const NOT_PUBLIC = [
  ...['0.0.0.0', '10.0.0.1', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.255.255.255', '169.254.169.254'],
  ...[
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.0.8',
    '198.18.0.1',
    '224.0.0.1',
    '239.1.1.1',
    '255.255.255.255',
  ],
  ...['::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '64:ff9b::7f00:1', 'fe80::1', 'fc00::1', 'fd00:ec2::254'],
  ...['ff02::1', 'fec0::1', '2001:db8::1', '2001::1', '2002:7f00:1::', '3fff::1'],
];

describe('an address', () => {
  it.each(NOT_PUBLIC)('is not public: %s', (address) => {
    expect(isReachable(address, 'public')).toBe(false);
  });

  it.each([
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.0.1',
    '172.32.0.1',
    '223.255.255.255',
    '2606:4700::1111',
    '2a00::1',
  ])('is public: %s', (address) => {
    expect(isReachable(address, 'public')).toBe(true);
    expect(isReachable(address, 'loopback')).toBe(false);
  });

  it('of the machine itself is all that a loopback issuer may have', () => {
    expect(NOT_PUBLIC.filter((address) => isReachable(address, 'loopback'))).toEqual([
      '127.0.0.1',
      '127.255.255.255',
      '::1',
    ]);
  });

  it('that is none is out of reach', () => {
    expect(isReachable('localhost', 'public')).toBe(false);
    expect(isReachable('', 'loopback')).toBe(false);
  });
});

/** A listener that counts its connections, and a fetch of keys from it by any URL. */
async function bed(url: (port: number) => string, addresses?: readonly string[]) {
  let connections = 0;
  const server = createServer((_request, response) => response.end('{"keys":[]}'));
  server.on('connection', () => {
    connections += 1;
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const answers: readonly LookupAddress[] = (addresses ?? []).map((address) => ({
    address,
    family: address.includes(':') ? 6 : 4,
  }));
  // The resolver's hook, as the socket calls it.
  const resolve = ((_name: string, _options: object, done: (error: null, found: readonly LookupAddress[]) => void) =>
    setImmediate(done, null, answers)) as unknown as typeof lookup;
  const target = url((server.address() as AddressInfo).port);
  const signal = AbortSignal.timeout(5000);
  const problem = await fetchJson(target, { signal, ...(addresses && { resolve }) }).then(
    () => 'fetched',
    (error: unknown) => problemOfFetch(error),
  );
  return { problem, connections };
}

describe('a document', () => {
  it.each([
    ['an address', (port: number) => `http://127.0.0.1:${port}/`],
    ['an address under TLS', (port: number) => `https://127.0.0.1:${port}/`],
    ['an address as one number', (port: number) => `https://2130706433:${port}/`],
    ['an address of IPv6', (port: number) => `https://[::1]:${port}/`],
    ['an address of IPv4 in IPv6', (port: number) => `https://[::ffff:127.0.0.1]:${port}/`],
    ['the metadata service', () => 'https://169.254.169.254/'],
    ["Lambda's own API", () => 'http://127.0.0.1:9001/2018-06-01/runtime/invocation/next'],
  ])('is not fetched from %s that is not public', async (_what, url) => {
    expect(await bed(url)).toEqual({ problem: expect.stringMatching(/ that is not public$/), connections: 0 });
  });

  it('is not fetched from a name of the machine itself, as the system resolves it', async () => {
    for (const scheme of ['http', 'https']) {
      expect(await bed((port) => `${scheme}://localhost:${port}/`)).toEqual({
        problem: expect.stringMatching(/^fetch failed: localhost is at (?:127\.0\.0\.1|::1), which is not public$/),
        connections: 0,
      });
    }
  });

  it.each([
    [['127.0.0.1']],
    [['::1']],
    [['169.254.169.254']],
    [['10.1.2.3']],
    [['fd00::1']],
    // One that is public beside it lends it nothing, in either order.
    [['8.8.8.8', '127.0.0.1']],
    [['127.0.0.1', '8.8.8.8']],
  ])('is not fetched from a name that resolves to %j', async (addresses) => {
    expect(await bed((port) => `https://keys.example:${port}/`, addresses)).toEqual({
      problem: expect.stringMatching(/^fetch failed: keys\.example is at \S+, which is not public$/),
      connections: 0,
    });
  });

  it('is not fetched from a name without an address', async () => {
    expect(await bed(() => 'https://keys.example/', [])).toMatchObject({
      problem: 'fetch failed: keys.example has no address',
    });
  });
});

describe('keys of an issuer on the machine itself', () => {
  it.each(['http://127.0.0.1:1', 'https://127.0.0.1:1', 'https://localhost:1'])(
    'are not asked for at %s, but where that is allowed, in the clear',
    async (url) => {
      const find = async (mayUseLoopback: boolean) => {
        const keys = new IssuerKeys({ nowMs: () => 0, mayUseLoopback });
        // No item may name the latter two, and whatever comes this far is refused here as well.
        const issuer = { ...issuerSchema.parse({ issuer: 'https://a.example', audience: 'a' }), issuer: url };
        return (await keys.find(issuer, { alg: 'ES256' })).problem;
      };

      expect(await find(false)).toMatch(/not public$/);
      expect(await find(true)).toMatch(url.startsWith('http:') ? /ECONNREFUSED$/ : /not public$/);
    },
  );
});
