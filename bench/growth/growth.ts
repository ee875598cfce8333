/** Measures all sweeps, and writes a chart for each of their figures and all figures as JSON. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunOptions, runWorkload } from '../run.ts';
import type { SubjectKind } from '../subjects/subject.ts';
import { chartsOf, type SweepResult } from './chart.ts';
import { draw } from './draw.ts';
import { SWEEPS, type Sweep } from './sweeps.ts';

/** Returns the paths of what was written. */
export async function measureGrowth(
  kinds: readonly SubjectKind[],
  directory: string,
  options: RunOptions,
): Promise<readonly string[]> {
  mkdirSync(directory, { recursive: true });
  const written: string[] = [];
  const write = (name: string, text: string): void => {
    writeFileSync(join(directory, name), `${text}\n`);
    written.push(join(directory, name));
  };
  const results: SweepResult[] = [];
  for (const sweep of SWEEPS) {
    const result = await measureSweep(sweep, kinds, options);
    results.push(result);
    for (const chart of chartsOf(result)) write(`${chart.name}.svg`, await draw(chart));
  }
  const figures = results.map(({ sweep: { name, axis }, points }) => ({ name, axis, points }));
  write('growth.json', JSON.stringify(figures, undefined, 2));
  return written;
}

async function measureSweep(sweep: Sweep, kinds: readonly SubjectKind[], options: RunOptions): Promise<SweepResult> {
  const points: { at: number; result: SweepResult['points'][number]['result'] }[] = [];
  for (const { at, workload } of sweep.points) {
    options.say(`${sweep.axis}: ${at}`);
    const result = await runWorkload(workload, kinds, options);
    if (result.kind === 'traffic') points.push({ at, result });
  }
  return { sweep, points };
}
