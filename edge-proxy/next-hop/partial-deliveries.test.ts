import { expect, it } from 'vitest';
import { PartialDeliveries } from './partial-deliveries.ts';

const DELIVERY = {
  hop: 'ses',
  identity: 'alice',
  sender: 'alice@example.com',
  recipients: ['bob@x.example'],
  digest: 'd',
};
const HOUR_MS = 3_600_000;

it('has nothing left an hour after the last message that was taken in part', () => {
  let nowMs = 0;
  const served = new PartialDeliveries(() => nowMs);
  served.remember(DELIVERY);

  nowMs = HOUR_MS - 1;
  const before = [served.isEmpty, served.has(DELIVERY)];
  nowMs = HOUR_MS;

  expect(before).toEqual([false, true]);
  expect([served.isEmpty, served.has(DELIVERY)]).toEqual([true, false]);
});
