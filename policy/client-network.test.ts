import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CLIENT_ACCESS,
  type ClientAccess,
  type ClientRule,
  canonicalIpAddress,
  clientRule,
  isInNetworks,
  parseAddress,
  parseNetwork,
  plainAddress,
} from './client-network.ts';

function rule(text: string, access: ClientAccess = 'relay'): ClientRule {
  const network = parseNetwork(text);
  if (!network.ok) throw new TypeError(network.problem);
  return { network: network.value, access, rule: `client#${text}` };
}

describe('plainAddress', () => {
  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['1::ffff:192.0.2.1', '1::ffff:192.0.2.1'],
    ['::ffff:192.0.2.1x', '::ffff:192.0.2.1x'],
    ['::ffff:192.0.2', '::ffff:192.0.2'],
    ['::ffff:10.20.30.40', '10.20.30.40'],
  ])('writes %j as %j', (address, plain) => {
    expect(plainAddress(address)).toBe(plain);
  });
});

describe('parseAddress', () => {
  it.each([
    ['0.0.0.0', 4, 0n],
    ['192.0.2.1', 4, 0xc0000201n],
    ['255.255.255.255', 4, 0xffffffffn],
    ['::ffff:192.0.2.1', 4, 0xc0000201n],
    ['::ffff:c000:201', 4, 0xc0000201n],
    ['0:0:0:0:0:FFFF:192.0.2.1', 4, 0xc0000201n],
    ['::', 6, 0n],
    ['::1', 6, 1n],
    ['1::', 6, 1n << 112n],
    ['2001:db8::ff', 6, 0x20010db8_00000000_00000000_000000ffn],
    ['1:2:3:4:5:6:7:8', 6, 0x00010002_00030004_00050006_00070008n],
    ['1:2::7:8', 6, 0x00010002_00000000_00000000_00070008n],
    ['64:ff9b::192.0.2.33', 6, 0x0064ff9b_00000000_00000000_c0000221n],
    ['64:ff9b::10.200.100.1', 6, 0x0064ff9b_00000000_00000000_0ac86401n],
    ['::fffe:192.0.2.1', 6, 0xfffe_c0000201n],
    ['::1:ffff:c000:201', 6, 0x1_ffff_c0000201n],
    ['::192.0.2.1', 6, 0xc0000201n],
    ['fe80::1%eth0', 6, 0xfe80_0000_0000_0000_0000_0000_0000_0001n],
  ] as const)('reads %s as IPv%i', (text, family, bits) => {
    expect(parseAddress(text)).toEqual({ family, bits });
  });

  it.each(['', 'localhost', '192.0.2', '192.0.2.256', '1:2:3', '1::2::3', ':::', '192.0.2.1/32', ' 192.0.2.1'])(
    'does not read %j',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );
});

