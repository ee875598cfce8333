/** Keeping events: each becomes one item, however often it is reported. */
import type { RecordEventsRequest } from '../../policy/request.ts';
import { type EventItem, makeEventItem } from '../tables/event-item.ts';
import type { EventStore } from '../tables/event-store.ts';

/** Writes every event; an event that stands twice in the request is written once. Throws what the store throws. */
export async function recordEvents({ events }: RecordEventsRequest, store: EventStore): Promise<void> {
  const items = new Map<string, EventItem>();
  for (const item of events.map(makeEventItem)) items.set(JSON.stringify([item.stream, item.at]), item);
  await store.write([...items.values()]);
}
