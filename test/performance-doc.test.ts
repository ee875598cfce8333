/** docs/performance.md against the benchmark that it tells of. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeGoals } from '../bench/report/goals.ts';

const DOCS = join(import.meta.dirname, '..', 'docs');
const TEXT = readFileSync(join(DOCS, 'performance.md'), 'utf8');
const GOALS = judgeGoals([]).map(({ workload, level, claim }) => [`| ${workload} | ${level} | ${claim} |`]);

describe('docs/performance.md', () => {
  it.each(GOALS)('says of the goal "%s" what a run measured, and whether it was met', (start) => {
    const rows = TEXT.split('\n').filter((line) => line.startsWith(start));

    expect(rows).toHaveLength(1);
    expect(rows[0]?.slice(start.length)).toMatch(/^ \S+ \| (?:met|\*\*not met\*\*|not measured) \|$/);
  });

  it('names no goal that the benchmark does not have', () => {
    const rows = TEXT.split('\n').filter((line) => /^\| w\ds? \| (?:must|goal) \| /.test(line));

    expect(rows.filter((row) => !GOALS.some(([start = '']) => row.startsWith(start)))).toEqual([]);
  });

  it('shows only charts that are there', () => {
    const charts = [...TEXT.matchAll(/\]\((performance\/[^)]+)\)/g)].map(([, path = '']) => path);

    expect(charts).not.toEqual([]);
    expect(charts.filter((path) => !existsSync(join(DOCS, path)))).toEqual([]);
  });
});
