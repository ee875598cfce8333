import { expect, it } from 'vitest';
import { HOLD_CLASSES, holdClass } from './held.ts';

it.each([
  [1, 7],
  [7, 7],
  [8, 30],
  [30, 30],
  [31, 90],
  [366, 3650],
  [3650, 3650],
])('content that is held for %i days is of the class %i, which lasts no shorter', (days, expected) => {
  expect(holdClass(days)).toBe(expected);
});

it('has a class for the longest that settings allow', () => {
  expect(HOLD_CLASSES.at(-1)).toBe(3650);
});
