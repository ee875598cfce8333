import { describe, expect, it } from 'vitest';
import type { RoundFigures } from '../round.ts';
import type { IdleResult } from '../run.ts';
import { trafficOf, workloadNamed } from '../test-support/figures.ts';
import type { WorkloadName } from '../workload.ts';
import { judgeGoals } from './goals.ts';

const MIB = 1_048_576;

function traffic(name: WorkloadName, subjects: Parameters<typeof trafficOf>[1]) {
  return trafficOf(workloadNamed(name), subjects);
}

function idle(totals: Readonly<Record<string, readonly number[]>>): IdleResult {
  return {
    kind: 'idle',
    workload: workloadNamed('w5'),
    subjects: Object.entries(totals).map(([name, octets]) => ({
      name,
      rounds: octets.map((totalOctets) => ({
        sessions: 5000,
        idleOctets: 0,
        totalOctets,
        octetsPerSession: totalOctets / 5000,
      })),
    })),
  };
}

function verdictOf(results: Parameters<typeof judgeGoals>[0], goal: string) {
  return judgeGoals(results).find(({ workload: name, level, claim }) => `${name} ${level} ${claim}` === goal);
}

const cpu = (...micros: number[]): Partial<RoundFigures>[] => micros.map((cpuMicros) => ({ cpuMicros }));

describe('a goal', () => {
  it('goes by the medians, not by single rounds', () => {
    const results = [traffic('w1', { postern: cpu(79, 80, 500), pipe: cpu(100, 100, 10) })];

    expect(verdictOf(results, 'w1 must CPU ≤ 0.9 × pipe')).toMatchObject({ measured: 0.8, verdict: 'met' });
  });

  it.each([
    ['w1 goal CPU ≤ 1 × nginx', traffic('w1', { postern: cpu(101), nginx: cpu(100) }), 'not met'],
    ['w3 must CPU ≤ 0.2 × smtp-server', traffic('w3', { postern: cpu(20), 'smtp-server': cpu(100) }), 'met'],
    ['w3 must memory over idle ≤ 40 MiB', traffic('w3', { postern: [{}, { memory: memoryOf(109) }] }), 'met'],
    ['w3 must memory over idle ≤ 40 MiB', traffic('w3', { postern: [{}, { memory: memoryOf(111) }] }), 'not met'],
    ['w3 goal messages with a bare LF ≤ 0 taken', traffic('w3', { postern: [{}] }), 'met'],
    ['w5 must total resident ≤ 1 × smtp-server', idle({ postern: [2, 3, 9], 'smtp-server': [3, 3, 3] }), 'met'],
    ['w5 goal memory of a session ≤ 6 KiB', idle({ postern: [5000 * 6145] }), 'not met'],
    [
      'w6 must p50 ≤ 1.3 × pipe',
      traffic('w6', { postern: [{ latencyMs: { p50: 1.4, p95: 0, p99: 0 } }], pipe: [{}] }),
      'not met',
    ],
    [
      'w2 must Lambda invocations ≤ 50 for 1,000 messages',
      traffic('w2', { postern: [{ invocations: { 'postern-check-relay': 20, 'postern-record-events': 31 } }] }),
      'not met',
    ],
  ])('%s', (goal, result, verdict) => {
    expect(verdictOf([result], goal)?.verdict).toBe(verdict);
  });

  it.each([
    [500, 'met'],
    [501, 'not met'],
  ] as const)('of a list is by the message to one recipient: %s', (micros, verdict) => {
    const results = [traffic('w2', { postern: cpu(100) }), traffic('w9', { postern: cpu(micros) })];

    expect(verdictOf(results, 'w9 must CPU ≤ 5 × w2')?.verdict).toBe(verdict);
  });

  it('is not measured when its workload or its peer was left out', () => {
    const verdicts = judgeGoals([traffic('w1', { postern: cpu(100) })]).map(({ verdict }) => verdict);

    expect(new Set(verdicts)).toEqual(new Set(['not measured']));
  });
});

function memoryOf(mebibytes: number): RoundFigures['memory'] {
  return { residentOctets: mebibytes * MIB, peakOctets: mebibytes * MIB };
}
