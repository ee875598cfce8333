import { afterEach, describe, expect, it, vi } from 'vitest';
import { recordConsole } from './test-support/invocation.ts';
import { warmedUp } from './warm-up.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('warmedUp', () => {
  it('waits for the answer, whatever it is', async () => {
    const answer = Promise.withResolvers<string>();
    let isWarm = false;
    const ready = warmedUp(() => answer.promise).then(() => {
      isWarm = true;
    });

    await new Promise((resolve) => setImmediate(resolve));
    expect(isWarm).toBe(false);
    answer.resolve('any');
    await ready;
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('table not found'))],
    [
      'throws',
      () => {
        throw new Error('table not found');
      },
    ],
  ])('says what went wrong when the question %s, and lets the function start', async (_how, ask) => {
    const logged = recordConsole();

    await warmedUp(ask);

    expect(logged.lines()).toMatchObject([{ level: 'error', problem: 'Cannot warm up: Error: table not found' }]);
  });
});
