import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tables } from '../test-support/tables.ts';
import { DynamoIssuerStore } from './dynamo-issuer-store.ts';

const ISSUER = { issuer: 'https://login.example', audience: 'postern' };

let tables: Tables;
let store: DynamoIssuerStore;
beforeAll(async () => {
  tables = await Tables.start();
  await tables.create('policy');
  store = new DynamoIssuerStore(tables.newClient(), 'policy');
  for (const item of ['settings', 'command#AUTH', 'domain#example.com', 'issuer#b', 'issuer#a', 'issues#c', 'issuer']) {
    await tables.put('policy', { server: 'mx1', item, ...ISSUER });
  }
  await tables.put('policy', { server: 'mx10', item: 'issuer#other', ...ISSUER });
});
afterAll(() => tables.stop());

describe('DynamoIssuerStore', () => {
  it('gives the issuers of one server, in the order of their keys', async () => {
    expect(await store.read('mx1')).toEqual([
      { server: 'mx1', item: 'issuer#a', ...ISSUER },
      { server: 'mx1', item: 'issuer#b', ...ISSUER },
    ]);
  });

  it('gives none of a server that has none', async () => {
    expect(await store.read('mx2')).toEqual([]);
  });

  it('gives all of them where they are more than a page', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `issuer#${String.fromCodePoint(97 + index)}`);
    for (const item of names) await tables.put('policy', { server: 'mx3', item, note: 'x'.repeat(200_000) });

    expect((await store.read('mx3')).map(({ item }) => item)).toEqual(names);
  });

  it('rejects when the table does not exist', async () => {
    const lost = new DynamoIssuerStore(tables.newClient(), 'lost');

    await expect(lost.read('mx1')).rejects.toThrow('Requested resource not found');
  });
});
