/** The table of one workload. */

import type { RoundFigures } from '../round.ts';
import type { IdleResult, TrafficResult, WorkloadResult } from '../run.ts';
import { ratio, spread } from '../statistics.ts';
import { spreadRows, textTable } from './text-table.ts';

const MIB = 1_048_576;
const OURS = 'postern';
/** The part of a core that other programs may take before a reader must know. */
const STRANGERS_LIMIT = 0.1;

export function workloadTable(result: WorkloadResult): string {
  const { name, title } = result.workload;
  const table = result.kind === 'idle' ? idleTable(result) : trafficTable(result);
  return `${name}  ${title}\n\n${table}`;
}

/** A column of one figure a round. */
type Column = readonly [head: string, figureOf: (round: RoundFigures) => number];

const COLUMNS: readonly Column[] = [
  ['CPU µs/msg', ({ cpuMicros }) => cpuMicros],
  ['msg/s', ({ messagesPerSecond }) => messagesPerSecond],
  ['MB/s', ({ megabytesPerSecond }) => megabytesPerSecond],
  ['CPU s/GB', ({ cpuSecondsPerGigabyte }) => cpuSecondsPerGigabyte],
  ['p50 ms', ({ latencyMs }) => latencyMs.p50],
  ['p95 ms', ({ latencyMs }) => latencyMs.p95],
  ['p99 ms', ({ latencyMs }) => latencyMs.p99],
  ['resident MiB', ({ memory }) => memory.residentOctets / MIB],
  ['its core %', ({ subjectShare }) => subjectShare * 100],
  ['other core %', ({ othersShare }) => othersShare * 100],
  ['generator µs', ({ generatorMicros }) => generatorMicros],
  ['sink µs', ({ sinkMicros }) => sinkMicros],
];

function trafficTable({ subjects }: TrafficResult): string {
  const ours = subjects.find(({ name }) => name === OURS);
  const cost = ({ cpuMicros }: RoundFigures): number => cpuMicros;
  const head = ['subject', ...COLUMNS.map(([title]) => title), 'Postern / it'];
  const rows = subjects.flatMap(({ name, rounds }) =>
    spreadRows(name, [
      ...COLUMNS.map(([, figureOf]) => spread(rounds.map(figureOf))),
      ours === undefined || name === OURS ? undefined : ratio(ours.rounds.map(cost), rounds.map(cost)),
    ]),
  );
  const remarks = subjects.flatMap(({ name, rounds, idleMemory }) =>
    remarksOn(name, rounds, idleMemory.residentOctets),
  );
  return [textTable(head, rows), ...remarks].join('\n');
}

function remarksOn(name: string, rounds: readonly RoundFigures[], idleOctets: number): string[] {
  const middle = (figureOf: (round: RoundFigures) => number): number => spread(rounds.map(figureOf)).median;
  const remarks: string[] = [];
  const peak = Math.max(...rounds.map(({ memory }) => memory.peakOctets));
  remarks.push(
    `  ${name}: resident ${(idleOctets / MIB).toFixed(1)} MiB just started, ${(peak / MIB).toFixed(1)} MiB at most`,
  );
  const roles = Object.keys(rounds[0]?.cpuMicrosByRole ?? {});
  if (roles.length > 1) {
    const parts = roles.map(
      (role) => `${role} ${middle(({ cpuMicrosByRole }) => cpuMicrosByRole[role] ?? 0).toFixed(0)}`,
    );
    remarks.push(`  ${name}: CPU µs/msg is ${parts.join(' + ')}`);
  }
  if (name === OURS) {
    const functions = Object.keys(rounds[0]?.invocations ?? {});
    const counts = functions.map((each) => `${each} ${middle(({ invocations }) => invocations[each] ?? 0).toFixed(2)}`);
    const events = middle((round) => round.events).toFixed(0);
    remarks.push(`  ${name}: for 1,000 messages ${events} events; Lambda invocations: ${counts.join(', ')}`);
  }
  if (middle(({ subjectShare, othersShare }) => subjectShare - othersShare) < 0) {
    remarks.push(
      `  ! ${name}: its core was not the busiest: its messages/s and latency are the generator's, not its own`,
    );
  }
  const strangers = middle(({ strangersShare }) => strangersShare);
  if (strangers > STRANGERS_LIMIT) {
    remarks.push(`  ! ${name}: other programs took ${(strangers * 100).toFixed(0)} % of a core meanwhile`);
  }
  return remarks;
}

function idleTable({ subjects }: IdleResult): string {
  const ours = subjects.find(({ name }) => name === OURS);
  const totals = (subject: IdleResult['subjects'][number]): number[] =>
    subject.rounds.map(({ totalOctets }) => totalOctets);
  const rows = subjects.flatMap((subject) =>
    spreadRows(subject.name, [
      spread(subject.rounds.map(({ idleOctets }) => idleOctets / MIB)),
      spread(totals(subject).map((octets) => octets / MIB)),
      spread(subject.rounds.map(({ octetsPerSession }) => octetsPerSession / 1024)),
      ours === undefined || subject.name === OURS ? undefined : ratio(totals(ours), totals(subject)),
    ]),
  );
  return textTable(['subject', 'idle MiB', 'total MiB', 'KiB/session', 'Postern / it'], rows);
}
