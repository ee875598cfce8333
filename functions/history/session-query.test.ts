import { describe, expect, it } from 'vitest';
import { EventTable } from '../test-support/event-table.ts';
import type { EventAttributes } from './event-reader.ts';
import { readSession, type SessionPart } from './session-query.ts';

const NEVER_SPENT = { isSpent: () => false };

function event(index: number, more: EventAttributes = {}): EventAttributes {
  const at = new Date(Date.UTC(2026, 2, 1, 23, 59, 0) + index * 1000).toISOString();
  const id = `id${index}`;
  return { session: 's1', at: `${at}#${id}`, id, type: 'refusal', expiresAt: 4e9, ...more };
}

/** `count` events, the last of which is the session's end. */
function ended(count: number, more: EventAttributes = {}): EventAttributes[] {
  return Array.from({ length: count }, (_, index) =>
    event(index, index === count - 1 ? { type: 'session', ...more } : more),
  );
}

async function parts(table: EventTable, limit: number, budget = NEVER_SPENT): Promise<SessionPart[]> {
  const found: SessionPart[] = [];
  let after: string | undefined;
  do {
    const part = await readSession({ session: 's1', limit, after }, table, budget, 0);
    found.push(part);
    after = part.next;
  } while (after !== undefined);
  return found;
}

function idsOf(found: readonly SessionPart[]): unknown[] {
  return found.flatMap(({ events }) => events.map(({ id }) => id));
}

describe('readSession', () => {
  it.each([
    [1, 10, 100, 1],
    [10, 10, 100, 1],
    [11, 10, 100, 2],
    [120, 50, 100, 3],
    [120, 50, 7, 3],
    [9, 1, 2, 9],
  ])('gives %i events by %i in pages of %i, each once, in %i parts', async (count, limit, mostInPage, expected) => {
    const table = new EventTable([...ended(count), event(3, { session: 's2' })], mostInPage);

    const found = await parts(table, limit);

    expect(found).toHaveLength(expected);
    expect(idsOf(found)).toEqual(ended(count).map(({ id }) => id));
  });

  it('knows the end of the session in every part, and between which times the part lies', async () => {
    const found = await parts(new EventTable(ended(5)), 2);

    expect(found.map(({ end }) => end?.id)).toEqual(['id4', 'id4', 'id4']);
    expect(found.map(({ after, to }) => [after, to])).toEqual([
      [undefined, '2026-03-01T23:59:01.000Z'],
      ['2026-03-01T23:59:01.000Z', '2026-03-01T23:59:03.000Z'],
      ['2026-03-01T23:59:03.000Z', undefined],
    ]);
  });

  it('has no end while the session runs', async () => {
    const [part] = await parts(new EventTable([event(0)]), 10);

    expect(part?.events).toHaveLength(1);
    expect(part?.end).toBeUndefined();
  });

  it('gives nothing of a session that is unknown, or has expired', async () => {
    expect(idsOf(await parts(new EventTable([]), 10))).toEqual([]);
    expect(idsOf(await parts(new EventTable(ended(5, { expiresAt: 0 })), 10))).toEqual([]);
  });

  it('gives a shorter part when its budget is spent or it grows too large', async () => {
    const large = ended(30, { text: 'x'.repeat(300_000) });

    const byBudget = await parts(new EventTable(ended(20), 5), 100, { isSpent: () => true });
    const bySize = await parts(new EventTable(large), 100);

    expect(byBudget.length).toBeGreaterThan(3);
    expect(idsOf(byBudget)).toHaveLength(20);
    expect(bySize.length).toBeGreaterThan(2);
    expect(idsOf(bySize)).toHaveLength(30);
    expect(Math.max(...bySize.map(({ events }) => JSON.stringify(events).length))).toBeLessThan(4_000_000);
  });
});
