/** The benchmark: `npm run bench -- --help`. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { type Arguments, readBenchArguments, USAGE } from './arguments.ts';
import { BenchError } from './bench-error.ts';
import { makeBundles } from './cloud/bundles.ts';
import { measureGrowth } from './growth/growth.ts';
import { chooseCores, pinSelf } from './machine/cores.ts';
import { describeMachine } from './machine/describe.ts';
import { procMissing } from './machine/process-figures.ts';
import { endProgramsOnExit } from './machine/program.ts';
import { profileWorkload } from './profile/profile.ts';
import { judgeGoals } from './report/goals.ts';
import { goalsTable } from './report/goals-table.ts';
import { workloadTable } from './report/workload-table.ts';
import { type RunOptions, runWorkload, type WorkloadResult } from './run.ts';
import { SUBJECTS } from './subjects/all-subjects.ts';
import type { SubjectKind } from './subjects/subject.ts';
import { unsuited, WORKLOADS, type Workload } from './workload.ts';

/** Seconds. V8 has compiled nearly all that it will by then: on connections of their own, messages still cost a fifth more after 3. */
const WARM_UP_SECONDS = 8;

/** Those that run everywhere. */
const GROWTH_SUBJECTS = ['postern', 'pipe', 'smtp-server'] as const;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(args: Arguments): Promise<void> {
  const problem = procMissing();
  if (problem !== undefined) throw new BenchError(problem);
  const options = await prepare(args);
  if (args.profile !== undefined) {
    for (const workload of chosenWorkloads(args)) {
      console.log(`\n${await profileWorkload(workload, args.profile, options)}\n\nThe profile: ${args.profile}`);
    }
  } else if (args.growth) {
    installTools();
    const kinds = chooseSubjects({ ...args, subjects: args.subjects ?? GROWTH_SUBJECTS });
    const written = await measureGrowth(kinds, args.out, options);
    for (const path of written) console.log(path);
  } else {
    await compare(args, options);
  }
}

/** Installs the tools that draw, which have a package.json of their own: no other script waits for them. */
function installTools(): void {
  const { status } = spawnSync(process.execPath, ['scripts/install.mjs', 'bench/growth'], { stdio: 'inherit' });
  if (status !== 0) throw new BenchError('the tools that draw the curves cannot be installed');
}

async function compare(args: Arguments, options: RunOptions): Promise<void> {
  const kinds = chooseSubjects(args);
  const results: WorkloadResult[] = [];
  for (const workload of chosenWorkloads(args)) {
    const suited = kinds.filter(({ name }) => unsuited(workload, name) === undefined);
    const leftOut = kinds.map(({ name }) => ({ name, why: unsuited(workload, name) }));
    if (suited.length === 0) {
      console.log(`\n${workload.name}: none of the subjects can serve it`);
      continue;
    }
    const result = await runWorkload(workload, suited, options);
    results.push(result);
    console.log(`\n${workloadTable(result)}`);
    for (const { name, why } of leftOut) if (why !== undefined) console.log(`  ${name} is not in it: ${why}`);
  }
  // There is nothing to say of workloads that were left out.
  const judgements = judgeGoals(results).filter(({ workload }) =>
    results.some((each) => each.workload.name === workload),
  );
  console.log(`\n${goalsTable(judgements)}`);
  if (args.json === undefined) return;
  const report = { machine: describeMachine(options.cores), results, judgements };
  writeFileSync(args.json, `${JSON.stringify(report, undefined, 2)}\n`);
}

function chosenWorkloads({ workloads }: Arguments): readonly Workload[] {
  return WORKLOADS.filter(({ name }) => workloads.includes(name));
}

async function prepare({ rounds, seconds, messages }: Arguments): Promise<RunOptions> {
  const cores = chooseCores();
  if (cores.problem === undefined) {
    console.log(`Subject on core ${cores.subject}; generator, sink and everything else on core ${cores.others}`);
  } else {
    console.log(`Nothing is pinned: ${cores.problem}. Figures are not to be compared with those of other runs`);
  }
  pinSelf(cores);
  const warmUp = { seconds: WARM_UP_SECONDS, messages };
  return { cores, rounds, stretch: { seconds, messages }, warmUp, nodeFlags: [], bundles: await makeBundles(), say };
}

function chooseSubjects({ subjects }: Arguments): readonly SubjectKind[] {
  const wanted = SUBJECTS.filter(({ name }) => subjects?.includes(name) ?? true);
  return wanted.filter((kind) => {
    const missing = kind.missing();
    console.log(`${kind.name}: ${missing === undefined ? kind.what : `missing, ${missing}`}`);
    return missing === undefined;
  });
}

endProgramsOnExit();
// The programs end when we do.
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));
try {
  const args = readBenchArguments(process.argv.slice(2));
  if (args.help) console.log(USAGE);
  else await main(args);
  process.exit();
} catch (error) {
  console.error(error instanceof BenchError ? `bench: ${error.message}` : error);
  process.exit(1);
}
