/** What dynalite lacks of DynamoDB, and has here. */
import type { AddressInfo } from 'node:net';
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTable } from './create-table.ts';
import { type ItemWrite, makeDynalite } from './dynalite.ts';

const writes: ItemWrite[] = [];
const server = makeDynalite({ onWrite: (write) => writes.push(write) });
let client: DynamoDBClient;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await createTable(client, 'table', { partition: 'k' });
});
afterAll(() => {
  client.destroy();
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  writes.length = 0;
});

const put = (item: object) => client.send(new PutItemCommand({ TableName: 'table', Item: marshall(item) }));

describe('a condition', () => {
  const NESTED = { a: [1, { b: new Set(['x', 'y']) }], c: 'd' };
  it.each([
    ['= of equal lists', [1, 'a'], '=', [1, 'a'], true],
    ['= of lists in another order', [1, 'a'], '=', ['a', 1], false],
    ['<> of lists in another order', [1, 'a'], '<>', ['a', 1], true],
    ['= of equal maps', NESTED, '=', { c: 'd', a: [1, { b: new Set(['y', 'x']) }] }, true],
    ['= of maps that differ deep inside', NESTED, '=', { ...NESTED, a: [1, { b: new Set(['x']) }] }, false],
    ['= of a list and a map', [], '=', {}, false],
    ['= of a list and a text', [], '=', 'x', false],
    ['= of two texts', 'x', '=', 'x', true],
  ])('%s', async (_what, stored, operator, compared, holds) => {
    await put({ k: 'c', value: stored });
    const update = new UpdateItemCommand({
      TableName: 'table',
      Key: marshall({ k: 'c' }),
      UpdateExpression: 'SET #done = :done',
      ConditionExpression: `attribute_exists(#k) AND NOT (NOT #value ${operator} :compared)`,
      ExpressionAttributeNames: { '#k': 'k', '#value': 'value', '#done': 'done' },
      ExpressionAttributeValues: marshall({ ':compared': compared, ':done': true }),
    });

    const held = await client.send(update).then(
      () => true,
      () => false,
    );

    expect(held).toBe(holds);
  });
});

describe('a write', () => {
  it('is told of with both images, however it is made, and only where it changed something', async () => {
    await put({ k: 'a', n: 1 });
    await put({ k: 'a', n: 1 });
    const Key = marshall({ k: 'a' });
    const set = { UpdateExpression: 'SET n = :n', ExpressionAttributeValues: marshall({ ':n': 2 }) };
    await client.send(new UpdateItemCommand({ TableName: 'table', Key, ...set }));
    await client.send(new DeleteItemCommand({ TableName: 'table', Key }));
    await client.send(new DeleteItemCommand({ TableName: 'table', Key }));
    const requests = [{ PutRequest: { Item: marshall({ k: 'b' }) } }];
    await client.send(new BatchWriteItemCommand({ RequestItems: { table: requests } }));

    const [one, two] = [marshall({ k: 'a', n: 1 }), marshall({ k: 'a', n: 2 })];
    expect(writes).toEqual([
      { table: 'table', before: undefined, after: one },
      { table: 'table', before: one, after: two },
      { table: 'table', before: two, after: undefined },
      { table: 'table', before: undefined, after: marshall({ k: 'b' }) },
    ]);
  });

  it('that its condition stops is not told of', async () => {
    const stopped = client.send(
      new PutItemCommand({
        TableName: 'table',
        Item: marshall({ k: 'x' }),
        ConditionExpression: 'attribute_exists(k)',
      }),
    );

    await expect(stopped).rejects.toThrow();
    expect(writes).toEqual([]);
  });
});
