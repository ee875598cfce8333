/** What the benchmark holds Postern to: ratios of medians in one run. */

import type { RoundFigures } from '../round.ts';
import type { IdleResult, TrafficResult, WorkloadResult } from '../run.ts';
import { spread } from '../statistics.ts';

/** `must`: what is reached; a step back is a fault. `goal`: what we are after. */
export type Level = 'must' | 'goal';
export type Verdict = 'met' | 'not met' | 'not measured';

export interface Judgement {
  readonly workload: string;
  readonly level: Level;
  /** Such as `≤ 0.8 × pipe, CPU`. */
  readonly claim: string;
  /** NaN when the run does not tell: the workload or the peer was left out. */
  readonly measured: number;
  readonly verdict: Verdict;
}

type Subject = TrafficResult['subjects'][number];

interface Goal {
  readonly workload: string;
  readonly level: Level;
  readonly claim: string;
  readonly limit: number;
  /** NaN when the results do not tell. */
  readonly measure: (results: Results) => number;
}

const MIB = 1_048_576;
const OURS = 'postern';

/** The median; NaN when nothing was measured. */
const medianOf = (values: readonly number[]): number => spread(values).median;
const cpu = ({ rounds }: Subject): number => medianOf(rounds.map(({ cpuMicros }) => cpuMicros));
const p50 = ({ rounds }: Subject): number => medianOf(rounds.map(({ latencyMs }) => latencyMs.p50));

/** At most `limit` times our own figure of a plainer workload. */
function againstOwn(workload: string, plainer: string, limit: number): Goal {
  const claim = `CPU ≤ ${limit} × ${plainer}`;
  return { workload, level: 'must', claim, limit, measure: (results) => results.ratioOf(workload, plainer) };
}

/** At most `limit` times a peer's figure. */
function against(peer: string, limit: number, level: Level, workload: string, of = cpu): Goal {
  const what = of === cpu ? 'CPU' : 'p50';
  const claim = `${what} ≤ ${limit} × ${peer}`;
  return { workload, level, claim, limit, measure: (results) => results.ratio(workload, peer, of) };
}

function atMost(
  limit: number,
  unit: string,
  goal: Pick<Goal, 'workload' | 'level' | 'measure'> & { what: string },
): Goal {
  const { what, ...rest } = goal;
  return { ...rest, limit, claim: `${what} ≤ ${limit} ${unit}` };
}

function newConnections(workload: string): readonly Goal[] {
  return [against('pipe', 0.9, 'must', workload), against('nginx', 1.0, 'goal', workload)];
}

function standingConnections(
  workload: string,
  limits: { readonly pipe: number; readonly smtpServer: number; readonly goal: number },
): readonly Goal[] {
  return [
    against('pipe', limits.pipe, 'must', workload),
    against('smtp-server', limits.smtpServer, 'must', workload),
    against('pipe', limits.goal, 'goal', workload),
  ];
}

