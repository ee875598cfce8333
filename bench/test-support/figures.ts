/** Figures of a round and a workload's results, for tests: what a case does not name is unremarkable. */
import type { RoundFigures } from '../round.ts';
import type { TrafficResult } from '../run.ts';
import { WORKLOADS, type Workload, type WorkloadName } from '../workload.ts';

const MIB = 1_048_576;

const ROUND: RoundFigures = {
  messages: 1000,
  octets: 1_024_000,
  seconds: 1,
  cpuMicros: 100,
  cpuMicrosByRole: { proxy: 100 },
  cpuSecondsPerGigabyte: 98,
  messagesPerSecond: 1000,
  megabytesPerSecond: 1,
  latencyMs: { p50: 1, p95: 2, p99: 3 },
  memory: { residentOctets: 100 * MIB, peakOctets: 100 * MIB },
  subjectShare: 0.9,
  othersShare: 0.5,
  strangersShare: 0,
  generatorMicros: 10,
  sinkMicros: 10,
  invocations: {},
  events: 1000,
};

export function workloadNamed(name: WorkloadName): Workload {
  const found = WORKLOADS.find((workload) => workload.name === name);
  if (found === undefined) throw new TypeError(`No workload ${name}`);
  return found;
}

/** Each subject's rounds, as changes to the unremarkable one. Just started it has 70 MiB. */
export function trafficOf(
  workload: Workload,
  subjects: Readonly<Record<string, readonly Partial<RoundFigures>[]>>,
): TrafficResult {
  return {
    kind: 'traffic',
    workload,
    subjects: Object.entries(subjects).map(([name, rounds]) => ({
      name,
      idleMemory: { residentOctets: 70 * MIB, peakOctets: 70 * MIB },
      screensBareNewlines: name === 'postern' ? true : undefined,
      rounds: rounds.map((round) => ({ ...ROUND, ...round })),
    })),
  };
}
