import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LogFields } from './log.ts';
import { MinuteTally } from './minute-tally.ts';

let lines: LogFields[];
let tally: MinuteTally;

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  tally = new MinuteTally((fields) => void lines.push(fields), 'closed-without-reply');
});
afterEach(() => void vi.useRealTimers());

it('tells the first at once, the rest of a minute in one line, and of nothing nothing', () => {
  tally.add('denied');
  const atOnce = lines.length;
  for (let count = 0; count < 1000; count += 1) tally.add('denied');
  tally.add('late');
  vi.advanceTimersByTime(59_999);
  const before = lines.length;
  vi.advanceTimersByTime(300_001);

  expect([atOnce, before]).toEqual([1, 1]);
  expect(lines).toEqual([
    { event: 'closed-without-reply', count: 1, reasons: { denied: 1 } },
    { event: 'closed-without-reply', count: 1001, reasons: { denied: 1000, late: 1 } },
  ]);
  expect(tally.total).toBe(1002);
  expect(vi.getTimerCount()).toBe(0);
});

it('begins anew after a quiet minute', () => {
  tally.add('denied');
  vi.advanceTimersByTime(60_000);

  tally.add('denied');

  expect(lines).toHaveLength(2);
});

it('keeps no more reasons apart than a line can hold', () => {
  for (let reason = 0; reason < 100; reason += 1) tally.add(`reason ${reason}`);

  tally.flush();

  expect(Object.keys(lines[1]?.reasons ?? {})).toHaveLength(21);
  expect(lines[1]).toMatchObject({ count: 99, reasons: { other: 79 } });
});
