import { describe, expect, it } from 'vitest';
import { transaction } from '../test-support/events.ts';
import { makeIndexItems, postingsOf } from './index-item.ts';
import { hasVerdict, searchKey, type Transaction, verdictFlags } from './search-key.ts';

function message(index: number, change: Parameters<typeof transaction>[0] = {}): Transaction {
  const recipients = [{ address: `user${index}@example.com`, reply: 250, rule: 'domain#example.com' }];
  const at = `2026-03-01T10:${String(10 + Math.floor(index / 200)).padStart(2, '0')}:00Z`;
  return transaction({ id: `aB3_dE-gH1jK${index}`, at, session: `s${index}`, recipients, ...change }) as Transaction;
}

describe('items of the index', () => {
  // Write units a message, of a kilobyte each: what a busy server and a quiet one pay.
  it.each([
    [1, 4],
    [10, 2],
    [64, 1.5],
    [200, 1],
  ])('of a batch of %i messages are at most %d write units a message', (count, most) => {
    const items = makeIndexItems(Array.from({ length: count }, (_, index) => message(index)));

    const units = items.reduce((sum, item) => sum + Math.ceil((JSON.stringify(item).length + 100) / 1024), 0);
    expect(units / count).toBeLessThanOrEqual(most);
  });

  it('are the same when the same messages come again', () => {
    expect(makeIndexItems([message(1), message(2)])).toEqual(makeIndexItems([message(1), message(2)]));
  });

  it('say of a message when it was, its event and what became of it', () => {
    const [event] = [message(7, { id: 'a b:c', verdict: 'held' })];
    const key = searchKey('recipient', 'user7@example.com');

    const postings = makeIndexItems([event]).flatMap((item) => postingsOf(item.postings, key));

    expect(postings).toHaveLength(1);
    expect(postings[0]).toMatchObject({
      atMs: Date.parse(event.at),
      id: 'a b:c',
      shard: expect.stringMatching(/^\d\d$/),
    });
    expect(hasVerdict(postings[0]?.flags ?? '', ['held'])).toBe(true);
    expect(hasVerdict(postings[0]?.flags ?? '', ['accepted', 'refused'])).toBe(false);
  });

  it('fit into the table, however many recipients a message has', () => {
    const recipients = Array.from({ length: 1000 }, (_, index) => {
      return { address: `user${index}@${'x'.repeat(60)}${index}.example`, reply: 250, rule: 'next-hop' };
    });
    const events = Array.from({ length: 400 }, (_, index) => message(index, { recipients }));

    for (const item of makeIndexItems(events)) expect(item.postings.length).toBeLessThan(400_000);
  });

  it('are read though somebody has written into them', () => {
    const key = searchKey('identity', 'alice');
    expect(postingsOf('x y: :::: ', key)).toEqual([]);
    expect(postingsOf(7, key)).toEqual([]);
    expect(verdictFlags([])).toBe('A');
  });
});