describe('parseNetwork', () => {
  it.each([
    ['203.0.113.0/24', 4, 0xcb007100n, 24],
    ['203.0.113.7', 4, 0xcb007107n, 32],
    ['203.0.113.7/32', 4, 0xcb007107n, 32],
    ['0.0.0.0/0', 4, 0n, 0],
    ['128.0.0.0/1', 4, 0x80000000n, 1],
    ['::/0', 6, 0n, 0],
    ['2001:db8::/32', 6, 0x20010db8n << 96n, 32],
    ['::1', 6, 1n, 128],
    ['::1/128', 6, 1n, 128],
    ['::ffff:203.0.113.0/120', 4, 0xcb007100n, 24],
    ['::ffff:0.0.0.0/96', 4, 0n, 0],
    ['::ffff:203.0.113.7/128', 4, 0xcb007107n, 32],
    ['::ffff:203.0.113.7', 4, 0xcb007107n, 32],
  ] as const)('reads %s', (text, family, bits, prefix) => {
    expect(parseNetwork(text)).toEqual({ ok: true, value: { family, bits, prefix } });
  });

  it.each(['', 'example.com', '203.0.113.0/24/8', '/24', '203.0.113/24'])('refuses %j, no network', (text) => {
    expect(parseNetwork(text)).toEqual({
      ok: false,
      problem: `"${text}" is not an IP network: write 203.0.113.0/24 or 2001:db8::/32`,
    });
  });

  it.each([
    ['203.0.113.0/33', '33', '0 to 32'],
    ['203.0.113.0/', '', '0 to 32'],
    ['203.0.113.0/x', 'x', '0 to 32'],
    ['203.0.113.0/-1', '-1', '0 to 32'],
    ['203.0.113.0/24.0', '24.0', '0 to 32'],
    ['203.0.113.0/0x18', '0x18', '0 to 32'],
    ['203.0.113.0/ 24', ' 24', '0 to 32'],
    ['203.0.113.0/0024', '0024', '0 to 32'],
    ['2001:db8::/129', '129', '0 to 128'],
    ['::ffff:203.0.113.0/95', '95', '96 to 128'],
    ['::ffff:203.0.113.0/129', '129', '96 to 128'],
  ])('refuses the prefix of %j', (text, prefix, allowed) => {
    expect(parseNetwork(text)).toEqual({
      ok: false,
      problem: `"${text}" has prefix ${prefix} where ${allowed} are allowed`,
    });
  });

  it.each([
    ['203.0.113.1/24', '203.0.113.0/24'],
    ['203.0.113.1/31', '203.0.113.0/31'],
    ['128.0.0.0/0', '0.0.0.0/0'],
    ['2001:db8::1/127', '2001:db8::/127'],
    ['::1/0', '::/0'],
    ['fe80::1%eth0/64', 'fe80::/64'],
    ['::ffff:203.0.113.1/120', '203.0.113.0/24'],
  ])('refuses %j, an address in %s', (text, network) => {
    const problem = `"${text}" is an address in a network: did you mean ${network}?`;

    expect(parseNetwork(text)).toEqual({ ok: false, problem });
  });
});

/** The naive oracle: an address as a string of bits. */
function bitString(octets: readonly number[]): string {
  return octets.map((octet) => octet.toString(2).padStart(8, '0')).join('');
}

function writeAddress(octets: readonly number[]): string {
  if (octets.length === 4) return octets.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((octets[2 * index] ?? 0) << 8) | (octets[2 * index + 1] ?? 0)).toString(16),
  );
  return groups.join(':');
}

