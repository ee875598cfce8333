import { describe, expect, it, vi } from 'vitest';
import type { EventItem } from '../tables/event-item.ts';
import type { EventStore } from '../tables/event-store.ts';
import { refusal } from '../test-support/events.ts';
import { recordConsole } from '../test-support/invocation.ts';
import { recordEvents } from './record-events.ts';

class FakeEvents implements EventStore {
  readonly written: EventItem[] = [];

  async write(items: readonly EventItem[]): Promise<void> {
    this.written.push(...items);
  }
}

const NO_COUNTS = { add: () => Promise.resolve(true) };

describe('recordEvents', () => {
  it('writes each event once, also one that was sent twice', async () => {
    const store = new FakeEvents();

    const events = [refusal(), refusal({ id: 'e2' }), refusal(), refusal({ server: 'mx2' })];
    await recordEvents({ events }, { events: store, counts: NO_COUNTS });

    expect(store.written.map(({ server, id }) => [server, id])).toEqual([
      ['mx1', 'e1'],
      ['mx1', 'e2'],
      ['mx2', 'e1'],
    ]);
  });

  it('throws what the store throws', async () => {
    const store: EventStore = { write: () => Promise.reject(new Error('Cannot write 1 of 1 events: throttled')) };
    const counts = { add: vi.fn(() => Promise.resolve(true)) };

    const recorded = recordEvents({ events: [refusal()] }, { events: store, counts });

    await expect(recorded).rejects.toThrow('Cannot write 1 of 1 events');
    expect(counts.add).not.toHaveBeenCalled();
  });

  it('does not fail when counting does, and says so', async () => {
    const logged = recordConsole();
    const counts = { add: () => Promise.reject(new Error('throttled')) };

    await recordEvents({ events: [refusal()] }, { events: new FakeEvents(), counts });

    expect(logged.text()).toContain('Cannot count events: Error: throttled');
  });

  it('gives the same events the same name when they come again, and others another', async () => {
    const batches: string[] = [];
    const counts = { add: async (_counts: unknown, batch: string) => batches.push(batch) > 0 };
    const stores = { events: new FakeEvents(), counts };

    for (const id of ['e1', 'e1', 'e2']) await recordEvents({ events: [refusal({ id })] }, stores);

    expect(batches[1]).toBe(batches[0]);
    expect(batches[2]).not.toBe(batches[0]);
  });

  it('sends each to the archive where there is one, and keeps it a week in the table', async () => {
    const store = new FakeEvents();
    const archived: string[] = [];
    const archive = {
      put: async (events: readonly { id: string }[]) => void archived.push(...events.map(({ id }) => id)),
    };

    await recordEvents(
      { events: [refusal({ keepDays: 30 }), refusal({ id: 'e2', keepDays: 3 })] },
      { events: store, counts: NO_COUNTS, archive },
    );

    const days = store.written.map(
      ({ expiresAt, at }) => (expiresAt * 1000 - Date.parse(at.slice(0, 24))) / 86_400_000,
    );
    expect(days.map(Math.round)).toEqual([7, 3]);
    expect(archived).toEqual(['e1', 'e2']);
  });

  it('throws what the archive throws, so that the batch is sent again', async () => {
    const archive = { put: () => Promise.reject(new Error('Cannot archive 1 of 1 events')) };

    await expect(
      recordEvents({ events: [refusal()] }, { events: new FakeEvents(), counts: NO_COUNTS, archive }),
    ).rejects.toThrow('Cannot archive 1');
  });
});
