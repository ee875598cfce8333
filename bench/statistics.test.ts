import { describe, expect, it } from 'vitest';
import { median, percentiles, ratio, spread } from './statistics.ts';

it.each([
  { values: [3, 1, 2], middle: 2 },
  { values: [4, 1, 3, 2], middle: 2.5 },
  { values: [7], middle: 7 },
  { values: [], middle: Number.NaN },
])('the median of $values is $middle', ({ values, middle }) => {
  expect(median(values)).toBe(middle);
});

it.each([
  { count: 100, expected: { p50: 50, p95: 95, p99: 99 } },
  { count: 10, expected: { p50: 5, p95: 10, p99: 10 } },
  { count: 1, expected: { p50: 1, p95: 1, p99: 1 } },
])('percentiles of 1 to $count are among them', ({ count, expected }) => {
  const values = Array.from({ length: count }, (_, index) => count - index);

  expect(percentiles(values)).toEqual(expected);
});

it('a spread is the median between the least and the most', () => {
  expect(spread([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 });
});

describe('a ratio', () => {
  it('is that of the medians, with the least and the most of rounds that belong together', () => {
    // By rounds: 0.5, 1, 2.
    expect(ratio([10, 20, 60], [20, 20, 30])).toEqual({ median: 1, min: 0.5, max: 2 });
  });

  it('is not a number when nothing was measured', () => {
    expect(ratio([1], []).median).toBeNaN();
  });
});
