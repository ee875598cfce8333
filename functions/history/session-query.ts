/** Reads the events of one session for its transcript, in parts: a session may stand for days. */
import type { ReadBudget } from './event-query.ts';
import type { EventAttributes, EventQuestion, EventReader } from './event-reader.ts';
import { timeOf } from './event-shown.ts';
import type { SessionEvents } from './session-transcript.ts';

export interface SessionQuery {
  readonly session: string;
  /** Events in one part. */
  readonly limit: number;
  /** Sort key of the last event of the part before this one. */
  readonly after?: string | undefined;
}

export interface SessionPart extends SessionEvents {
  /** `after` of the next query; absent when there is nothing more. */
  readonly next?: string | undefined;
}

/** Octets of JSON in one part; Lambda's answer may have 6 MB. */
const MAX_PART_OCTETS = 3_000_000;
/** Pages read for the end of the session, which is its newest event but for those of the same moment. */
const END_PAGES = 3;
const END_PAGE_ITEMS = 1000;
/** Before and behind every sort key, which begins with a year. */
const FIRST_KEY = '0';
const LAST_KEY = '~';

/** Rejects when the table does not answer. */
export async function readSession(
  { session, limit, after }: SessionQuery,
  reader: EventReader,
  budget: ReadBudget,
  nowSeconds: number,
): Promise<SessionPart> {
  const common = { partition: { kind: 'session', session }, nowSeconds } as const;
  const end = await findEnd(common, reader);
  const { events, next } = await readOn({ ...common, from: after ?? FIRST_KEY, limit }, reader, budget);
  return {
    events,
    end,
    ...(after === undefined ? {} : { after: timeOf({ at: after }) }),
    ...(next === undefined ? {} : { to: timeOf({ at: next }), next }),
  };
}

/** Events after `from`, one more than wanted looked for: there is a next part only where it has something. */
async function readOn(
  { from, limit, ...common }: Pick<EventQuestion, 'partition' | 'nowSeconds' | 'from' | 'limit'>,
  reader: EventReader,
  budget: ReadBudget,
): Promise<{ readonly events: readonly EventAttributes[]; readonly next?: string }> {
  const events: EventAttributes[] = [];
  let octets = 0;
  let position = from;
  for (;;) {
    // One more for the item at the position itself, which was given already.
    const wanted = limit - events.length + 2;
    const question = { from: position, to: LAST_KEY, order: 'oldest-first', filter: {}, limit: wanted } as const;
    const { items, readTo } = await reader.read({ ...common, ...question });
    const start = position;
    for (const item of items.filter(({ at }) => String(at) > start)) {
      octets += Buffer.byteLength(JSON.stringify(item));
      const isFull = events.length === limit || (events.length > 0 && octets > MAX_PART_OCTETS);
      if (isFull) return { events, next: position };
      events.push(item);
      position = String(item.at);
    }
    if (readTo === undefined) return { events };
    position = readTo;
    if (budget.isSpent()) return { events, next: position };
  }
}

async function findEnd(
  common: Pick<EventQuestion, 'partition' | 'nowSeconds'>,
  reader: EventReader,
): Promise<EventAttributes | undefined> {
  let to = LAST_KEY;
  for (let page = 0; page < END_PAGES; page += 1) {
    const filter = { types: ['session'] };
    const question = { ...common, from: FIRST_KEY, to, order: 'newest-first', filter, limit: END_PAGE_ITEMS } as const;
    const { items, readTo } = await reader.read(question);
    if (items[0] !== undefined || readTo === undefined) return items[0];
    to = readTo;
  }
  return undefined;
}
