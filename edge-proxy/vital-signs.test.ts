import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { VitalSigns } from './vital-signs.ts';

it('tells memory, and how late the event loop was since the last reading', async () => {
  const vitalSigns = new VitalSigns();
  await delay(50);
  vitalSigns.read();
  // A reading starts the clock anew, at its first look.
  await delay(50);

  const until = performance.now() + 200;
  while (performance.now() < until);
  await delay(50);
  const signs = vitalSigns.read();

  expect(signs.residentOctets).toBeGreaterThan(signs.heapOctets);
  expect(signs.heapOctets).toBeGreaterThan(0);
  expect(signs.worstEventLoopDelayMs).toBeGreaterThan(100);
  expect(signs.eventLoopDelayMs).toBeLessThanOrEqual(signs.worstEventLoopDelayMs);
});
