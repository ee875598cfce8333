import { expect, it } from 'vitest';
import { coreBusyMicros, parseCoreList, pinned } from './cores.ts';

it.each([
  ['0', [0]],
  ['0-1', [0, 1]],
  ['0-2,5,7-8', [0, 1, 2, 5, 7, 8]],
])('reads the cores of %s', (text, cores) => {
  expect(parseCoreList(text)).toEqual(cores);
});

it('adds up what the named cores were busy with', () => {
  const stat = `cpu  1 2 3 4 5 6 7 8 9 0
cpu0 100 10 20 5000 300 1 2 3 50 0
cpu1 1 0 0 9000 0 0 0 0 0 0
cpu10 7777 0 0 0 0 0 0 0 0 0
`;

  // 100 + 10 + 20 + 1 + 2 + 3 ticks of 10 ms; neither idle nor waiting, nor a guest's time twice.
  expect(coreBusyMicros('0', stat)).toBe(1_360_000);
  expect(coreBusyMicros('0-1', stat)).toBe(1_370_000);
});

it.each([
  ['1', ['taskset', '-c', '1', 'node', 'x']],
  [undefined, ['node', 'x']],
])('pins a command to core %s', (cores, command) => {
  expect(pinned(cores, ['node', 'x'])).toEqual(command);
});
