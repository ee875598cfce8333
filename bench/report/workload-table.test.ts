import { describe, expect, it } from 'vitest';
import type { RoundFigures } from '../round.ts';
import { trafficOf, workloadNamed } from '../test-support/figures.ts';
import { workloadTable } from './workload-table.ts';

const MIB = 1_048_576;

function tableOf(subjects: Readonly<Record<string, readonly Partial<RoundFigures>[]>>): string[] {
  return workloadTable(trafficOf(workloadNamed('w2'), subjects)).split('\n');
}

describe('the table of a workload', () => {
  it('shows medians, least and most, and the ratio to each peer', () => {
    const table = tableOf({
      postern: [{ cpuMicros: 80 }, { cpuMicros: 120 }, { cpuMicros: 100 }],
      pipe: [{ cpuMicros: 40 }, { cpuMicros: 50 }, { cpuMicros: 60 }],
    });

    expect(table[0]).toBe('w2  1 KiB over 20 standing connections');
    expect(table.find((line) => line.startsWith('postern '))).toMatch(/^postern +100 /);
    // By rounds 80 / 40, 120 / 50, 100 / 60.
    const [medians = '', ends = ''] = table.slice(table.findIndex((line) => line.startsWith('pipe ')));
    expect(medians).toMatch(/^pipe +50\.0 .* 2\.00$/);
    expect(ends).toMatch(/^ +40\.0\.\.60\.0 .* 1\.67\.\.2\.40$/);
  });

  it.each([
    [
      'its memory at most',
      { memory: { residentOctets: 0, peakOctets: 110.5 * MIB } },
      '70.0 MiB just started, 110.5 MiB at most',
    ],
    [
      'that its core was not the busiest',
      { subjectShare: 0.4, othersShare: 0.6 },
      '! postern: its core was not the busiest',
    ],
    ['what others took', { strangersShare: 0.25 }, '! postern: other programs took 25 % of a core'],
    [
      'what a second process took',
      { cpuMicrosByRole: { proxy: 60, 'policy service': 40 } },
      'is proxy 60 + policy service 40',
    ],
    ['invocations', { invocations: { 'postern-check-relay': 1.5 } }, 'Lambda invocations: postern-check-relay 1.50'],
  ])('remarks on %s', (_what, round, remark) => {
    const table = tableOf({ postern: [round] }).join('\n');

    expect(table).toContain(remark);
  });

  it('has no warning for a round that went as it should', () => {
    expect(tableOf({ postern: [{}] }).join('\n')).not.toContain('!');
  });
});
