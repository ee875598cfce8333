/** Keeping events: each becomes one item, however often it is reported. */
import type { PosternEvent } from '../../policy/event.ts';
import type { RecordEventsRequest } from '../../policy/request.ts';
import { type EventItem, makeEventItem } from '../tables/event-item.ts';
import type { EventStore } from '../tables/event-store.ts';
import type { EventArchive } from './event-archive.ts';

/** Days that the table keeps an event which is in the archive too. */
export const DAYS_BESIDE_ARCHIVE = 7;

/**
 * Writes every event, to the table and to the archive where there is one; an event that stands twice in the request is
 * written once. Throws what they throw: all is then sent again.
 */
export async function recordEvents(
  { events }: RecordEventsRequest,
  store: EventStore,
  archive?: EventArchive,
): Promise<void> {
  const items = new Map<string, EventItem>();
  const unique = new Map<string, PosternEvent>();
  for (const event of events) {
    const keepDays = archive === undefined ? event.keepDays : Math.min(event.keepDays, DAYS_BESIDE_ARCHIVE);
    const item = makeEventItem({ ...event, keepDays });
    const key = JSON.stringify([item.stream, item.at]);
    items.set(key, item);
    unique.set(key, event);
  }
  await Promise.all([store.write([...items.values()]), archive?.put([...unique.values()])]);
}
