/** Where counts are kept. */
import type { HourCounts } from './count-events.ts';

export interface CountStore {
  /**
   * Adds to what was counted before, unless this batch was added already.
   *
   * @param batch names the events that were counted
   * @returns false when it was added already
   */
  add(counts: HourCounts, batch: string): Promise<boolean>;
}
