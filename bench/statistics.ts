/** The few figures that the benchmark makes of many. */
import { median, quantile } from 'simple-statistics';

/** A figure over all rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** The median and two percentiles, between two values where none lies there; NaN when there are none. */
export function percentiles(values: readonly number[]): Percentiles {
  if (values.length === 0) return { p50: Number.NaN, p95: Number.NaN, p99: Number.NaN };
  const [p50 = Number.NaN, p95 = Number.NaN, p99 = Number.NaN] = quantile([...values], [0.5, 0.95, 0.99]);
  return { p50, p95, p99 };
}

/** The median, the least and the most; NaN when nothing was measured. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) return { median: Number.NaN, min: Number.NaN, max: Number.NaN };
  return { median: median([...values]), min: Math.min(...values), max: Math.max(...values) };
}

/** The ratio of the medians; least and most are those of single rounds, in which both ran one after the other. */
export function ratio(values: readonly number[], others: readonly number[]): Spread {
  const rounds = values.map((value, index) => value / (others[index] ?? Number.NaN));
  return { ...spread(rounds), median: spread(values).median / spread(others).median };
}
