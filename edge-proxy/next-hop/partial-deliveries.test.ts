import { expect, it } from 'vitest';
import { PartialDeliveries } from './partial-deliveries.ts';

const DELIVERY = {
  hop: 'ses',
  identity: 'alice',
  sender: 'alice@example.com',
  digest: 'd',
};
const HOUR_MS = 3_600_000;

it('has nothing left an hour after the last message that was taken in part', () => {
  let nowMs = 0;
  const served = new PartialDeliveries(() => nowMs);
  served.remember(DELIVERY, ['bob@x.example', 'dora@x.example']);

  nowMs = HOUR_MS - 1;
  const before = [served.isEmpty, served.has(DELIVERY, 'dora@x.example')];
  nowMs = HOUR_MS;

  expect(before).toEqual([false, true]);
  expect([served.isEmpty, served.has(DELIVERY, 'dora@x.example')]).toEqual([true, false]);
});

it('knows each recipient by itself, of the same message at the same hop alone', () => {
  const served = new PartialDeliveries(() => 0);
  served.remember(DELIVERY, ['bob@x.example', 'dora@x.example']);
  served.forget(DELIVERY, ['bob@x.example']);

  expect(served.has(DELIVERY, 'bob@x.example')).toBe(false);
  expect(served.has(DELIVERY, 'dora@x.example')).toBe(true);
  for (const change of [{ hop: 'h' }, { identity: undefined }, { sender: '' }, { digest: 'e' }]) {
    expect(served.has({ ...DELIVERY, ...change }, 'dora@x.example')).toBe(false);
  }
});
