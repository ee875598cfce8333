/** What the admin API asks of counts. */
import type { CountedBy, Sum, Tally } from './count-events.ts';

export interface CountSpan {
  readonly server: string;
  /** UTC hours, both included: `2026-11-30T09`. */
  readonly from: string;
  readonly to: string;
}

export interface HourSums {
  readonly hour: string;
  readonly sums: ReadonlyMap<Sum, number>;
}

export interface HourValues {
  readonly hour: string;
  readonly values: ReadonlyMap<string, Tally>;
  /** The sum of values that were given up. */
  readonly others: Tally;
}

export interface CountReader {
  /** In their order; hours without any are left out. */
  sums(span: CountSpan): Promise<readonly HourSums[]>;
  /** Likewise; an hour comes in parts. */
  values(span: CountSpan, by: CountedBy): Promise<readonly HourValues[]>;
}
