/** The straight line that lies closest to a run of samples (least squares). */

export interface Sample {
  /** Minutes. */
  readonly at: number;
  readonly value: number;
}

export interface Trend {
  readonly perMinute: number;
  /** Minutes between the first sample and the last. */
  readonly span: number;
}

/** A trend of nothing when there are fewer than two samples. */
export function fitLine(samples: readonly Sample[]): Trend {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || first === last) return { perMinute: 0, span: 0 };
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanAt = mean(samples.map(({ at }) => at));
  const meanValue = mean(samples.map(({ value }) => value));
  let products = 0;
  let squares = 0;
  for (const { at, value } of samples) {
    products += (at - meanAt) * (value - meanValue);
    squares += (at - meanAt) ** 2;
  }
  return { perMinute: products / squares, span: last.at - first.at };
}
