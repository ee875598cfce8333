/** The figures of a ledger run as a table. */
import type { LedgerResult } from './ledger.ts';

export function report({ balance, entries, blows, sessions, seconds }: LedgerResult): string {
  const attempts = entries.flatMap((entry) => entry.attempts);
  const blowsOf = (part: string, kind: string): number =>
    blows.filter((blow) => blow.part === part && blow.kind === kind).length;
  const rows: (readonly [string, string | number])[] = [
    ['seconds', Math.round(seconds)],
    ...[...new Set(blows.map(({ part }) => part))]
      .sort()
      .map((part) => [`${part} killed · stopped`, `${blowsOf(part, 'kill')} · ${blowsOf(part, 'stop')}`] as const),
    ['sessions', sessions],
    ['letters', entries.length],
    ...sorted(countBy(entries.map(({ letter }) => `  ${letter.kind}`))),
    ['tries', attempts.length],
    ...sorted(countBy(attempts.map(({ ending, reply }) => `  ${answerOf(ending, reply)}`))),
    ['recipients answered 250', balance.accepted],
    ['messages at the hops', balance.copies],
    ['held · released', `${balance.held} · ${balance.released}`],
    ['taken by one hop before, and not sent to it again', balance.spared],
    ['duplicates', total(balance.duplicates)],
    ...sorted(indented(balance.duplicates)),
    ['there without a 250', total(balance.unanswered)],
    ...sorted(indented(balance.unanswered)),
    ['unexplained', balance.unexplained.length],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  return [...lines, ...balance.unexplained.map((text) => `! ${text}`)].join('\n');
}

/** Code and enhanced status, or that there was none. */
function answerOf(ending: string, reply: string): string {
  return ending === 'lost' ? 'connection lost' : (/^\d{3} \d\.\d+\.\d+/.exec(reply)?.[0] ?? reply);
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function indented(counts: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...counts].map(([name, count]) => [`  ${name}`, count]));
}

function sorted(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
