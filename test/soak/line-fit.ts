/** The straight line that lies closest to a run of samples (least squares). */
import { linearRegression } from 'simple-statistics';

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

/** The trend of the samples, which are in order of time; level when there are fewer than two. */
export function fitLine(samples: readonly Sample[]): Trend {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || first === last) return { perMinute: 0, span: 0 };
  return { perMinute: linearRegression(samples.map(({ at, value }) => [at, value])).m, span: last.at - first.at };
}