const GOALS: readonly Goal[] = [
  ...newConnections('w1'),
  ...standingConnections('w2', { pipe: 1.9, smtpServer: 0.4, goal: 1.6 }),
  against('pipe', 1.5, 'must', 'w3'),
  against('smtp-server', 0.2, 'must', 'w3'),
  atMost(40, 'MiB', {
    workload: 'w3',
    level: 'must',
    what: 'memory over idle',
    measure: (results) => results.memoryOverIdle('w3') / MIB,
  }),
  against('pipe', 1.15, 'goal', 'w3'),
  atMost(0, 'taken', {
    workload: 'w3',
    level: 'goal',
    what: 'messages with a bare LF',
    measure: (results) => results.bareNewlinesTaken('w3'),
  }),
  against('smtp-server', 0.8, 'must', 'w4'),
  against('tls-relay', 1.0, 'goal', 'w4'),
  {
    workload: 'w5',
    level: 'must',
    claim: 'total resident ≤ 1 × smtp-server',
    limit: 1,
    measure: (results) => results.totalRatio('w5', 'smtp-server'),
  },
  atMost(6, 'KiB', {
    workload: 'w5',
    level: 'goal',
    what: 'memory of a session',
    measure: (results) => results.octetsPerSession('w5') / 1024,
  }),
  against('pipe', 1.3, 'must', 'w6', p50),
  ...([['must', 50] as const, ['goal', 20] as const] as const).map(([level, limit]) =>
    atMost(limit, 'for 1,000 messages', {
      workload: 'w2',
      level,
      what: 'Lambda invocations',
      measure: (results) => results.invocations('w2'),
    }),
  ),
  againstOwn('w9', 'w2', 5),
  againstOwn('w11.1', 'w1', 1.3),
  againstOwn('w11.2', 'w2', 1.3),
  againstOwn('w11.3', 'w3', 1.4),
  ...newConnections('w1s'),
  ...standingConnections('w2s', { pipe: 1.45, smtpServer: 0.55, goal: 1.25 }),
  against('pipe', 1.15, 'must', 'w6s', p50),
];

/** Every goal, in the order of workloads, judged by what was measured. */
export function judgeGoals(results: readonly WorkloadResult[]): Judgement[] {
  const read = new Results(results);
  return GOALS.map(({ workload, level, claim, limit, measure }) => {
    const measured = measure(read);
    const verdict = Number.isNaN(measured) ? 'not measured' : measured <= limit ? 'met' : 'not met';
    return { workload, level, claim, measured, verdict };
  });
}

/** Looks figures up; what is not there is NaN. */
class Results {
  readonly #results: readonly WorkloadResult[];

  constructor(results: readonly WorkloadResult[]) {
    this.#results = results;
  }

  ratio(workload: string, peer: string, of: (subject: Subject) => number): number {
    const [ours, its] = [this.#traffic(workload, OURS), this.#traffic(workload, peer)];
    return ours === undefined || its === undefined ? Number.NaN : of(ours) / of(its);
  }

  ratioOf(workload: string, other: string): number {
    const [its, others] = [this.#traffic(workload, OURS), this.#traffic(other, OURS)];
    return its === undefined || others === undefined ? Number.NaN : cpu(its) / cpu(others);
  }

  memoryOverIdle(workload: string): number {
    const ours = this.#traffic(workload, OURS);
    if (ours === undefined) return Number.NaN;
    return Math.max(...ours.rounds.map(({ memory }) => memory.peakOctets)) - ours.idleMemory.residentOctets;
  }

  bareNewlinesTaken(workload: string): number {
    const screens = this.#traffic(workload, OURS)?.screensBareNewlines;
    return screens === undefined ? Number.NaN : Number(!screens);
  }

  invocations(workload: string): number {
    const all = ({ invocations }: RoundFigures): number =>
      Object.values(invocations).reduce((sum, each) => sum + each, 0);
    return medianOf(this.#traffic(workload, OURS)?.rounds.map(all) ?? []);
  }

  totalRatio(workload: string, peer: string): number {
    const total = (name: string): number => medianOf(this.#idle(workload, name).map(({ totalOctets }) => totalOctets));
    return total(OURS) / total(peer);
  }

  octetsPerSession(workload: string): number {
    return medianOf(this.#idle(workload, OURS).map(({ octetsPerSession }) => octetsPerSession));
  }

  #traffic(workload: string, name: string): Subject | undefined {
    const result = this.#results.find((each) => each.workload.name === workload);
    return result?.kind === 'traffic' ? result.subjects.find((subject) => subject.name === name) : undefined;
  }

  #idle(workload: string, name: string): IdleResult['subjects'][number]['rounds'] {
    const result = this.#results.find((each) => each.workload.name === workload);
    const subject = result?.kind === 'idle' ? result.subjects.find((each) => each.name === name) : undefined;
    return subject?.rounds ?? [];
  }
}
