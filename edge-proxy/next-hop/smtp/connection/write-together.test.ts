import { expect, it } from 'vitest';
import { writeTogether } from './write-together.ts';

it('writes all of a round one after the other at its end, and what joins meanwhile in the next', async () => {
  const written: string[] = [];
  writeTogether(() => {
    written.push('first');
    writeTogether(() => written.push('of the next round'));
  });
  writeTogether(() => written.push('second'));
  await Promise.resolve();
  expect(written).toEqual([]);

  await new Promise(setImmediate);
  expect(written).toEqual(['first', 'second']);
  await new Promise(setImmediate);
  expect(written).toEqual(['first', 'second', 'of the next round']);
});
