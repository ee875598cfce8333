import { describe, expect, it } from 'vitest';
import { untilProcessed } from './until-processed.ts';

/** An attempt that processes one item a call and keeps what it was asked. */
function oneByOne(asked: (readonly number[])[]): (left: readonly number[]) => Promise<readonly number[]> {
  return async (left) => {
    asked.push(left);
    return left.slice(1);
  };
}

describe('untilProcessed', () => {
  it('asks once when nothing is left', async () => {
    const asked: (readonly number[])[] = [];

    expect(await untilProcessed([1], oneByOne(asked), 1000)).toEqual([]);
    expect(asked).toEqual([[1]]);
  });

  it('asks again for what is left, and only for that', async () => {
    const asked: (readonly number[])[] = [];

    expect(await untilProcessed([1, 2, 3], oneByOne(asked), 1000)).toEqual([]);
    expect(asked).toEqual([[1, 2, 3], [2, 3], [3]]);
  });

  it('gives up at the bound and gives what is left', async () => {
    const started = performance.now();
    let calls = 0;

    const throttled = async () => {
      calls += 1;
      return [2];
    };

    const left = await untilProcessed([1, 2], throttled, 120);

    expect(left).toEqual([2]);
    expect(performance.now() - started).toBeGreaterThan(100);
    expect(calls).toBeGreaterThan(1);
    expect(calls).toBeLessThan(6);
  });

  it('gives the attempt a signal that aborts at the bound', async () => {
    const aborted = untilProcessed(
      [1],
      (_items, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
      20,
    );

    await expect(aborted).rejects.toThrow('aborted');
  });

  it('throws what the attempt throws', async () => {
    await expect(untilProcessed([1], () => Promise.reject(new Error('table not found')), 1000)).rejects.toThrow(
      'table not found',
    );
  });
});
