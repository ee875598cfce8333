import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMark, dayStream, dayStreams, shardOf } from '../tables/event-stream.ts';
import { EventTable } from '../test-support/event-table.ts';
import { type EventList, type EventQuery, findEvents, PageBudget } from './event-query.ts';
import type { EventAttributes, EventReader } from './event-reader.ts';

const SINCE = '2026-03-01T06:00:00.000Z';
const UNTIL = '2026-03-04T18:00:00.000Z';
const SERVERS = ['mx1', 'mx2', '*'].map((server) => ({ server, since: '2020-01-01T00:00:00.000Z' }));
const NEVER_SPENT = { isSpent: () => false };

function event(server: string, at: string, id: string, more: EventAttributes = {}): EventAttributes {
  const day = at.slice(0, 10);
  // Every fourth was written before there were shards.
  const isOld = id.length % 4 === 0;
  const stream = isOld ? `${server}#${day}` : dayStream(server, day, shardOf(id));
  return { server, stream, at: `${at}#${id}`, id, type: 'refusal', expiresAt: 4e9, ...more };
}

/** With the marks of the days that have events in shards. */
function newTable(items: readonly EventAttributes[], mostInPage?: number): EventTable {
  const marks = items.flatMap(({ stream }) => dayMark(String(stream)) ?? []);
  const unique = new Map(marks.map((mark) => [`${mark.stream} ${mark.at}`, { ...mark }]));
  return new EventTable([...items, ...unique.values()], mostInPage);
}

interface Asked extends Partial<EventQuery> {
  readonly servers?: typeof SERVERS;
  readonly budget?: { isSpent(): boolean };
}

function find(
  reader: EventReader,
  { servers = SERVERS, budget = NEVER_SPENT, ...query }: Asked = {},
): Promise<EventList> {
  const whole = { since: SINCE, until: UNTIL, filter: {}, limit: 100, ...query };
  return findEvents({ query: whole, reader, budget, nowSeconds: 0 }, servers);
}

/** All pages of a query, one request a page. */
async function findAll(reader: EventReader, asked: Asked): Promise<{ ids: unknown[]; pages: number }> {
  const ids: unknown[] = [];
  let before: string | undefined;
  for (let pages = 1; ; pages += 1) {
    const page = await find(reader, { ...asked, before });
    ids.push(...page.items.map(({ id }) => id));
    if (page.before === undefined) return { ids, pages };
    if (before !== undefined && page.before >= before) throw new Error(`A page went from ${before} to ${page.before}`);
    before = page.before;
  }
}

const times = fc
  .integer({ min: Date.parse('2026-03-01T05:59:59.990Z'), max: Date.parse('2026-03-04T18:00:00.010Z') })
  .map((ms) => new Date(ms).toISOString());
/** Many of one moment, so that only their ids tell them apart. */
const fewTimes = fc.constantFrom(SINCE, '2026-03-02T00:00:00.000Z', '2026-03-02T23:59:59.999Z', UNTIL);
const events = fc
  .array(
    fc.record({
      server: fc.constantFrom('mx1', 'mx2', '*', 'mx3'),
      at: fc.oneof(times, fewTimes),
      type: fc.constantFrom('refusal', 'login'),
      expiresAt: fc.constantFrom(0, 4e9),
    }),
    { maxLength: 60 },
  )
  .map((list) =>
    list.map(({ server, at, ...more }, index) => event(server, at, `id${'x'.repeat(index % 4)}${index}`, more)),
  );

function expectedIds(items: readonly EventAttributes[], type?: string): unknown[] {
  return items
    .filter(({ server, at }) => server !== 'mx3' && String(at) >= SINCE && String(at) < UNTIL)
    .filter((item) => item.expiresAt !== 0 && (type === undefined || item.type === type))
    .sort((a, b) => (String(a.at) > String(b.at) ? -1 : 1))
    .map(({ id }) => id);
}

