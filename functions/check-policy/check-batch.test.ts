import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Console, recordConsole } from '../test-support/invocation.ts';
import { PolicyBed } from '../test-support/policy-bed.ts';
import { checkBatch } from './check-batch.ts';

let bed: PolicyBed;
let logged: Console;
let server = 'mx0';
beforeAll(async () => {
  bed = await PolicyBed.start();
});
afterAll(() => bed.stop());
// A server a test, so that the tests share the tables and nothing else.
beforeEach(() => {
  server = `mx${Number(server.slice(2)) + 1}`;
  bed.writes = 0;
  logged = recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function typesOfEvents(): Promise<readonly unknown[]> {
  return (await bed.events(server)).map(({ type }) => type);
}

describe('a batch', () => {
  it('asks for nothing again that is no record, or is refused for what it is, and checks the rest', async () => {
    await bed.put(server, 'command#AUTH', { maxOctets: 500 });
    // Fits as it is, and not twice.
    await bed.put(server, 'issuer#big', { issuer: 'https://a.example', audience: 'x'.repeat(250_000) });
    const records = await bed.changes();

    const { failed } = await checkBatch([undefined, { dynamodb: {} }, ...records], bed.stores);

    expect(failed).toEqual([]);
    expect(await bed.item(server, 'command#AUTH')).toHaveProperty('lastGood');
    expect(await bed.item(server, 'issuer#big')).not.toHaveProperty('lastGood');
    expect(logged.lines().map(({ item, problem }) => [item, String(problem).slice(0, 47)])).toEqual([
      [undefined, 'Not a record of the tables of policy and users'],
      [undefined, 'Not a record of the tables of policy and users'],
      ['issuer#big', expect.stringMatching(/^Cannot check policy: ValidationException/)],
    ]);
  });

  it('reads a range once, however many of its items changed', async () => {
    for (let number = 0; number < 20; number += 1) {
      await bed.put(server, `sender#d${number}.example`, { access: 'deny' });
    }
    let reads = 0;
    const { items } = bed.stores;
    const counting = {
      ...bed.stores,
      items: {
        read: items.read.bind(items),
        keep: items.keep.bind(items),
        revise: items.revise.bind(items),
        readRange: (...range: Parameters<typeof items.readRange>) => {
          reads += Number(range[0] === server);
          return items.readRange(...range);
        },
      },
    };

    await checkBatch(await bed.changes(), counting);

    expect(reads).toBe(1);
    expect(await bed.item(server, 'sender#d7.example')).toHaveProperty('lastGood');
  });

  it('asks again for what a table did not answer, with what comes after it of the same item', async () => {
    await bed.put(server, 'command#AUTH', { maxOctets: 500 });
    await bed.put(server, 'command#NOOP', { maxOctets: 500 });
    const first = await bed.changes();
    await bed.set(server, 'command#AUTH', 'maxOctets', 600);
    const second = await bed.changes();
    const failing = {
      ...bed.stores,
      events: {
        write: async (events: Parameters<typeof bed.stores.events.write>[0]) => {
          if (events.some((event) => 'item' in event && event.item === 'command#AUTH')) throw new Error('throttled');
          await bed.stores.events.write(events);
        },
      },
    };
    const numbersOf = (records: typeof first, item: string): readonly string[] =>
      records
        .filter(({ dynamodb: { Keys } }) => Keys.server?.S === server && Keys.item?.S === item)
        .map(({ dynamodb }) => dynamodb.SequenceNumber);

    const { failed } = await checkBatch([...first, ...second], failing);

    expect(failed).toEqual([...numbersOf(first, 'command#AUTH'), ...numbersOf(second, 'command#AUTH')]);
    expect(await bed.item(server, 'command#NOOP')).toHaveProperty('lastGood');
    expect((await bed.events(server)).map(({ item }) => item)).toEqual(['command#NOOP']);

    // Delivered again, all is well, and nothing stands twice.
    await checkBatch([...first, ...second], bed.stores);
    await checkBatch([...first, ...second], bed.stores);
    await bed.settle();
    expect(await typesOfEvents()).toEqual(['policy-changed', 'policy-changed', 'policy-changed']);
  });
});
