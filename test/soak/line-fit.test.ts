import { expect, it } from 'vitest';
import { fitLine } from './line-fit.ts';

it.each<[string, readonly (readonly [number, number])[], number, number]>([
  ['of nothing', [], 0, 0],
  ['of one sample', [[3, 9]], 0, 0],
  [
    'that is level',
    [
      [0, 5],
      [1, 5],
      [2, 5],
    ],
    0,
    2,
  ],
  [
    'that rises',
    [
      [1, 10],
      [2, 12],
      [3, 14],
      [5, 18],
    ],
    2,
    4,
  ],
  [
    'that falls',
    [
      [0, 3],
      [1, 0],
    ],
    -3,
    1,
  ],
  [
    'through noise that cancels out',
    [
      [0, 1],
      [1, -1],
      [2, -1],
      [3, 1],
    ],
    0,
    3,
  ],
])('finds the slope %s', (_what, samples, perMinute, span) => {
  const trend = fitLine(samples.map(([at, value]) => ({ at, value })));

  expect(trend.perMinute).toBeCloseTo(perMinute);
  expect(trend.span).toBe(span);
});
