import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POLICY_TABLE, PolicyTable } from '../test/support/edge-proxy-tables.ts';
import { DynamoPolicyReader } from './policy-store.ts';

const SETTINGS = { server: 'mx1', item: 'settings', hostname: 'mx.example.com', maxErrors: 7, enabled: true };

let table: PolicyTable;

beforeAll(async () => {
  table = await PolicyTable.start();
});

afterAll(async () => {
  await table.stop();
});

describe('DynamoPolicyStore', () => {
  it('reads all of its own server’s items but domains as plain values, and nothing else', async () => {
    const own = [
      SETTINGS,
      { server: 'mx1', item: 'client#192.0.2.0/24', access: 'deny' },
      { server: 'mx1', item: 'client#2001:db8::/32', access: 'relay' },
      { server: 'mx1', item: 'command#AUTH', maxOctets: 600 },
      { server: 'mx1', item: 'issuer#login', issuer: 'https://login.example', audience: 'postern' },
      { server: 'mx1', item: 'sender#spam.example', access: 'deny', lastGood: { access: 'deny' } },
    ];
    await table.put([
      ...own,
      { server: 'mx1', item: 'domain#example.com' },
      { server: 'mx1', item: 'settings#old', hostname: 'x' },
      { server: 'mx1', item: 'clients' },
      { server: 'mx1', item: 'senders' },
      { server: 'mx10', item: 'settings', hostname: 'other' },
      { server: 'mx10', item: 'sender#spam.example', access: 'deny' },
      { server: 'mx10', item: 'client#198.51.100.0/24', access: 'deny' },
      { server: 'mx', item: 'command#VRFY', allowed: true },
    ]);

    const store = new DynamoPolicyReader(table.client, POLICY_TABLE);
    const items = await store.readOthers('mx1');

    expect(await store.readSettings('mx1')).toEqual(SETTINGS);
    expect(new Set([SETTINGS, ...items])).toEqual(new Set(own));
    expect(items).toHaveLength(own.length - 1);
  });

  it('reads on after the first megabyte', async () => {
    const clients = Array.from({ length: 600 }, (_, number) => ({
      server: 'big',
      item: `client#10.0.${number >> 8}.${number & 255}`,
      access: 'deny',
      note: 'x'.repeat(4000),
    }));
    await table.put(clients);

    const items = await new DynamoPolicyReader(table.client, POLICY_TABLE).readOthers('big');

    expect(items).toHaveLength(clients.length);
    expect(new Set(items.map(({ item }) => item))).toEqual(new Set(clients.map(({ item }) => item)));
  });

  it('reads a number that no JavaScript number holds, and the items beside it', async () => {
    const huge = { server: { S: 'huge' }, item: { S: 'command#AUTH' }, maxOctets: { N: '1E+120' } };
    await table.client.send(new PutItemCommand({ TableName: POLICY_TABLE, Item: huge }));
    await table.put([{ server: 'huge', item: 'settings', hostname: 'mx.example.com' }]);

    const store = new DynamoPolicyReader(table.client, POLICY_TABLE);
    const items = await store.readOthers('huge');

    expect(items.map(({ item, maxOctets }) => [item, maxOctets])).toEqual([['command#AUTH', 1e120]]);
    expect(await store.readSettings('huge')).toMatchObject({ hostname: 'mx.example.com' });
  });

  it('reads nothing of a server that has no items', async () => {
    const store = new DynamoPolicyReader(table.client, POLICY_TABLE);

    expect([await store.readSettings('none'), await store.readOthers('none')]).toEqual([undefined, []]);
  });

  it('rejects when there is no such table', async () => {
    const store = new DynamoPolicyReader(table.client, 'elsewhere');

    await expect(store.readSettings('mx1')).rejects.toThrow(/resource not found/i);
    await expect(store.readOthers('mx1')).rejects.toThrow(/resource not found/i);
  });

  it('rejects in time when the table does not answer', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });

    const store = new DynamoPolicyReader(client, POLICY_TABLE, 100);
    await expect(store.readSettings('mx1')).rejects.toThrow('No answer in 100 ms');
    await expect(store.readOthers('mx1')).rejects.toThrow('No answer in 100 ms');
    client.destroy();
    silent.close();
  });
});
