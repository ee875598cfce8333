import { describe, expect, it } from 'vitest';
import { ClientCounts } from './client-counts.ts';

describe('a client', () => {
  it.each([
    ['an IPv4 address is one', '192.0.2.1', '192.0.2.1', true],
    ['another IPv4 address is another', '192.0.2.1', '192.0.2.2', false],
    ['all addresses of an IPv6 /64 are one', '2001:db8:1:2::1', '2001:db8:1:2:ffff::2', true],
    ['another /64 is another', '2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ])('%s', (_claim, first, second, isSame) => {
    const counts = new ClientCounts();

    counts.add(first);

    expect(counts.of(second)).toBe(isSame ? 1 : 0);
  });

  it('is counted as often as it was added and not removed', () => {
    const counts = new ClientCounts();
    for (const host of ['1', '2', '3']) counts.add(`2001:db8::${host}`);

    counts.remove('2001:db8::4');
    const left = counts.of('2001:db8::5');
    for (const host of ['1', '2']) counts.remove(`2001:db8::${host}`);

    expect([left, counts.of('2001:db8::1')]).toEqual([2, 0]);
  });
});
