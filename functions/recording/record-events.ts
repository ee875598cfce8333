/** Keeping events: each becomes one item, however often it is reported, and is counted once. */
import { createHash } from 'node:crypto';
import type { PosternEvent, RecordEventsRequest } from '../../policy/event.ts';
import { countEvents } from '../counts/count-events.ts';
import type { CountStore } from '../counts/count-store.ts';
import { logProblem, problemOfError } from '../log.ts';
import { makeIndexItems } from '../search/index-item.ts';
import { type EventItem, makeEventItem } from '../tables/event-item.ts';
import type { EventStore } from '../tables/event-store.ts';
import { deliveryStream } from '../tables/event-stream.ts';
import type { EventArchive } from './event-archive.ts';

/** Days that the table keeps an event which is in the archive too. */
export const DAYS_BESIDE_ARCHIVE = 7;

export interface RecordStores {
  readonly events: EventStore;
  readonly counts: CountStore;
  /** Absent where there is none. */
  readonly archive?: EventArchive | undefined;
}

/**
 * Writes every event, and by what messages are found, to the table, and to the archive where there is one; an event that
 * stands twice in the request is written once. Throws what they throw: all is then sent again.
 *
 * Then it counts them: a batch that failed is sent again, and is to be counted once. Counting that fails is logged, and
 * fails no request: the events are there.
 *
 * @returns false when all of them were counted before
 */
export async function recordEvents({ events }: RecordEventsRequest, stores: RecordStores): Promise<boolean> {
  const { counts, archive } = stores;
  const unique = new Map(events.map((event) => [JSON.stringify([event.server, event.at, event.id]), event]));
  const kept = [...unique.values()].map((event): PosternEvent => {
    const keepDays = archive === undefined ? event.keepDays : Math.min(event.keepDays, DAYS_BESIDE_ARCHIVE);
    return { ...event, keepDays };
  });
  const messages = kept.filter((event) => event.type === 'transaction');
  const index = makeIndexItems(messages).map((item): EventItem => ({ ...item }));
  const items = [...kept.map(makeEventItem), ...index, ...kept.flatMap(deliveryItem)];
  await Promise.all([stores.events.write(items), archive?.put([...unique.values()])]);
  const batch = digestOf(events);
  try {
    const counted = await Promise.all(countEvents(events).map((each) => counts.add(each, batch)));
    return counted.length === 0 || counted.includes(true);
  } catch (error) {
    logProblem({ function: 'record-events', problem: `Cannot count events: ${problemOfError(error)}` });
    return true;
  }
}

/** What became of a message, a second time where it is looked for by the message. */
function deliveryItem(event: PosternEvent): readonly EventItem[] {
  if (event.type !== 'delivery') return [];
  return [{ ...makeEventItem(event), stream: deliveryStream(event.server, event.transaction) }];
}

/** The same for the same events. */
function digestOf(events: readonly PosternEvent[]): string {
  const hash = createHash('sha256');
  for (const { id } of events) hash.update(`${id}\n`);
  return hash.digest('base64url').slice(0, 22);
}
