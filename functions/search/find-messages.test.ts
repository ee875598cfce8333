import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNetwork } from '../../policy/client-network.ts';
import type { Verdict } from '../../policy/event.ts';
import { PageBudget } from '../history/event-query.ts';
import type { EventAttributes } from '../history/event-reader.ts';
import { makeEventItem } from '../tables/event-item.ts';
import { EventTable } from '../test-support/event-table.ts';
import { transaction } from '../test-support/events.ts';
import { findMessages } from './find-messages.ts';
import { makeIndexItems } from './index-item.ts';
import { indexKeys, isFound, type MessageCriteria } from './message-query.ts';
import type { Transaction } from './search-key.ts';

const SINCE = '2026-03-01T00:00:00.000Z';
const UNTIL = '2026-03-03T00:00:00.000Z';
const SERVERS = ['mx1', 'mx2'];

const address = fc.constantFrom('bob@example.com', 'Bob@Example.com', 'eve@example.net', 'x@sub.example.com', 'root');
const recipient = fc.record({
  address,
  reply: fc.constantFrom(250, 250, 550, 451),
  rule: fc.constantFrom('domain#example.com', 'relay-domains', 'next-hop'),
});
const times = fc.oneof(
  fc.integer({ min: Date.parse(SINCE) - 1000, max: Date.parse(UNTIL) + 1000 }),
  // Many in one minute.
  fc.integer({ min: Date.parse('2026-03-01T10:00:00Z'), max: Date.parse('2026-03-01T10:01:00Z') }),
);
const messages = fc
  .array(
    fc.record({
      at: times.map((ms) => new Date(ms).toISOString()),
      server: fc.constantFrom(...SERVERS),
      session: fc.constantFrom('sA', 'sB', 'sC'),
      sender: fc.oneof(fc.constant(''), address),
      recipients: fc.array(recipient, { maxLength: 3 }),
      client: fc
        .constantFrom('203.0.113.9', '203.0.200.1', '2001:db8:1:2::3', 'unknown')
        .map((client) => ({ address: client, port: 1, tls: false })),
      identity: fc.constantFrom(undefined, 'alice'),
      messageId: fc.constantFrom(undefined, 'm1@example.com', 'm2@example.com'),
      verdict: fc.constantFrom<Verdict>('accepted', 'accepted', 'refused', 'deferred', 'held'),
      rule: fc.constantFrom('next-hop', 'screen#010-exe'),
    }),
    { maxLength: 60 },
  )
  .map((list) => list.map((change, index) => transaction({ ...change, id: `e${index}` }) as Transaction));

function networkOf(text: string) {
  const network = parseNetwork(text);
  return network.ok ? network.value : undefined;
}

const criteria = fc.constantFrom<MessageCriteria>(
  { recipient: 'bob@example.com' },
  { recipient: '@example.com' },
  { sender: 'bob@example.com' },
  { sender: '<>' },
  { sender: '@sub.example.com' },
  { client: networkOf('203.0.113.9') },
  { client: networkOf('203.0.113.0/25') },
  { client: networkOf('203.0.0.0/16') },
  { client: networkOf('2001:db8::/32') },
  { client: networkOf('2001:db8:1:2::/64') },
  { identity: 'alice' },
  { messageId: 'm1@example.com' },
  { rule: 'screen#010-exe' },
  { rule: 'relay-domains' },
  { verdicts: ['refused', 'deferred'] },
  { recipient: 'bob@example.com', verdicts: ['refused'] },
  { recipient: 'eve@example.net', sender: '@example.com', identity: 'alice' },
);

/** The table as batches of events have left it, in whatever sizes they came; some came twice. */
function tableOf(all: readonly Transaction[], sizes: readonly number[], mostInPage: number): EventTable {
  const items = new Map<string, EventAttributes>();
  const put = (item: EventAttributes): void => void items.set(`${item.stream} ${item.at}`, item);
  for (const event of all) put(makeEventItem(event));
  for (const size of sizes) {
    for (let at = 0; at < all.length; at += size) {
      for (const item of makeIndexItems(all.slice(at, at + size))) put({ ...item });
    }
  }
  return new EventTable([...items.values()], mostInPage);
}

async function findAll(table: EventTable, wanted: MessageCriteria, limit: number) {
  const ids: unknown[] = [];
  const keys = indexKeys(wanted) ?? [];
  let before: string | undefined;
  for (;;) {
    const budget = new PageBudget(() => 0);
    const found = await findMessages({
      ...{ servers: SERVERS, keys, criteria: wanted, since: SINCE, until: UNTIL, limit, before },
      ...{ reader: budget.charging(table), budget, nowSeconds: 0 },
    });
    ids.push(...found.items.map(({ id }) => id));
    if (found.before === undefined) return ids;
    if (before !== undefined && found.before >= before) throw new Error(`From ${before} to ${found.before}`);
    before = found.before;
  }
}

describe('findMessages', () => {
  it('finds every message that has what is asked for, once, newest first, whatever batches they came in', async () => {
    await fc.assert(
      fc.asyncProperty(
        messages,
        criteria,
        fc.constantFrom([7], [100], [1, 20], [3, 100]),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 2, max: 100 }),
        async (all, wanted, sizes, limit, mostInPage) => {
          const ids = await findAll(tableOf(all, sizes, mostInPage), wanted, limit);

          const expected = all
            .filter(({ at }) => at >= SINCE && at < UNTIL)
            .map(makeEventItem)
            .filter((item) => isFound(item, wanted))
            .sort((a, b) => (a.at > b.at ? -1 : 1));
          expect(ids).toEqual(expected.map(({ id }) => id));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('reads little of what a busy day has: of each server and level one partition, and the messages found', async () => {
    const all = Array.from({ length: 5000 }, (_, index) => {
      const at = new Date(Date.parse(SINCE) + index * 17_000).toISOString();
      const recipients = [{ address: `user${index}@example.com`, reply: 250, rule: 'domain#example.com' }];
      return transaction({ id: `e${index}`, at, session: `s${index}`, recipients }) as Transaction;
    });
    const table = tableOf(all, [100], 1000);

    const ids = await findAll(table, { recipient: 'user4321@example.com' }, 100);

    expect(ids).toEqual(['e4321']);
    expect(table.questions.length).toBeLessThanOrEqual(2 * 3);
    expect(table.got).toBe(1);
  });

  it('has no key for what most messages are', () => {
    expect(indexKeys({})).toBeUndefined();
    expect(indexKeys({ verdicts: ['accepted', 'held'] })).toBeUndefined();
    expect(indexKeys({ rule: 'next-hop' })).toBeUndefined();
    expect(indexKeys({ client: networkOf('0.0.0.0/0') })).toBeUndefined();
  });
});
