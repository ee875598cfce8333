/** Runs a workload on several subjects: a warm-up of each, then rounds in which they take turns. */
import { Bed, type BedOptions } from './bed.ts';
import { type IdleFigures, measureIdle } from './idle-round.ts';
import type { Stretch } from './load/load.ts';
import type { Memory } from './machine/process-figures.ts';
import { measureRound, memoryOf, type RoundFigures, warmUp } from './round.ts';
import type { Subject, SubjectKind } from './subjects/subject.ts';
import type { Workload } from './workload.ts';

export interface RunOptions extends BedOptions {
  readonly rounds: number;
  readonly stretch: Stretch;
  readonly warmUp: Stretch;
}

export interface TrafficResult {
  readonly kind: 'traffic';
  readonly workload: Workload;
  readonly subjects: readonly {
    readonly name: string;
    /** Just started, nothing served yet. */
    readonly idleMemory: Memory;
    /** Whether a message with a bare LF is refused; asked of Postern alone. */
    readonly screensBareNewlines: boolean | undefined;
    readonly rounds: readonly RoundFigures[];
  }[];
}

export interface IdleResult {
  readonly kind: 'idle';
  readonly workload: Workload;
  readonly subjects: readonly { readonly name: string; readonly rounds: readonly IdleFigures[] }[];
}

export type WorkloadResult = TrafficResult | IdleResult;

export async function runWorkload(
  workload: Workload,
  kinds: readonly SubjectKind[],
  options: RunOptions,
): Promise<WorkloadResult> {
  const bed = await Bed.start(workload, options);
  try {
    return workload.connections === 'idle' ? await runIdle(bed, kinds, options) : await runTraffic(bed, kinds, options);
  } finally {
    await bed.close();
  }
}

interface Started {
  readonly subject: Subject;
  readonly idleMemory: Memory;
  screensBareNewlines: boolean | undefined;
  readonly rounds: RoundFigures[];
}

async function runTraffic(bed: Bed, kinds: readonly SubjectKind[], options: RunOptions): Promise<TrafficResult> {
  const { workload } = bed;
  const started: Started[] = [];
  try {
    for (const kind of kinds) {
      const subject = await bed.startSubject(kind);
      const running: Started = { subject, idleMemory: memoryOf(subject), screensBareNewlines: undefined, rounds: [] };
      started.push(running);
      if (kind.name === 'postern') running.screensBareNewlines = await bed.screensBareNewlines(subject);
      await warmUp(bed, subject, options.warmUp);
    }
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const { subject, rounds } of started) {
        const figures = await measureRound(bed, subject, options);
        rounds.push(figures);
        const { cpuMicros, messagesPerSecond } = figures;
        const cost = `${cpuMicros.toFixed(0)} µs a message, ${messagesPerSecond.toFixed(0)} messages/s`;
        options.say(`${workload.name} round ${round}/${options.rounds} ${subject.name}: ${cost}`);
      }
    }
  } finally {
    await Promise.all(started.map(({ subject }) => subject.stop()));
  }
  const subjects = started.map(({ subject: { name }, ...figures }) => ({ name, ...figures }));
  return { kind: 'traffic', workload, subjects };
}

async function runIdle(bed: Bed, kinds: readonly SubjectKind[], options: RunOptions): Promise<IdleResult> {
  const { workload } = bed;
  const subjects = kinds.map((kind) => ({ kind, name: kind.name, rounds: [] as IdleFigures[] }));
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const { kind, name, rounds } of subjects) {
      const figures = await measureIdle(bed, kind);
      rounds.push(figures);
      const cost = `${(figures.octetsPerSession / 1024).toFixed(1)} KiB a session`;
      options.say(`${workload.name} round ${round}/${options.rounds} ${name}: ${cost}`);
    }
  }
  return { kind: 'idle', workload, subjects: subjects.map(({ name, rounds }) => ({ name, rounds })) };
}
