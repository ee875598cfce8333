import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PosternEvent } from '../../policy/event.ts';
import { type FunctionCall, TestFunctions } from '../../test/support/edge-proxy-functions.ts';
import { testLog } from '../../test/support/edge-proxy-log.ts';
import { Faults } from '../faults.ts';
import type { LogFields } from '../log.ts';
import { EventRecorder, newEventId } from './event-recorder.ts';

function eventNamed(id: string, rule = 'command#VRFY'): PosternEvent {
  return {
    type: 'limit',
    id,
    at: '2026-01-02T03:04:05.000Z',
    server: 'mx1',
    policyVersion: '0123456789abcdef',
    keepDays: 30,
    session: 'S1',
    client: { address: '192.0.2.1', port: 4711, tls: false },
    rule,
    limit: 1,
    reply: '421 4.7.0 x',
  };
}

function idsOf(call: FunctionCall | undefined): string[] {
  const payload = call?.payload as { readonly events: readonly PosternEvent[] } | undefined;
  return (payload?.events ?? []).map(({ id }) => id);
}

function makeBed(answer: (call: FunctionCall) => unknown = () => null) {
  const functions = new TestFunctions(answer);
  const log = testLog();
  const recorder = new EventRecorder({ client: functions, recordEventsFunction: 'record-events-fn', log: log.log });
  const record = (count: number, from = 0): void => {
    for (let number = from; number < from + count; number += 1) recorder.record(eventNamed(`e${number}`));
  };
  return { functions, log, recorder, record };
}

