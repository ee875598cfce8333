import { describe, expect, it } from 'vitest';
import { chartText, hourly, topOf, totalOf } from './charts.ts';

const HOUR_MS = 3_600_000;

describe('counts by hour', () => {
  it('have every hour from the first to the last, and only the names that are wanted', () => {
    const sinceMs = 10 * HOUR_MS + 1;
    const entries = [
      { atMs: 10 * HOUR_MS + 5, name: 'a' },
      { atMs: 11 * HOUR_MS - 1, name: 'a' },
      { atMs: 12 * HOUR_MS, name: 'b', count: 5 },
      { atMs: 12 * HOUR_MS, name: 'c' },
      // Before, after, and at no time at all.
      { atMs: 9 * HOUR_MS, name: 'a' },
      { atMs: 13 * HOUR_MS, name: 'a' },
      { atMs: Number.NaN, name: 'a' },
    ];

    const data = hourly(entries, ['a', 'b'], { sinceMs, untilMs: 12 * HOUR_MS + 1 });

    expect(data).toEqual({
      starts: [36_000, 39_600, 43_200],
      series: [
        { name: 'a', counts: [2, 0, 0] },
        { name: 'b', counts: [0, 0, 5] },
      ],
    });
    expect([totalOf(data), chartText(data)]).toEqual([7, 'a 2, b 5']);
  });
});

it('the most frequent come first, and those alike by name', () => {
  expect(topOf(['b', 'a', 'c', 'c', ''], 2)).toEqual([
    { name: 'c', count: 2 },
    { name: 'a', count: 1 },
  ]);
});