describe('findEvents', () => {
  it('gives every event of the span once, newest first, however they lie in servers, days and pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        events,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 2, max: 10 }),
        fc.constantFrom(undefined, 'login'),
        async (items, limit, mostInPage, type) => {
          const filter = type === undefined ? {} : { types: [type] };

          const { ids } = await findAll(newTable(items, mostInPage), { filter, limit });

          expect(ids).toEqual(expectedIds(items, type));
        },
      ),
    );
  });

  it('gives them all the same when each request may read no more than it must', async () => {
    await fc.assert(
      fc.asyncProperty(events, fc.integer({ min: 2, max: 10 }), async (items, mostInPage) => {
        const budget = { isSpent: () => true };

        const { ids } = await findAll(newTable(items, mostInPage), { budget, limit: 5 });

        expect(ids).toEqual(expectedIds(items));
      }),
    );
  });

  it('says where it goes on when its budget is spent on days without events', async () => {
    const table = newTable([event('mx1', '2026-03-01T12:00:00.000Z', 'old')]);
    const budget = new PageBudget(() => 0);
    const since = '2020-01-01T00:00:00.000Z';

    const first = await findEvents(
      { query: { since, until: UNTIL, filter: {}, limit: 10 }, reader: budget.charging(table), budget, nowSeconds: 0 },
      SERVERS,
    );

    expect(first.items.map(({ id }) => id)).toEqual(['old']);
    expect(first.before).toMatch(/^202[234]-/);
    expect(table.questions.length).toBeGreaterThanOrEqual(3400);
    expect(table.questions.length).toBeLessThan(3400 + 3 * 17);
  });

  it('spends no more than ten seconds', () => {
    let now = 5;
    const budget = new PageBudget(() => now);

    now = 10_004;
    expect(budget.isSpent()).toBe(false);
    now = 10_005;
    expect(budget.isSpent()).toBe(true);
  });

  it('does not look at days of a server whose events have all expired', async () => {
    const table = newTable([event('mx1', '2026-03-04T10:00:00.000Z', 'id1')]);

    await find(table, { servers: [{ server: 'mx1', since: '2026-03-03T12:00:00.000Z' }] });

    const streams = table.questions.map(({ partition }) => partition);
    const days = ['mx1#days', ...dayStreams('mx1', '2026-03-04'), 'mx1#2026-03-03'];
    expect(streams).toEqual(days.map((stream) => ({ kind: 'stream', stream })));
  });

  it('follows one session over days without looking at servers', async () => {
    const items = ['2026-03-01T23:59:59.000Z', '2026-03-02T00:00:01.000Z', '2026-03-04T00:00:00.000Z'].map(
      (at, index) => event('mx3', at, `id${index}`, { session: index === 2 ? 's2' : 's1' }),
    );
    const table = newTable(items);

    const { items: found } = await find(table, { filter: { session: 's1' } });

    expect(found.map(({ id }) => id)).toEqual(['id1', 'id0']);
    expect(table.questions).toHaveLength(1);
  });

  it('gives nothing where the page before ended before the span', async () => {
    const table = newTable([event('mx1', SINCE, 'id1', { session: 's1' })]);
    const before = '2026-03-01T05:00:00.000Z#id9';

    expect(await find(table, { before })).toEqual({ items: [] });
    expect(await find(table, { before, filter: { session: 's1' } })).toEqual({ items: [] });
  });

  it('ends an answer before it is too large for Lambda', async () => {
    const text = 'x'.repeat(300_000);
    const items = Array.from({ length: 40 }, (_, index) =>
      event('mx1', `2026-03-02T00:00:${String(index).padStart(2, '0')}.000Z`, `id${index}`, { text }),
    );
    const table = newTable(items);

    const page = await find(table, { limit: 1000 });
    const { ids } = await findAll(table, { limit: 1000 });

    expect(JSON.stringify(page.items).length).toBeLessThan(4_500_000);
    expect(ids).toHaveLength(40);
  });
});
