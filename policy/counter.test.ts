import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNetwork } from './client-network.ts';
import { loginCounter, loginNameOf, loginScope, sendingAttributes, sendingCounter, sendingScope } from './counter.ts';

function digestOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

describe('loginCounter', () => {
  it.each([
    ['as it is', 'alice@example.com'],
    ['in capitals', 'ALICE@Example.COM'],
    ['with a soft hyphen', 'ali\u00ADce@example.com'],
    ['in full-width letters', 'ａｌｉｃｅ@example.com'],
  ])('is one for all spellings of a name: %s', (_form, username) => {
    expect(loginCounter(username)).toBe('login#alice@example.com');
  });

  it.each([
    ['the empty name', ''],
    ['a prohibited character', 'ali\u0007ce'],
    ['a name beyond the longest key', 'a'.repeat(2049)],
    ['a name beyond the longest key with its kind', 'a'.repeat(2043)],
  ])('counts %s by its digest', (_what, username) => {
    expect(loginCounter(username)).toBe(`login#${digestOf(username)}`);
  });

  it('names what just fits a key', () => {
    expect(loginCounter('a'.repeat(2042))).toBe(`login#${'a'.repeat(2042)}`);
  });
});

describe('loginScope', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7/32'],
    ['0.0.0.0', '0.0.0.0/32'],
    ['255.255.255.255', '255.255.255.255/32'],
    // IPv4-mapped (RFC 4291 section 2.5.5.2), dotted and in hexadecimal.
    ['::ffff:203.0.113.7', '203.0.113.7/32'],
    ['::ffff:cb00:7107', '203.0.113.7/32'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8::/64'],
    ['2001:db8:0:2::1', '2001:db8:0:2::/64'],
    ['0:0:0:1::1', '0:0:0:1::/64'],
    ['::1', '::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['', 'unknown'],
    ['nonsense', 'nonsense'],
  ])('of %s is %s', (address, scope) => {
    expect(loginScope(address)).toBe(scope);
  });

  it('is the same for the whole of a /64 and for no address outside of it', async () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    const groups = fc.array(group, { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(groups, groups, groups, groups, async (network, other, host, otherHost) => {
        const scopeOf = (...all: number[][]) =>
          loginScope(
            all
              .flat()
              .map((value) => value.toString(16))
              .join(':'),
          );
        // An IPv4-mapped address is no address of a /64.
        fc.pre([network, other].every((values) => values.some((value) => value !== 0)));

        const scope = scopeOf(network, host);

        expect(parseNetwork(scope)).toEqual({ ok: true, value: { family: 6, bits: bitsOf(network), prefix: 64 } });
        expect(scopeOf(network, otherHost)).toBe(scope);
        expect(scopeOf(other, host) === scope).toBe(String(other) === String(network));
      }),
    );
  });
});

function bitsOf(network: readonly number[]): bigint {
  return network.reduce((bits, value) => (bits << 16n) | BigInt(value), 0n) << 64n;
}

describe('sendingCounter', () => {
  it('is the user, by digest where the name is too long for a key', () => {
    const fitting = 'a'.repeat(2043);

    expect(sendingCounter('alice@example.com')).toBe('sent#alice@example.com');
    expect(sendingCounter(fitting)).toBe(`sent#${fitting}`);
    expect(sendingCounter(`${fitting}a`)).toBe(`sent#${digestOf(`${fitting}a`)}`);
  });
});

it.each([
  [Date.UTC(2026, 10, 24), '2026-11-24'],
  [Date.UTC(2026, 10, 24, 23, 59, 59, 999), '2026-11-24'],
  [Date.UTC(2026, 10, 25), '2026-11-25'],
])('sendingScope of %d ms is the UTC day %s', (nowMs, day) => {
  expect(sendingScope(nowMs)).toBe(day);
});

// Each hour of the UTC day has attributes of its own, so that the sum of an hour begins at none.
it.each([
  [Date.UTC(2026, 10, 24), '00'],
  [Date.UTC(2026, 10, 24, 9, 59, 59, 999), '09'],
  [Date.UTC(2026, 10, 24, 10), '10'],
  [Date.UTC(2026, 10, 24, 23, 30), '23'],
])('sendingAttributes of %d ms are those of the hour %s', (nowMs, hour) => {
  expect(sendingAttributes(nowMs)).toEqual({
    messagesPerHour: `messagesH${hour}`,
    messagesPerDay: 'messages',
    recipientsPerHour: `recipientsH${hour}`,
    recipientsPerDay: 'recipients',
  });
});

describe('loginNameOf', () => {
  it.each(['alice@example.com', 'login#', 'a#b'])('gives the name back that %s is counted by', (name) => {
    expect(loginNameOf(loginCounter(name))).toBe(name);
  });

  it('gives the digest of a name that has no key', () => {
    expect(loginNameOf(loginCounter(''))).toBe(digestOf(''));
  });

  it.each(['sent#alice@example.com', 'live#mx1', 'sent#login#', ''])('knows no name of the counter %j', (counter) => {
    expect(loginNameOf(counter)).toBeUndefined();
  });
});
