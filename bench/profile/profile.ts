/** Profiles the edge proxy under one workload. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchError } from '../bench-error.ts';
import { figure, textTable } from '../report/text-table.ts';
import { type RunOptions, runWorkload } from '../run.ts';
import { POSTERN } from '../subjects/postern.ts';
import type { Workload } from '../workload.ts';
import { type CpuProfile, selfTimes } from './self-time.ts';

/** Microseconds between two looks of the profiler; its default is 1,000, too coarse for a run of seconds. */
const INTERVAL_MICROS = 250;
const SHOWN = 40;

/** Runs Postern alone under `workload`, leaves its profile in `file`, and returns its table of functions. */
export async function profileWorkload(workload: Workload, file: string, options: RunOptions): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-profile-'));
  try {
    const nodeFlags = ['--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-interval', String(INTERVAL_MICROS)];
    await runWorkload(workload, [POSTERN], { ...options, nodeFlags });
    const [name] = readdirSync(folder).filter((each) => each.endsWith('.cpuprofile'));
    if (name === undefined) throw new BenchError('The edge proxy left no profile');
    copyFileSync(join(folder, name), file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return profileTable(file, options.bundles.edgeProxy);
}

/** Start and warm-up are in it too: a longer `--seconds` makes them less. */
function profileTable(file: string, bundle: string): string {
  // V8's own format, written a moment ago.
  const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
  const functions = selfTimes(profile, readFileSync(bundle, 'utf8'));
  const rows = functions
    .slice(0, SHOWN)
    .map(({ name, place, micros, share }) => [
      `${name}  ${place}`.trim(),
      figure(micros / 1000),
      `${(share * 100).toFixed(1)} %`,
    ]);
  return textTable(['function and where', 'self ms', 'share'], rows);
}
