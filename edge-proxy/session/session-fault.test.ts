/** A fault of ours in one session, which no peer should be able to cause: that session ends, the others do not. */
import { afterEach, describe, expect, it } from 'vitest';
import { ProxyBed } from '../../test/support/edge-proxy-bed.ts';

let bed: ProxyBed;

afterEach(async () => {
  await bed.close();
});

const FAULTS: readonly [string, () => never | Promise<never>][] = [
  [
    'at once',
    () => {
      throw new TypeError('a fault of ours');
    },
  ],
  ['later', () => Promise.reject(new TypeError('a fault of ours'))],
];

describe.each(FAULTS)('a fault that shows %s', (_when, fault) => {
  it('ends its session, is logged with the session and where it was, and lets others go on', async () => {
    bed = await ProxyBed.start();
    const { onCheckRelay } = bed.decisions;
    const other = await bed.greeted();
    bed.decisions.onCheckRelay = fault;
    const client = await bed.greeted();
    client.send('EHLO client.example\r\nMAIL FROM:<alice@example.com>\r\nRCPT TO:<bob@example.com>\r\n');

    await client.hearToEnd();
    bed.decisions.onCheckRelay = onCheckRelay;
    await other.openContent();
    other.send('Hello\r\n.\r\n');

    expect(await other.hear()).toMatch(/^250 /);
    expect(bed.lines).toEqual([
      expect.objectContaining({
        event: 'fault',
        state: 'relaying',
        problem: expect.stringContaining('a fault of ours'),
      }),
    ]);
    await expect.poll(() => bed.proxy.sessions).toBe(1);
  });
});
