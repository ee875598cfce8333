import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ReplyHolds } from './reply-holds.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('lets replies wait for a moment, and no longer', () => {
  const holds = new ReplyHolds();
  const flush = vi.fn(() => holds.release(entry));

  const entry = holds.hold(flush);
  vi.advanceTimersByTime(99);
  const early = flush.mock.calls.length;
  vi.advanceTimersByTime(1);
  vi.advanceTimersByTime(1000);

  expect([early, flush.mock.calls.length]).toEqual([0, 1]);
});

it('does not call for what was released', () => {
  const holds = new ReplyHolds();
  const [gone, held] = [vi.fn(), vi.fn()];
  const entry = holds.hold(gone);
  holds.hold(held);

  holds.release(entry);
  vi.advanceTimersByTime(100);

  expect([gone.mock.calls.length, held.mock.calls.length]).toEqual([0, 1]);
});

it('calls again for what is held again', () => {
  const holds = new ReplyHolds();
  let entry = holds.hold(() => holds.release(entry));
  vi.advanceTimersByTime(100);
  const flush = vi.fn();

  entry = holds.hold(() => {
    holds.release(entry);
    flush();
  });
  vi.advanceTimersByTime(100);

  expect(flush).toHaveBeenCalledOnce();
});
