/** The table *events* in memory, for tests of what is made of its pages. */
import type {
  EventAttributes,
  EventFilter,
  EventKey,
  EventPage,
  EventQuestion,
  EventReader,
} from '../history/event-reader.ts';

export class EventTable implements EventReader {
  readonly questions: EventQuestion[] = [];
  /** Items that were asked for by key. */
  got = 0;
  readonly #items: readonly EventAttributes[];
  readonly #mostInPage: number;

  /** @param mostInPage items at which a page ends, as DynamoDB's ends at a megabyte; at least 2 */
  constructor(items: readonly EventAttributes[], mostInPage = 1000) {
    this.#items = items;
    this.#mostInPage = mostInPage;
  }

  async get(keys: readonly EventKey[]): Promise<readonly EventAttributes[]> {
    this.got += keys.length;
    return this.#items.filter((item) => keys.some(({ stream, at }) => stream === item.stream && at === item.at));
  }

  async read(question: EventQuestion): Promise<EventPage> {
    this.questions.push(question);
    const { partition, from, to, order, filter, nowSeconds, limit } = question;
    if (from > to) throw new RangeError(`No range is from ${from} to ${to}`);
    const key = partition.kind === 'stream' ? partition.stream : partition.session;
    const inRange = this.#items
      .filter((item) => item[partition.kind] === key && String(item.at) >= from && String(item.at) <= to)
      .sort((a, b) => (String(a.at) < String(b.at) ? -1 : 1));
    if (order === 'newest-first') inRange.reverse();
    const looked = inRange.slice(0, Math.min(limit, this.#mostInPage));
    const items = looked.filter((item) => fits(item, filter) && Number(item.expiresAt) > nowSeconds);
    // DynamoDB says so too when the page ends with the last item there is.
    const isLast = looked.length < Math.min(limit, this.#mostInPage);
    return { items, readTo: isLast ? undefined : String(looked.at(-1)?.at) };
  }
}

function fits(item: EventAttributes, { types, identities }: EventFilter): boolean {
  const isOfType = types?.includes(String(item.type)) ?? true;
  return isOfType && (identities?.some((name) => name === item.identity || name === item.username) ?? true);
}
