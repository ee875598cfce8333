/** No client has more of a hop's connections than its share, and what it gives back is another's. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finish, HopBed } from '../../../../test/support/hop-bed.ts';
import { offerOne } from '../../../../test/support/offer-one.ts';
import { politely, type ScriptedHop } from '../../../../test/support/scripted-hop.ts';
import type { HopTransaction } from '../../next-hop.ts';
import { HOP_POOL_LIMITS } from './hop-pool.ts';

const TIMEOUTS = { connectSeconds: 30, replySeconds: 30, finalSeconds: 30 };

let bed: HopBed;
let hop: ScriptedHop;

beforeEach(async () => {
  bed = new HopBed();
  bed.limit({ maxConnections: 4, maxPerClient: 2 });
  hop = await bed.start(politely());
});

afterEach(async () => {
  await bed.close();
});

function begin(client: string, connectSeconds = 30): HopTransaction {
  return bed.nextHops.begin(hop.nextHop(), {
    mail: { path: 'a@x.example', isSmtpUtf8: false },
    timeouts: { ...TIMEOUTS, connectSeconds },
    client,
    onDrain: () => {},
  });
}

async function held(client: string): Promise<HopTransaction> {
  const transaction = begin(client);
  expect((await offerOne(transaction, 'b@example.com')).isTaken).toBe(true);
  return transaction;
}

describe('one client', () => {
  it('may have half of the connections to a hop', () => {
    expect(HOP_POOL_LIMITS.maxPerClient).toBe(HOP_POOL_LIMITS.maxConnections / 2);
  });

  it('that holds its whole share leaves the rest to others', async () => {
    await held('192.0.2.1');
    await held('192.0.2.1');

    const other = await held('192.0.2.2');

    expect((await finish(other))?.isTaken).toBe(true);
    expect(bed.nextHops.connectionCount).toBe(3);
  });

  it('above its share waits in vain while it gives nothing back, and is told that it is its own doing', async () => {
    await held('192.0.2.1');
    await held('192.0.2.1');

    const answer = await offerOne(begin('192.0.2.1', 0.1), 'b@example.com');

    expect(answer).toMatchObject({ isTaken: false, reply: { code: 451, enhanced: '4.4.1' } });
    expect(answer.detail).toContain("the client's 2 connections busy");
  });
});

// Whatever ends a loan gives the place back.
describe('who waits for its share gets it when', () => {
  const endings: readonly [string, (transaction: HopTransaction) => unknown][] = [
    ['a message was handed on', finish],
    ['a transaction was given up before content', (transaction) => transaction.abandon()],
    [
      'a transaction was given up in content',
      async (transaction) => {
        await transaction.startContent();
        transaction.abandon();
      },
    ],
    ['the hop broke off', () => hop.clients[0]?.reset()],
  ];
  it.each(endings)('%s', async (_what, end) => {
    const first = await held('192.0.2.1');
    await held('192.0.2.1');
    const waiting = offerOne(begin('192.0.2.1'), 'b@example.com');

    await end(first);

    expect((await waiting).isTaken).toBe(true);
  });

  it('others that waited longer have no right to theirs yet', async () => {
    await held('192.0.2.1');
    await held('192.0.2.1');
    const greedy = offerOne(begin('192.0.2.1'), 'b@example.com');
    const [third] = [await held('192.0.2.2'), await held('192.0.2.3')];
    const late = offerOne(begin('192.0.2.4'), 'b@example.com');

    await finish(third);

    expect((await late).isTaken).toBe(true);
    const still = Symbol('still waiting');
    expect(await Promise.race([greedy, Promise.resolve(still)])).toBe(still);
  });

  it('a transaction that was given up while its connection was being opened', async () => {
    const early = begin('192.0.2.1');
    void offerOne(early, 'b@example.com');
    early.abandon();

    await held('192.0.2.1');
    await held('192.0.2.1');

    expect(bed.nextHops.connectionCount).toBeLessThanOrEqual(3);
  });
});
