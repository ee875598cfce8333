import { describe, expect, it } from 'vitest';
import { Findings } from '../common/findings.ts';
import { delimiterOf, isConfusable, type OpenMultipart } from './boundaries.ts';

function open(...boundaries: readonly string[]): OpenMultipart {
  return { boundaries, depth: 1, isDigest: false, hasDelimiter: false, isClosed: false };
}

const OUTER = open('outer');
const INNER = open('in', 'other');

describe('a line', () => {
  it.each([
    ['--outer', 'next 0', []],
    ['--outer--', 'close 0', []],
    ['--in', 'next 1', []],
    ['--other--', 'close 1', []],
    ['--outer ', 'next 0', ['blank-after-boundary']],
    ['--outer-- \t', 'close 0', ['blank-after-boundary']],
    ['--outerx', 'next 0', ['boundary-prefix']],
    ['--outer-', 'next 0', ['boundary-prefix']],
    ['--outer--x', 'next 0', ['boundary-prefix']],
    ['--outer x', 'next 0', ['boundary-prefix']],
    ['--inner', 'next 1', ['boundary-prefix']],
    ['--oute', 'none', []],
    ['--', 'none', []],
    ['--x', 'none', []],
  ])('%j is %s', (line, expected, odd) => {
    const findings = new Findings();

    const delimiter = delimiterOf(line, [OUTER, INNER], findings);

    expect(delimiter.kind === 'none' ? 'none' : `${delimiter.kind} ${delimiter.level}`).toBe(expected);
    expect(findings.structure.map(({ reason }) => reason)).toEqual(odd);
  });

  it('is the innermost one of two alike, and the whole one of two that begin alike', () => {
    const kinds = (line: string, ...multiparts: readonly OpenMultipart[]) =>
      delimiterOf(line, multiparts, new Findings());

    expect(kinds('--a', open('a'), open('a'))).toEqual({ kind: 'next', level: 1 });
    expect(kinds('--ab', open('ab'), open('a'))).toEqual({ kind: 'next', level: 0 });
    expect(kinds('--abc', open('ab'), open('a'))).toEqual({ kind: 'next', level: 1 });
    expect(kinds('--a')).toEqual({ kind: 'none' });
  });
});

it.each([
  [['a'], [open('b')], false],
  [['a'], [open('a')], true],
  [['ab'], [open('a')], true],
  [['a'], [open('ab')], true],
  [['x', 'ab'], [open('c'), open('d', 'a')], true],
  [['ab'], [open('b')], false],
  [['a'], [], false],
  [[], [open('a')], false],
] as const)('%j could be taken for what is open: %#', (boundaries, multiparts, isIt) => {
  expect(isConfusable(boundaries, multiparts)).toBe(isIt);
});
