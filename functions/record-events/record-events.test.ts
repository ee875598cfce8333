import { describe, expect, it } from 'vitest';
import type { EventItem } from '../tables/event-item.ts';
import type { EventStore } from '../tables/event-store.ts';
import { refusal } from '../test-support/events.ts';
import { recordEvents } from './record-events.ts';

class FakeEvents implements EventStore {
  readonly written: EventItem[] = [];

  async write(items: readonly EventItem[]): Promise<void> {
    this.written.push(...items);
  }
}

describe('recordEvents', () => {
  it('writes each event once, also one that was sent twice', async () => {
    const store = new FakeEvents();

    await recordEvents({ events: [refusal(), refusal({ id: 'e2' }), refusal(), refusal({ server: 'mx2' })] }, store);

    expect(store.written.map(({ server, id }) => [server, id])).toEqual([
      ['mx1', 'e1'],
      ['mx1', 'e2'],
      ['mx2', 'e1'],
    ]);
  });

  it('throws what the store throws', async () => {
    const store: EventStore = { write: () => Promise.reject(new Error('Cannot write 1 of 1 events: throttled')) };

    await expect(recordEvents({ events: [refusal()] }, store)).rejects.toThrow('Cannot write 1 of 1 events');
  });

  it('sends each to the archive where there is one, and keeps it a week in the table', async () => {
    const store = new FakeEvents();
    const archived: string[] = [];
    const archive = {
      put: async (events: readonly { id: string }[]) => void archived.push(...events.map(({ id }) => id)),
    };

    await recordEvents({ events: [refusal({ keepDays: 30 }), refusal({ id: 'e2', keepDays: 3 })] }, store, archive);

    const days = store.written.map(
      ({ expiresAt, at }) => (expiresAt * 1000 - Date.parse(at.slice(0, 24))) / 86_400_000,
    );
    expect(days.map(Math.round)).toEqual([7, 3]);
    expect(archived).toEqual(['e1', 'e2']);
  });

  it('throws what the archive throws, so that the batch is sent again', async () => {
    const archive = { put: () => Promise.reject(new Error('Cannot archive 1 of 1 events')) };

    await expect(recordEvents({ events: [refusal()] }, new FakeEvents(), archive)).rejects.toThrow('Cannot archive 1');
  });
});
