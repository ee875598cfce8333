import { describe, expect, it } from 'vitest';
import { percentiles, ratio, spread } from './statistics.ts';

it('percentiles lie among the values, in whatever order they came', () => {
  const values = Array.from({ length: 101 }, (_, index) => 100 - index);

  expect(percentiles(values)).toEqual({ p50: 50, p95: 95, p99: 99 });
});

it('percentiles of nothing are no numbers', () => {
  expect(percentiles([]).p50).toBeNaN();
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
