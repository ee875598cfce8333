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
    let calls = 0;

    const throttled = async () => {
      calls += 1;
      return [2];
    };

    const left = await untilProcessed([1, 2], throttled, 500);

    expect(left).toEqual([2]);
    expect(calls).toBeGreaterThan(1);
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

  it('gives what was left before a call that the bound cut off', async () => {
    let calls = 0;

    const left = await untilProcessed(
      [1, 2],
      (_items, signal) => {
        calls += 1;
        if (calls === 1) return Promise.resolve([2]);
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
      },
      500,
    );

    expect(left).toEqual([2]);
    expect(calls).toBe(2);
  });

  it('throws what a later attempt throws before the bound', async () => {
    let calls = 0;
    const failing = (): Promise<readonly number[]> => {
      calls += 1;
      return calls === 1 ? Promise.resolve([2]) : Promise.reject(new Error('table not found'));
    };

    await expect(untilProcessed([1, 2], failing, 10_000)).rejects.toThrow('table not found');
  });

  it('throws what the attempt throws', async () => {
    await expect(untilProcessed([1], () => Promise.reject(new Error('table not found')), 1000)).rejects.toThrow(
      'table not found',
    );
  });
});
