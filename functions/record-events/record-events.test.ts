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
});
