import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { VitalSigns } from './vital-signs.ts';

let vitalSigns: VitalSigns | undefined;

afterEach(() => {
  vitalSigns?.close();
  vi.useRealTimers();
});

/** Blocks the event loop until that is seen: the clock starts at its first look, which may be late on a busy machine. */
async function block(signs: VitalSigns): Promise<void> {
  await vi.waitFor(
    async () => {
      await delay(50);
      const until = performance.now() + 200;
      while (performance.now() < until);
      await delay(50);
      expect(signs.read().worstEventLoopDelayMs).toBeGreaterThan(100);
    },
    { timeout: 15_000 },
  );
}

it('tells memory, and how late the event loop was, to every reader', async () => {
  vitalSigns = new VitalSigns();
  await block(vitalSigns);

  const [signs, again] = [vitalSigns.read(), vitalSigns.read()];

  expect(signs.residentOctets).toBeGreaterThan(signs.heapOctets);
  expect(signs.heapOctets).toBeGreaterThan(0);
  expect(signs.worstEventLoopDelayMs).toBeGreaterThan(100);
  expect(signs.eventLoopDelayMs).toBeLessThanOrEqual(signs.worstEventLoopDelayMs);
  expect(again.worstEventLoopDelayMs).toBeGreaterThanOrEqual(signs.worstEventLoopDelayMs);
});

it('forgets after the minute that follows', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  vitalSigns = new VitalSigns();
  await block(vitalSigns);

  vi.advanceTimersByTime(60_000);
  const within = vitalSigns.read().worstEventLoopDelayMs;
  vi.advanceTimersByTime(60_000);
  const after = vitalSigns.read().worstEventLoopDelayMs;

  expect(within).toBeGreaterThan(100);
  expect(after).toBeLessThan(within);
});
