/** The goals and whether this run met them. */
import type { Judgement } from './goals.ts';
import { figure, textTable } from './text-table.ts';

export function goalsTable(judgements: readonly Judgement[]): string {
  const rows = judgements.map(({ workload, level, claim, measured, verdict }) => [
    `${workload}  ${level.padEnd(4)}  ${claim}`,
    figure(measured),
    verdict,
  ]);
  return `Goals, by medians of this run\n\n${textTable(['goal', 'measured', 'verdict'], rows)}`;
}
