import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PosternEvent } from '../../policy/event.ts';
import { DynamoEventStore } from '../tables/dynamo-event-store.ts';
import { type EventItem, makeEventItem } from '../tables/event-item.ts';
import { makeAdminTables, TABLE_NAMES } from '../test-support/admin-bed.ts';
import { refusal, SESSION_FIELDS, transaction } from '../test-support/events.ts';
import { REFEREES, startSilent } from '../test-support/referees.ts';
import type { Tables } from '../test-support/tables.ts';
import { DynamoEventReader } from './dynamo-event-reader.ts';
import type { EventQuestion } from './event-reader.ts';

const DAY = '2026-03-01';
const NOW_SECONDS = Date.parse(`${DAY}T12:00:00Z`) / 1000;
const QUESTION: EventQuestion = {
  partition: { kind: 'stream', stream: `mx1#${DAY}` },
  from: `${DAY}T00:00:00.000Z`,
  to: `${DAY}T~`,
  order: 'newest-first',
  filter: {},
  nowSeconds: NOW_SECONDS,
  limit: 100,
};

function at(second: number): string {
  return `${DAY}T11:00:0${second}.000Z`;
}

const EVENTS: readonly PosternEvent[] = [
  refusal({ id: 'e1', at: at(1) }),
  transaction({ id: 'e2', at: at(2), session: 's2', identity: 'alice' }),
  refusal({ id: 'e3', at: at(3), client: { ...SESSION_FIELDS.client, address: '2001:db8::1' } }),
  {
    ...SESSION_FIELDS,
    ...{ id: 'e4', at: at(4), type: 'login', mechanism: 'PLAIN', username: 'Alice', verdict: 'reject', reply: '535' },
  },
  refusal({ id: 'e5', at: at(5), server: 'mx2' }),
  refusal({ id: 'e6', at: `2026-03-02T00:00:00.000Z` }),
];

/** Items of one partition a day, whatever their shard. */
function itemOf(event: PosternEvent): EventItem {
  return { ...makeEventItem(event), stream: `${event.server}#${event.at.slice(0, 10)}` };
}

describe.each(REFEREES)('DynamoEventReader with $name', ({ start }) => {
  let tables: Tables;
  let client: DynamoDBClient;
  let reader: DynamoEventReader;
  beforeAll(async () => {
    tables = await start();
    client = tables.newClient();
    await makeAdminTables(client);
    const expired = { ...itemOf(refusal({ id: 'e0', at: at(0) })), expiresAt: NOW_SECONDS };
    await new DynamoEventStore(client, TABLE_NAMES.events).write([...EVENTS.map(itemOf), expired]);
    reader = new DynamoEventReader(client, TABLE_NAMES.events);
  });
  afterAll(async () => {
    client.destroy();
    await tables.stop();
  });

  async function ids(change: Partial<EventQuestion>): Promise<unknown[]> {
    const { items } = await reader.read({ ...QUESTION, ...change });
    return items.map(({ id }) => id);
  }

  it.each<[string, Partial<EventQuestion>, string[]]>([
    ['a day of a server, newest first, without what has expired', {}, ['e4', 'e3', 'e2', 'e1']],
    ['the same, oldest first', { order: 'oldest-first' }, ['e1', 'e2', 'e3', 'e4']],
    ['both ends of the range', { from: `${at(2)}#e2`, to: `${at(3)}#e3` }, ['e3', 'e2']],
    ['types', { filter: { types: ['login', 'transaction'] } }, ['e4', 'e2']],
    ['an address', { filter: { address: '2001:db8::1' } }, ['e3']],
    ['an identity, or the name of a login', { filter: { identities: ['alice', 'Alice'] } }, ['e4', 'e2']],
    ['a session within a day', { filter: { session: 's2' } }, ['e2']],
    ['a server', { filter: { server: 'mx2' } }, []],
    ['all filters at once', { filter: { types: ['refusal'], address: '192.0.2.1', session: 's1' } }, ['e1']],
    ['a session over days and servers', session('s1', {}), ['e6', 'e5', 'e4', 'e3', 'e1']],
    ['a session with filters', session('s1', { types: ['refusal'], server: 'mx1', session: 's1' }), ['e6', 'e3', 'e1']],
  ])('gives %s', async (_, change, expected) => {
    expect(await ids(change)).toEqual(expected);
  });

  it('says how far it has looked, whatever the filter left', async () => {
    const filter = { types: ['transaction'] };

    const page = await reader.read({ ...QUESTION, filter, limit: 2 });
    const rest = await reader.read({ ...QUESTION, filter, to: String(page.readTo) });

    expect(page).toEqual({ items: [], readTo: `${at(3)}#e3` });
    expect(rest.items.map(({ id }) => id)).toEqual(['e2']);
    expect(rest.readTo).toBeUndefined();
  });

  it('gives an item as it was written', async () => {
    const { items } = await reader.read({ ...QUESTION, filter: { types: ['transaction'] } });

    expect(items).toEqual([itemOf(EVENTS[1] ?? refusal())]);
  });

  it('rejects when there is no such table', async () => {
    await expect(new DynamoEventReader(client, 'lost').read(QUESTION)).rejects.toThrow();
  });
});

function session(name: string, filter: EventQuestion['filter']): Partial<EventQuestion> {
  return { partition: { kind: 'session', session: name }, to: '2026-03-03', filter };
}

it('rejects when the table does not answer in time', async () => {
  const silent = await startSilent();
  const client = silent.newClient();

  await expect(new DynamoEventReader(client, TABLE_NAMES.events).read(QUESTION)).rejects.toMatchObject({
    name: expect.stringMatching(/^(?:TimeoutError|AbortError)$/),
  });
  client.destroy();
  await silent.stop();
});
