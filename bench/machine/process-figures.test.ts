import { describe, expect, it } from 'vitest';
import { type ProcessStat, parseMemory, parseStat, treeOf } from './process-figures.ts';

const AFTER_NAME = 'S 41 42 42 0 -1 4194304 900 5 0 0 250 50 7 3 20 0 11 0 12345 1000000 800 18446744073709551615';

describe('a stat', () => {
  it.each(['node', 'a (strange) name', 'with 1 2 3 )'])('of a process named %j is read behind its name', (name) => {
    expect(parseStat(`42 (${name}) ${AFTER_NAME}`)).toEqual({
      pid: 42,
      parentPid: 41,
      // 250 + 50 ticks of 10 ms; children 7 + 3.
      cpuMicros: 3_000_000,
      endedChildrenMicros: 100_000,
    });
  });

  it.each(['', '42 (node) S 41', 'nonsense'])('that is none is refused: %j', (text) => {
    expect(() => parseStat(text)).toThrow(SyntaxError);
  });
});

describe('a status', () => {
  it('tells resident memory now and at most', () => {
    const text = 'Name:\tnode\nVmHWM:\t  123456 kB\nVmRSS:\t   65536 kB\nThreads:\t11\n';

    expect(parseMemory(text)).toEqual({ residentOctets: 65_536 * 1024, peakOctets: 123_456 * 1024 });
  });

  it('of a process that has ended is refused', () => {
    expect(() => parseMemory('Name:\tnode\nState:\tZ (zombie)\n')).toThrow('No VmRSS');
  });
});

it('a tree holds children of children and no one else', () => {
  const process = (pid: number, parentPid: number): ProcessStat => ({
    pid,
    parentPid,
    cpuMicros: 0,
    endedChildrenMicros: 0,
  });
  // Children may be listed before their parents.
  const stats = [process(9, 7), process(1, 0), process(5, 1), process(7, 5), process(8, 1)];

  expect(treeOf(stats, 5).map(({ pid }) => pid)).toEqual([5, 7, 9]);
  expect(treeOf(stats, 99)).toEqual([]);
});
