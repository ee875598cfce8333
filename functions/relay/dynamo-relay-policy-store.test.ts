import type { BatchGetItemCommandInput, BatchGetItemCommandOutput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tables } from '../test-support/tables.ts';
import { DynamoRelayPolicyStore } from './dynamo-relay-policy-store.ts';

const SETTINGS = { server: 'mx1', item: 'settings', maxErrors: 20 };
const DOMAIN = { server: 'mx1', item: 'domain#example.com' };
const KEYS = ['settings', 'domain#example.com'];

let tables: Tables;
beforeAll(async () => {
  tables = await Tables.start();
  await tables.create('policy');
  await tables.put('policy', SETTINGS);
  await tables.put('policy', DOMAIN);
  await tables.put('policy', { server: 'mx2', item: 'settings' });
});
afterAll(() => tables.stop());

/** A client whose table is throttled: each answer leaves all keys but the first unprocessed, `times` times. */
function throttled(times: number): { client: DynamoDBClient; asked: number[] } {
  const client = tables.newClient();
  const asked: number[] = [];
  client.middlewareStack.add(
    (next) => async (args) => {
      const input = args.input as BatchGetItemCommandInput;
      const keys = input.RequestItems?.policy?.Keys ?? [];
      asked.push(keys.length);
      if (asked.length > times) return next(args);
      const result = await next({
        ...args,
        input: { RequestItems: { policy: { Keys: keys.slice(0, 1) } } },
      });
      const output = result.output as BatchGetItemCommandOutput;
      output.UnprocessedKeys = { policy: { Keys: keys.length === 1 ? keys : keys.slice(1) } };
      return result;
    },
    { step: 'initialize' },
  );
  return { client, asked };
}

describe('DynamoRelayPolicyStore', () => {
  it('gives the items of one server by key', async () => {
    const store = new DynamoRelayPolicyStore(tables.newClient(), 'policy');

    expect([...(await store.read('mx1', KEYS))].toSorted()).toEqual([
      ['domain#example.com', DOMAIN],
      ['settings', SETTINGS],
    ]);
  });

  it('reads more keys than one call may have', async () => {
    const store = new DynamoRelayPolicyStore(tables.newClient(), 'policy');
    const others = Array.from({ length: 200 }, (_, index) => `domain#d${index}.example`);

    expect((await store.read('mx1', [...others, ...KEYS])).size).toBe(2);
  });

  it('leaves out what does not exist', async () => {
    const store = new DynamoRelayPolicyStore(tables.newClient(), 'policy');

    expect([...(await store.read('mx2', KEYS)).keys()]).toEqual(['settings']);
    expect((await store.read('mx3', KEYS)).size).toBe(0);
  });

  it('asks again for keys that were left unprocessed', async () => {
    const { client, asked } = throttled(2);

    const items = await new DynamoRelayPolicyStore(client, 'policy').read('mx1', KEYS);

    expect([...items.keys()].toSorted()).toEqual(KEYS.toSorted());
    expect(asked).toEqual([2, 1, 1]);
  });

  it('rejects within its bound when keys stay unprocessed: an unread item is never an absent one', async () => {
    const { client } = throttled(Number.POSITIVE_INFINITY);

    await expect(new DynamoRelayPolicyStore(client, 'policy').read('mx1', KEYS)).rejects.toThrow(
      '1 of 2 keys were left unprocessed',
    );
  });

  it('rejects when the table does not exist', async () => {
    const store = new DynamoRelayPolicyStore(tables.newClient(), 'lost');

    await expect(store.read('mx1', KEYS)).rejects.toThrow('Requested resource not found');
  });
});