/** Lets promises and timers due now run. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a fault of ours', () => {
  it('ends the delivery in which it shows, and not the next', async () => {
    const lines: LogFields[] = [];
    const functions = new TestFunctions(() => {
      throw new Error('function is down');
    });
    const faults = new Faults((fields) => void lines.push(fields));
    const log = (): never => {
      throw new TypeError('a fault of ours');
    };
    const recorder = new EventRecorder({ client: functions, recordEventsFunction: 'record-events-fn', log, faults });

    recorder.record(eventNamed('a'));
    await vi.advanceTimersByTimeAsync(1000);
    recorder.record(eventNamed('b'));
    await vi.advanceTimersByTimeAsync(1000);

    expect(functions.calls.map(idsOf)).toEqual([['a'], ['a'], ['b'], ['b']]);
    expect(lines).toMatchObject([{ place: 'record-events' }, { place: 'record-events' }]);
    expect(recorder.undelivered).toBe(2);
  });
});

describe('batches', () => {
  it('hands on what came within a second in one call, bounded by 3 s', async () => {
    const { functions, record } = makeBed();
    record(3);

    await vi.advanceTimersByTimeAsync(999);
    const callsBefore = functions.calls.length;
    await vi.advanceTimersByTimeAsync(1);

    expect(callsBefore).toBe(0);
    expect(functions.calls).toHaveLength(1);
    expect(functions.calls[0]).toMatchObject({ name: 'record-events-fn', timeoutMs: 3000 });
    expect(idsOf(functions.calls[0])).toEqual(['e0', 'e1', 'e2']);
  });

  it('hands on 500 events at once', async () => {
    const { functions, record } = makeBed();

    record(500);
    await settle();

    expect(functions.calls).toHaveLength(1);
    expect(idsOf(functions.calls[0])).toHaveLength(500);
  });

  it('parts more than 500 into calls of 500', async () => {
    const { functions, record } = makeBed();

    record(1100);
    await vi.advanceTimersByTimeAsync(1000);

    expect(functions.calls.map((call) => idsOf(call).length)).toEqual([500, 500, 100]);
  });

  it('parts what is over a million octets, a larger event alone', async () => {
    const { functions, recorder } = makeBed();
    for (const [id, octets] of [
      ['a', 600_000],
      ['b', 600_000],
      ['c', 1_500_000],
      ['d', 10],
      ['e', 10],
    ] as const) {
      recorder.record(eventNamed(id, 'x'.repeat(octets)));
    }

    await vi.advanceTimersByTimeAsync(1000);

    expect(functions.calls.map(idsOf)).toEqual([['a'], ['b'], ['c'], ['d', 'e']]);
  });

  it('counts octets and not characters', async () => {
    const { functions, recorder } = makeBed();
    recorder.record(eventNamed('a', '\u20AC'.repeat(200_000)));
    recorder.record(eventNamed('b', '\u20AC'.repeat(200_000)));

    await vi.advanceTimersByTimeAsync(1000);

    expect(functions.calls.map(idsOf)).toEqual([['a'], ['b']]);
  });

  it('makes no call while there is nothing to tell', async () => {
    const { functions, recorder } = makeBed();

    await recorder.flush(1000);
    await vi.advanceTimersByTimeAsync(10_000);

    expect(functions.calls).toHaveLength(0);
  });

  it('makes one call at a time, and gathers meanwhile', async () => {
    const held: PromiseWithResolvers<unknown>[] = [];
    const { functions, record } = makeBed(() => {
      const answer = Promise.withResolvers<unknown>();
      held.push(answer);
      return answer.promise;
    });
    record(500);
    record(150, 500);

    await vi.advanceTimersByTimeAsync(5000);
    const callsBefore = functions.calls.length;
    held[0]?.resolve(null);
    await settle();

    expect(callsBefore).toBe(1);
    expect(functions.calls.map((call) => idsOf(call).length)).toEqual([500, 150]);
  });

  it('makes whole batches of what came during a call, and lets the rest wait for company', async () => {
    const { functions, record } = makeBed();
    record(500);
    record(50, 500);
    await settle();
    const callsBefore = functions.calls.length;

    record(460, 550);
    await settle();
    const callsWhenWhole = functions.calls.length;
    await vi.advanceTimersByTimeAsync(1000);

    expect([callsBefore, callsWhenWhole]).toEqual([1, 2]);
    expect(functions.calls.map((call) => idsOf(call).length)).toEqual([500, 500, 10]);
  });

  it('lets the first event after a flush of nothing wait for company', async () => {
    const { functions, recorder, record } = makeBed();
    await recorder.flush(1000);

    record(1);
    await settle();

    expect(functions.calls).toHaveLength(0);
  });

  it('starts anew after a pause', async () => {
    const { functions, record } = makeBed();
    record(1);
    await vi.advanceTimersByTimeAsync(1000);

    record(1, 1);
    await vi.advanceTimersByTimeAsync(1000);

    expect(functions.calls.map(idsOf)).toEqual([['e0'], ['e1']]);
  });
});

describe('what cannot be delivered', () => {
  it('is tried a second time, the very same', async () => {
    let calls = 0;
    const { functions, log, recorder, record } = makeBed(() => {
      calls += 1;
      if (calls === 1) throw new Error('throttled');
      return null;
    });
    record(2);

    await vi.advanceTimersByTimeAsync(1000);

    expect(functions.calls.map(idsOf)).toEqual([
      ['e0', 'e1'],
      ['e0', 'e1'],
    ]);
    expect([recorder.undelivered, log.lines]).toEqual([0, []]);
  });

  it('is printed whole after the second time, with the reason, and counted', async () => {
    const { functions, log, recorder, record } = makeBed(() => Promise.reject(new Error('down')));
    record(2);

    await vi.advanceTimersByTimeAsync(1000);

    expect(functions.calls).toHaveLength(2);
    expect(log.lines).toEqual([
      { event: 'event-undelivered', cause: 'down', undelivered: eventNamed('e0') },
      { event: 'event-undelivered', cause: 'down', undelivered: eventNamed('e1') },
    ]);
    expect(recorder.undelivered).toBe(2);
  });

  it('does not keep later events from being delivered', async () => {
    const { functions, recorder, record } = makeBed(() => Promise.reject(new Error('down')));
    record(1);
    await vi.advanceTimersByTimeAsync(1000);

    functions.answer = () => null;
    record(1, 1);
    await vi.advanceTimersByTimeAsync(1000);

    expect(idsOf(functions.calls.at(-1))).toEqual(['e1']);
    expect(recorder.undelivered).toBe(1);
  });

  it('is printed at once when 5000 events wait already', async () => {
    const { functions, log, recorder, record } = makeBed(() => new Promise(() => {}));

    record(500 + 5000);
    const printedBefore = log.lines.length;
    record(3, 5500);

    expect(functions.calls).toHaveLength(1);
    expect(printedBefore).toBe(0);
    expect(log.lines.map(({ undelivered }) => (undelivered as PosternEvent).id)).toEqual(['e5500', 'e5501', 'e5502']);
    expect(recorder.undelivered).toBe(3);
  });
});

describe('flush', () => {
  it('delivers at once what is held', async () => {
    const { functions, recorder, record } = makeBed();
    record(3);

    await recorder.flush(1000);

    expect(functions.calls.map(idsOf)).toEqual([['e0', 'e1', 'e2']]);
  });

  it('waits for the call under way and those after it', async () => {
    const { functions, recorder, record } = makeBed(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    record(550);

    const flushed = recorder.flush(1000);
    await vi.advanceTimersByTimeAsync(200);
    await flushed;

    expect(functions.calls.map((call) => idsOf(call).length)).toEqual([500, 50]);
  });

  it('resolves when everything failed, and it is printed', async () => {
    const { log, recorder, record } = makeBed(() => Promise.reject(new Error('down')));
    record(550);

    await recorder.flush(1000);

    expect(log.lines).toHaveLength(550);
    expect(recorder.undelivered).toBe(550);
  });

  it('prints what is not delivered in time, that under way too, each once', async () => {
    const held = Promise.withResolvers<unknown>();
    const { log, recorder, record } = makeBed(() => held.promise);
    record(550);

    const flushed = recorder.flush(1000);
    await vi.advanceTimersByTimeAsync(1000);
    await flushed;
    held.reject(new Error('too late'));
    await vi.advanceTimersByTimeAsync(10_000);

    expect(log.lines).toHaveLength(550);
    expect(new Set(log.lines.map(({ undelivered }) => (undelivered as PosternEvent).id)).size).toBe(550);
    expect(log.lines[0]).toMatchObject({ cause: 'not delivered in 1000 ms' });
    expect(recorder.undelivered).toBe(550);
  });

  it('leaves no timer behind', async () => {
    const { recorder, record } = makeBed();
    record(3);

    await recorder.flush(1000);

    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('newEventId', () => {
  it('never gives the same id twice', () => {
    const ids = Array.from({ length: 10_000 }, newEventId);

    expect(new Set(ids).size).toBe(10_000);
  });
});
