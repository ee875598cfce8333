import { describe, expect, it } from 'vitest';
import { ExpiringCache } from './expiring-cache.ts';

describe('ExpiringCache', () => {
  // A decision holds for its seconds and not a moment longer.
  it.each([
    [0, 'value'],
    [4999.9, 'value'],
    [5000, undefined],
    [5000.1, undefined],
  ])('after %d ms of 5 s gives %s', (elapsedMs, expected) => {
    const cache = new ExpiringCache<string>(10);
    cache.set('key', 'value', 5, 1000);

    const value = cache.get('key', 1000 + elapsedMs);

    expect(value).toBe(expected);
  });

  it('does not lengthen the time of a decision that is used', () => {
    const cache = new ExpiringCache<string>(10);
    cache.set('key', 'value', 5, 0);

    cache.get('key', 4999);

    expect(cache.get('key', 5000)).toBeUndefined();
  });

  it('is empty once the time of all is over', () => {
    const cache = new ExpiringCache<string>(10);
    const atFirst = cache.isEmpty(0);
    cache.set('a', 'value', 5, 0);
    cache.set('b', 'value', 6, 0);

    expect([atFirst, cache.isEmpty(5999), cache.isEmpty(6000), cache.size]).toEqual([true, false, true, 0]);
  });

  it.each([0, -1])('remembers nothing for %d seconds', (seconds) => {
    const cache = new ExpiringCache<string>(10);

    cache.set('key', 'value', seconds, 0);

    expect(cache.get('key', 0)).toBeUndefined();
  });

  it('drops the one unused for longest when it is full', () => {
    const cache = new ExpiringCache<string>(2);
    cache.set('a', 'A', 5, 0);
    cache.set('b', 'B', 5, 0);
    cache.get('a', 1);

    cache.set('c', 'C', 5, 2);

    expect(['a', 'b', 'c'].map((key) => cache.get(key, 3))).toEqual(['A', undefined, 'C']);
  });

  it('replaces the decision of a key in place, at any capacity', () => {
    const cache = new ExpiringCache<string>(1);
    cache.set('a', 'old', 5, 0);

    cache.set('a', 'new', 5, 1);

    expect(cache.get('a', 2)).toBe('new');
    expect(cache.get('a', 5001)).toBeUndefined();
  });

  it('holds no more than its capacity, however many are set', () => {
    const cache = new ExpiringCache<number>(100);

    for (let number = 0; number < 10_000; number += 1) cache.set(`key ${number}`, number, 60, 0);

    const left = Array.from({ length: 10_000 }, (_, number) => cache.get(`key ${number}`, 1)).filter(
      (value) => value !== undefined,
    );
    expect(left).toHaveLength(100);
    expect(left[0]).toBe(9900);
  });
});
