/** Where `record-events` keeps events. */
import type { EventItem } from './event-item.ts';

export interface EventStore {
  /**
   * Writes items, no two of which have the same keys; one that is there already is replaced by its equal.
   * Rejects when any could not be written, saying how many and why; the others may have been.
   */
  write(items: readonly EventItem[]): Promise<void>;
}
