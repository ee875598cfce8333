import { describe, expect, it } from 'vitest';
import { isReachable } from './reachable-address.ts';

describe('isReachable', () => {
  it.each([
    ['1.1.1.1', true],
    ['9.255.255.255', true],
    ['172.15.255.255', true],
    ['172.32.0.0', true],
    ['223.255.255.255', true],
    ['2606:4700::1111', true],
    ['2001:200::1', true],
    // The machine itself, private networks, and the metadata service of AWS.
    ['0.0.0.0', false],
    ['127.0.0.1', false],
    ['10.0.0.1', false],
    ['100.64.0.1', false],
    ['169.254.169.254', false],
    ['172.16.0.1', false],
    ['172.31.255.255', false],
    ['192.0.0.1', false],
    ['192.168.1.1', false],
    ['::', false],
    ['::1', false],
    ['fc00::1', false],
    ['fd00:ec2::254', false],
    ['fe80::1', false],
    // Multicast, and what is reserved, for documents and for measuring.
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['192.0.2.1', false],
    ['198.19.255.255', false],
    ['198.51.100.1', false],
    ['203.0.113.1', false],
    ['4000::1', false],
    ['ff02::1', false],
    ['2001:db8::1', false],
    ['3fff::1', false],
    // An IPv4 address stands in it: mapped, NAT64, Teredo, 6to4.
    ['::ffff:10.0.0.1', false],
    ['64:ff9b::a00:1', false],
    ['2001::1', false],
    ['2002:a00:1::', false],
  ])('judges whether a fetch of public documents may lead to %s: %s', (address, expected) => {
    expect(isReachable(address, 'public')).toBe(expected);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.255.255.255', true],
    ['::1', true],
    ['126.255.255.255', false],
    ['128.0.0.0', false],
    ['10.0.0.1', false],
    ['1.1.1.1', false],
    ['::', false],
    ['::2', false],
    ['2606:4700::1111', false],
  ])('judges whether a fetch from the machine itself may lead to %s: %s', (address, expected) => {
    expect(isReachable(address, 'loopback')).toBe(expected);
  });

  // A name must be looked up first: its addresses decide.
  it.each(['login.example', 'localhost', '', '127.1'])('lets no fetch lead to %j, which is no address', (text) => {
    expect(isReachable(text, 'public')).toBe(false);
    expect(isReachable(text, 'loopback')).toBe(false);
  });
});
