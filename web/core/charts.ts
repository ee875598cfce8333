/** Counts of events over time, ready to be drawn. */
import type { EventAnswer } from '../../functions/admin/contract/event-answer.ts';
import { textOf } from './events.ts';
import { grouped } from './words.ts';

export interface Series {
  readonly name: string;
  readonly counts: readonly number[];
}

export interface ChartData {
  /** Epoch seconds at which each bucket begins. */
  readonly starts: readonly number[];
  readonly series: readonly Series[];
}

const HOUR_SECONDS = 3600;

/** Counts of an hour each, from the hour of `sinceMs` to that of `untilMs`. */
export function hourly(
  entries: Iterable<{ readonly atMs: number; readonly name: string; readonly count?: number }>,
  names: readonly string[],
  { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number },
): ChartData {
  const first = Math.floor(sinceMs / 1000 / HOUR_SECONDS);
  const last = Math.floor(untilMs / 1000 / HOUR_SECONDS);
  const length = Math.max(1, last - first + 1);
  const counts = new Map(names.map((name) => [name, new Array<number>(length).fill(0)] as const));
  for (const { atMs, name, count = 1 } of entries) {
    const at = Math.floor(atMs / 1000 / HOUR_SECONDS) - first;
    const series = counts.get(name);
    if (series !== undefined && at >= 0 && at < length) series[at] = (series[at] ?? 0) + count;
  }
  return {
    starts: Array.from({ length }, (_, index) => (first + index) * HOUR_SECONDS),
    series: [...counts].map(([name, values]) => ({ name, counts: values })),
  };
}

/** The most frequent values, highest first. */
export function topOf(
  values: Iterable<string>,
  most = 8,
): readonly { readonly name: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
    .slice(0, most);
}

export function totalOf({ series }: ChartData): number {
  return series.reduce((sum, { counts }) => sum + counts.reduce((each, count) => each + count, 0), 0);
}

/** What a chart shows, in one sentence. */
export function chartText(data: ChartData): string {
  const parts = data.series.map(
    ({ name, counts }) => `${name} ${grouped(counts.reduce((sum, count) => sum + count, 0))}`,
  );
  return parts.join(', ');
}

export function verdictEntries(events: readonly EventAnswer[], type: string) {
  return events
    .filter((event) => event.type === type)
    .map((event) => ({ atMs: Date.parse(event.at), name: textOf(event.verdict) }));
}
