import { describe, expect, it } from 'vitest';
import { SesPace } from './pace.ts';

interface Bed {
  readonly pace: SesPace;
  nowMs: number;
  rate: number | undefined;
  reads: number;
}

async function start(rate: number | undefined): Promise<Bed> {
  const bed: Bed = {
    nowMs: 1_000_000,
    rate,
    reads: 0,
    pace: new SesPace({
      nowMs: () => bed.nowMs,
      readRate: async () => {
        bed.reads += 1;
        return bed.rate;
      },
    }),
  };
  bed.pace.turn(0, bed.nowMs);
  await new Promise(setImmediate);
  return bed;
}

const SOON = Number.POSITIVE_INFINITY;

describe('a turn', () => {
  it('comes at once for a second’s share, and then as the rate has it', async () => {
    const { pace } = await start(10);

    const waits = Array.from({ length: 14 }, () => pace.turn(1, SOON));

    expect(waits).toEqual([...Array.from({ length: 10 }, () => 0), 100, 200, 300, 400]);
  });

  it('for more recipients than a second’s share waits for that share, and those after it for the rest', async () => {
    const { pace } = await start(10);

    expect([pace.turn(50, SOON), pace.turn(1, SOON)]).toEqual([0, 4100]);
  });

  it('is none, and takes nothing, where it would come too late', async () => {
    const bed = await start(1);

    const waits = [1, 2, 3].map(() => bed.pace.turn(1, bed.nowMs + 1500));
    bed.nowMs += 3000;

    expect([...waits, bed.pace.turn(1, bed.nowMs)]).toEqual([0, 1000, undefined, 0]);
  });

  it('is never more than a second’s share ahead after a pause', async () => {
    const bed = await start(2);
    bed.nowMs += 60_000;

    expect([1, 2, 3].map(() => bed.pace.turn(1, SOON))).toEqual([0, 0, 500]);
  });

  it.each([undefined, 0, -1])('comes at once where the rate is %s', async (rate) => {
    const { pace } = await start(rate);

    expect([pace.turn(50, SOON), pace.turn(50, SOON)]).toEqual([0, 0]);
  });

  it('comes a second after a throttle, for all', async () => {
    const bed = await start(undefined);

    bed.pace.throttled();

    expect([bed.pace.turn(1, SOON), bed.pace.turn(1, bed.nowMs + 999)]).toEqual([1000, undefined]);
  });
});

it('reads the quota again when it is ten minutes old, and goes by what was known where it cannot be read', async () => {
  const bed = await start(1);

  bed.nowMs += 599_999;
  bed.pace.turn(1, SOON);
  const before = bed.reads;
  bed.nowMs += 1;
  bed.rate = 1000;
  bed.pace.turn(1, SOON);
  await new Promise(setImmediate);
  bed.nowMs += 2000;

  expect([before, bed.reads]).toEqual([1, 2]);
  expect(Array.from({ length: 5 }, () => bed.pace.turn(1, SOON))).toEqual([0, 0, 0, 0, 0]);
});
