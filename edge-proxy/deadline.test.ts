import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from './deadline.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Deadline', () => {
  it('passes once, when its time has come', () => {
    const onPassed = vi.fn();
    new Deadline(onPassed).set(100);

    vi.advanceTimersByTime(99);
    expect(onPassed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(500);
    expect(onPassed).toHaveBeenCalledOnce();
  });

  it('moves later without a timer more, and earlier with one', () => {
    const onPassed = vi.fn();
    const deadline = new Deadline(onPassed);

    deadline.set(100);
    vi.advanceTimersByTime(90);
    deadline.set(100);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(99);
    expect(onPassed).not.toHaveBeenCalled();
    deadline.set(0.5);
    vi.advanceTimersByTime(1);
    expect(onPassed).toHaveBeenCalledOnce();
  });

  it('does not pass when cleared, and leaves no timer when stopped', () => {
    const onPassed = vi.fn();
    const deadline = new Deadline(onPassed);

    deadline.set(100);
    deadline.clear();
    vi.advanceTimersByTime(1000);
    deadline.set(100);
    deadline.stop();

    expect(vi.getTimerCount()).toBe(0);
    expect(onPassed).not.toHaveBeenCalled();
  });

  it('works anew after it passed', () => {
    const onPassed = vi.fn();
    const deadline = new Deadline(onPassed);

    for (let count = 0; count < 3; count += 1) {
      deadline.set(10);
      vi.advanceTimersByTime(10);
    }

    expect(onPassed).toHaveBeenCalledTimes(3);
  });
});
