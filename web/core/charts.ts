/** Counts of events over time, ready to be drawn. */
import type { HourAnswer } from '../../functions/admin/contract/answers/count-answer.ts';
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

/** Verdicts of messages and of logins, in the order in which they stand on each other. */
const MESSAGES = ['accepted', 'held', 'deferred', 'refused'] as const;
const LOGINS = ['permit', 'reject', 'defer'] as const;

export interface TrafficCharts {
  readonly messages: ChartData;
  readonly refusals: ChartData;
  readonly logins: ChartData;
}

/** The charts of what was counted each hour. */
export function chartsOf(hours: readonly HourAnswer[]): TrafficCharts {
  const starts = hours.map(({ at }) => Date.parse(at) / 1000);
  const chart = (series: readonly Series[]): ChartData => ({ starts, series });
  return {
    messages: chart(MESSAGES.map((name) => ({ name, counts: hours.map(({ messages }) => messages[name]) }))),
    refusals: chart([{ name: 'refusal', counts: hours.map(({ refusals }) => refusals) }]),
    logins: chart(LOGINS.map((name) => ({ name, counts: hours.map(({ logins }) => logins[name]) }))),
  };
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