describe('clientRule', () => {
  it.each([
    ['in the network', ['203.0.113.0/24'], '203.0.113.255', 'client#203.0.113.0/24'],
    ['one above the network', ['203.0.113.0/24'], '203.0.114.0', undefined],
    ['one below the network', ['203.0.113.0/24'], '203.0.112.255', undefined],
    ['mapped into IPv6', ['203.0.113.0/24'], '::ffff:203.0.113.9', 'client#203.0.113.0/24'],
    ['mapped into IPv6 and in hexadecimal', ['203.0.113.0/24'], '::ffff:cb00:7109', 'client#203.0.113.0/24'],
    ['in all of IPv6 but in IPv4', ['::/0'], '203.0.113.9', undefined],
    ['in all of IPv4 but in IPv6', ['0.0.0.0/0'], '::cb00:7109', undefined],
    ['in two networks, the wider first', ['203.0.0.0/16', '203.0.113.0/24'], '203.0.113.9', 'client#203.0.113.0/24'],
    ['in two networks, the wider last', ['203.0.113.0/24', '203.0.0.0/16'], '203.0.113.9', 'client#203.0.113.0/24'],
    ['no address', ['0.0.0.0/0', '::/0'], 'unix', undefined],
    ['without rules', [], '203.0.113.9', undefined],
  ])('finds the rule of a client that is %s', (_what, networks, address, expected) => {
    expect(
      clientRule(
        networks.map((text) => rule(text)),
        address,
      )?.rule,
    ).toBe(expected);
  });

  it('lets deny win a tie, in either order, and specificity win over deny', () => {
    const deny = rule('203.0.113.7', 'deny');
    const relay = rule('203.0.113.7/32', 'relay');
    const wide = rule('203.0.113.0/24', 'deny');

    expect(clientRule([deny, relay], '203.0.113.7')).toBe(deny);
    expect(clientRule([relay, deny], '203.0.113.7')).toBe(deny);
    expect(clientRule([wide, relay], '203.0.113.7')).toBe(relay);
    expect(clientRule([relay, wide], '203.0.113.7')).toBe(relay);
  });

  it('takes the first of equal rules', () => {
    const first = rule('203.0.113.7', 'relay');

    expect(clientRule([first, rule('203.0.113.7/32', 'relay')], '203.0.113.7')).toBe(first);
  });

  it('agrees with a comparison of bit strings', async () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const octets = fc.constantFrom(4, 16).chain((size) => fc.array(octet, { minLength: size, maxLength: size }));
    const networks = octets.chain((address) => fc.tuple(fc.constant(address), fc.nat(address.length * 8)));
    await fc.assert(
      fc.property(networks, octets, fc.nat(128), ([network, prefix], client, shared) => {
        // Half of the clients share the network's first bits, or hardly one would be inside.
        const bits = bitString(client);
        const near =
          shared % 2 === 0 && client.length === network.length
            ? bitString(network).slice(0, shared) + bits.slice(shared)
            : bits;
        const address = (near.slice(0, client.length * 8).match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
        const base = (
          bitString(network)
            .slice(0, prefix)
            .padEnd(network.length * 8, '0')
            .match(/.{8}/g) ?? []
        ).map((byte) => Number.parseInt(byte, 2));
        const isInside =
          client.length === network.length && bitString(address).slice(0, prefix) === bitString(base).slice(0, prefix);

        const found = clientRule([rule(`${writeAddress(base)}/${prefix}`)], writeAddress(address));

        expect(found !== undefined).toBe(isInside);
      }),
      { numRuns: 500 },
    );
  });
});

describe('canonicalIpAddress', () => {
  it.each<[4 | 6, string, string | undefined]>([
    [4, '192.0.2.1', '192.0.2.1'],
    [4, '192.0.2.01', undefined],
    [4, '192.0.2', undefined],
    [4, '2001:db8::1', undefined],
    [4, '::ffff:192.0.2.1', undefined],
    [6, '2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
    [6, '2001:db8::1', '2001:db8::1'],
    [6, '0:0:0:0:0:0:0:0', '::'],
    [6, '::FFFF:c000:201', '192.0.2.1'],
    [6, '::ffff:192.0.2.1', '192.0.2.1'],
    [6, '192.0.2.1', undefined],
    [6, 'fe80::1%eth0', undefined],
    [6, '1::2::3', undefined],
    [6, '', undefined],
  ])('of family %i and "%s" is %s', (family, text, expected) => {
    expect(canonicalIpAddress(family, text)).toBe(expected);
  });
});

describe('isInNetworks', () => {
  const NETWORKS = ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::ffff:198.51.100.0/120'];

  it.each<[string, boolean]>([
    ['10.255.255.255', true],
    ['11.0.0.0', false],
    ['192.0.2.1', true],
    ['192.0.2.2', false],
    ['::ffff:10.0.0.1', true],
    ['198.51.100.7', true],
    ['198.51.101.7', false],
    ['2001:db8:ffff::1', true],
    ['2001:db9::', false],
    // The same bits in the other family.
    ['::a00:1', false],
    ['mx.example.com', false],
    ['', false],
  ])('of %s is %s', (address, expected) => {
    const networks = NETWORKS.map((text) => rule(text).network);

    expect(isInNetworks(networks, address)).toBe(expected);
    expect(isInNetworks([...networks].reverse(), address)).toBe(expected);
    expect(isInNetworks([], address)).toBe(false);
  });
});

describe('the accesses', () => {
  it('are deny and relay', () => {
    expect(CLIENT_ACCESS).toEqual(['deny', 'relay']);
  });
});
