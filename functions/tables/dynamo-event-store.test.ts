import { type BatchWriteItemCommandInput, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusal, transaction } from '../test-support/events.ts';
import { Tables } from '../test-support/tables.ts';
import { DynamoEventStore } from './dynamo-event-store.ts';
import { type EventItem, makeEventItem } from './event-item.ts';
import { daysStream } from './event-stream.ts';

let tables: Tables;
let tableCount = 0;
let table: string;
beforeAll(async () => {
  tables = await Tables.start();
});
beforeEach(async () => {
  tableCount += 1;
  table = `events${tableCount}`;
  await tables.create('events', table);
});
afterAll(() => tables.stop());

function items(count: number): readonly EventItem[] {
  return Array.from({ length: count }, (_, index) => makeEventItem(refusal({ id: `e${index}` })));
}

async function stored(): Promise<readonly Record<string, unknown>[]> {
  const { Items = [] } = await tables.newClient().send(new ScanCommand({ TableName: table }));
  return Items.map((item) => unmarshall(item)).filter(({ stream }) => stream !== daysStream('mx1'));
}

/** A client that shows the size of each batch to `leave`, which tells how many items are left unprocessed. */
function throttled(leave: (batch: number, call: number) => number): { client: DynamoDBClient; batches: number[] } {
  const client = tables.newClient();
  const batches: number[] = [];
  client.middlewareStack.add(
    (next) => async (args) => {
      const requests = (args.input as BatchWriteItemCommandInput).RequestItems?.[table] ?? [];
      batches.push(requests.length);
      const done = requests.length - leave(requests.length, batches.length);
      const output = { $metadata: {}, UnprocessedItems: { [table]: requests.slice(done) } };
      if (done > 0) await next({ ...args, input: { RequestItems: { [table]: requests.slice(0, done) } } });
      return { output, response: {} };
    },
    { step: 'initialize' },
  );
  return { client, batches };
}

describe('DynamoEventStore', () => {
  it.each([
    [0, []],
    // With the mark of their day.
    [1, [2]],
    [25, [25, 1]],
    [26, [25, 2]],
    [60, [25, 25, 11]],
  ])('writes %i items in batches of at most 25', async (count, expected) => {
    const { client, batches } = throttled(() => 0);

    await new DynamoEventStore(client, table).write(items(count));

    expect(batches).toEqual(expected);
    expect(await stored()).toHaveLength(count);
  });

  it('keeps every attribute, the empty sender of a null reverse-path too', async () => {
    const item = makeEventItem(transaction({ nextHop: undefined }));

    await new DynamoEventStore(tables.newClient(), table).write([item]);

    expect(await stored()).toEqual([JSON.parse(JSON.stringify(item))]);
  });

  it('changes nothing when the same items are written twice', async () => {
    const store = new DynamoEventStore(tables.newClient(), table);
    await store.write(items(3));
    const before = await stored();

    await store.write(items(3));

    expect(await stored()).toEqual(before);
  });

  it('marks the day once, and again after a failure', async () => {
    const { client, batches } = throttled((_batch, call) => (call === 1 ? 2 : 0));
    const store = new DynamoEventStore(client, table);

    for (let time = 0; time < 3; time += 1) await store.write(items(1));

    // The first is asked for again; then the mark is there.
    expect(batches).toEqual([2, 2, 1, 1]);
    const { Items = [] } = await tables.newClient().send(new ScanCommand({ TableName: table }));
    const marks = Items.map((item) => unmarshall(item)).filter(({ stream }) => stream === daysStream('mx1'));
    expect(marks).toEqual([{ stream: 'mx1#days', at: '2026-03-01', expiresAt: expect.any(Number) }]);
  });

  it('writes what a throttled table left unprocessed again', async () => {
    const { client, batches } = throttled((batch, call) => (call < 3 ? batch - 4 : 0));

    await new DynamoEventStore(client, table).write(items(10));

    expect(batches).toEqual([11, 7, 3]);
    expect(await stored()).toHaveLength(10);
  });

  it('fails within its bound, saying how many items could not be written', async () => {
    const { client } = throttled((batch) => (batch === 25 ? 0 : batch));

    await expect(new DynamoEventStore(client, table).write(items(28))).rejects.toThrow(
      'Cannot write 4 of 29 items: left unprocessed',
    );
    expect(await stored()).toHaveLength(25);
  });

  it('fails saying why, and writes the other batches', async () => {
    const bad = { ...makeEventItem(refusal({ id: 'bad' })), stream: '' };

    await expect(new DynamoEventStore(tables.newClient(), table).write([...items(25), bad])).rejects.toThrow(
      /^Cannot write 2 of 27 items: ValidationException: /,
    );
    expect(await stored()).toHaveLength(25);
  });
});
