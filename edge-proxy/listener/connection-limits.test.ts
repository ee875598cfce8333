import { describe, expect, it } from 'vitest';
import { testPolicy } from '../../test/support/policy.ts';
import { ConnectionLimits } from './connection-limits.ts';

const { settings } = testPolicy({ maxConnections: 3, maxConnectionsPerClient: 2 });

function standing(...addresses: string[]): ConnectionLimits {
  const limits = new ConnectionLimits();
  for (const address of addresses) limits.add(address);
  return limits;
}

describe('ConnectionLimits', () => {
  // The connection that would be one too many is refused, with the limit that it meets first.
  it.each<[string, string[], string, string | undefined]>([
    ['the first', [], 'a', undefined],
    ['the second of a client', ['a'], 'a', undefined],
    ['the third of a client', ['a', 'a'], 'a', 'settings#maxConnectionsPerClient'],
    ['the first of another client', ['a', 'a'], 'b', undefined],
    ['the fourth in all', ['a', 'a', 'b'], 'c', 'settings#maxConnections'],
    ['the fourth in all, too many of its client too', ['a', 'a', 'b'], 'a', 'settings#maxConnections'],
  ])('judges %s', (_claim, addresses, next, rule) => {
    expect(standing(...addresses).refusal(next, settings)?.rule).toBe(rule);
  });

  it('says 421 4.7.0 and names the limit', () => {
    expect(standing('a', 'a').refusal('a', settings)).toEqual({
      reply: { code: 421, enhanced: '4.7.0', text: 'Too many connections, try again later' },
      rule: 'settings#maxConnectionsPerClient',
      limit: 2,
    });
    expect(standing('a', 'a', 'b').refusal('c', settings)).toMatchObject({ rule: 'settings#maxConnections', limit: 3 });
  });

  it('takes clients again when others left', () => {
    const limits = standing('a', 'a', 'b');

    limits.remove('a');

    expect(limits.total).toBe(2);
    expect(limits.refusal('a', settings)).toBeUndefined();
  });

  it('counts a client anew whose last connection left', () => {
    const limits = standing('a', 'b');

    limits.remove('a');
    limits.remove('b');

    expect(limits.total).toBe(0);
    expect(limits.refusal('a', testPolicy({ maxConnectionsPerClient: 1 }).settings)).toBeUndefined();
  });

  it('takes all addresses of an IPv6 /64 for one client', () => {
    const limits = standing('2001:db8:1:2::1', '2001:db8:1:2::2');

    const rules = ['2001:db8:1:2::3', '2001:db8:1:3::1'].map((next) => limits.refusal(next, settings)?.rule);

    expect(rules).toEqual(['settings#maxConnectionsPerClient', undefined]);
  });

  it('follows settings that changed, without closing what stands', () => {
    const limits = standing('a', 'a');

    expect(limits.refusal('a', testPolicy({ maxConnectionsPerClient: 3 }).settings)).toBeUndefined();
    expect(limits.refusal('b', testPolicy({ maxConnections: 1 }).settings)?.rule).toBe('settings#maxConnections');
    expect(limits.total).toBe(2);
  });
});
