import { expect, it } from 'vitest';
import { changedEvent } from './changed-event.ts';

it('leaves out a side that is too large for an item', () => {
  const { before, after } = changedEvent(
    {
      server: 'mx1',
      item: 'x',
      action: 'changed',
      before: { set: new Set(['b', 'a']) },
      after: { note: 'x'.repeat(200_000) },
    },
    { id: 'e1', who: 'me', at: '2026-03-01T12:00:00.000Z', keepDays: 30 },
  );

  expect(before).toEqual({ set: ['a', 'b'] });
  expect(after).toEqual({ omitted: '200011 octets, too many for an event' });
});
