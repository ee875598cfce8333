import { expect, it } from 'vitest';
import { differencesOf } from './differences.ts';

it.each<[before: object | undefined, after: object | undefined, differences: object]>([
  [{ a: 1 }, { a: 1 }, []],
  // The order of a set means nothing.
  [{ a: ['x', 'y'] }, { a: ['y', 'x'] }, []],
  [
    undefined,
    { b: '', a: false },
    [
      { name: 'a', before: '(none)', after: 'false' },
      { name: 'b', before: '(none)', after: '""' },
    ],
  ],
  [{ a: 1 }, undefined, [{ name: 'a', before: '1', after: '(none)' }]],
  [{ a: { x: 1 } }, { a: { x: 2 } }, [{ name: 'a', before: '{"x":1}', after: '{"x":2}' }]],
])('%j and %j differ by %j', (before, after, differences) => {
  expect(differencesOf(before as Record<string, unknown>, after as Record<string, unknown>)).toEqual(differences);
});
