import { describe, expect, it } from 'vitest';
import { EventBatch } from './event-batch.ts';

function eventsIn(batch: EventBatch): unknown {
  return JSON.parse(Buffer.from(batch.payload()).toString());
}

describe('EventBatch', () => {
  it('is a payload of whole events, of one part or two', () => {
    const batch = new EventBatch();
    batch.add('', '{"id":"a"}');
    batch.add('{"id":"b","at":1', '{"type":"login"}');

    expect(eventsIn(batch)).toEqual({ events: [{ id: 'a' }, { id: 'b', at: 1, type: 'login' }] });
    expect(batch.texts()).toEqual(['{"id":"a"}', '{"id":"b","at":1,"type":"login"}']);
    expect([batch.count, batch.octets]).toEqual([2, batch.texts().join('').length]);
  });

  it('takes more events after its payload was looked at', () => {
    const batch = new EventBatch();
    batch.add('', '{"id":"a"}');
    batch.payload();
    batch.add('', '{"id":"b"}');

    expect(eventsIn(batch)).toEqual({ events: [{ id: 'a' }, { id: 'b' }] });
  });

  it.each([1, 10, 21_000, 65_500, 65_520, 65_530, 300_000])(
    'grows for events of %i characters, of any script',
    (length) => {
      const batch = new EventBatch();
      const texts = ['a', '\u00E9', '\u20AC', '\u{1F4E8}'].map((letter) => letter.repeat(length));
      for (const text of texts) batch.add(`{"head":${JSON.stringify(text)}`, JSON.stringify({ body: text }));

      expect(eventsIn(batch)).toEqual({ events: texts.map((text) => ({ head: text, body: text })) });
      expect(batch.octets).toBe(Buffer.byteLength(batch.texts().join('')));
    },
  );

  it('begins anew when it was cleared', () => {
    const batch = new EventBatch();
    for (let count = 0; count < 500; count += 1) batch.add('', '{"id":"old"}');
    const wasFull = batch.isFull;
    batch.clear();
    batch.add('', '{"id":"new"}');

    expect([wasFull, batch.isFull, batch.count]).toEqual([true, false, 1]);
    expect(eventsIn(batch)).toEqual({ events: [{ id: 'new' }] });
  });

  it('has room for a million octets, and for a larger event alone', () => {
    const batch = new EventBatch();
    const large = JSON.stringify('x'.repeat(999_000));

    const isFirstIn = batch.hasRoomFor('', JSON.stringify('x'.repeat(3_000_000)));
    batch.add('', large);

    expect(isFirstIn).toBe(true);
    expect(batch.hasRoomFor('', JSON.stringify('x'.repeat(900)))).toBe(true);
    expect(batch.hasRoomFor('', JSON.stringify('\u20AC'.repeat(900)))).toBe(false);
  });
});
