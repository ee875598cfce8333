import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tables } from '../test-support/tables.ts';
import { ALICE } from '../test-support/users.ts';
import { DynamoUserDirectory } from './dynamo-user-store.ts';

let tables: Tables;
let store: DynamoUserDirectory;
beforeAll(async () => {
  tables = await Tables.start();
  await tables.create('users');
  store = new DynamoUserDirectory(tables.newClient(), 'users');
});
afterAll(() => tables.stop());

describe('DynamoUserStore', () => {
  it('gives the attributes of a user, sets as sets', async () => {
    await tables.put('users', ALICE);

    expect(await store.find(ALICE.user)).toEqual(ALICE);
  });

  it('gives nothing for a key that is not there, in another case too', async () => {
    await tables.put('users', ALICE);

    expect(await store.find('bob')).toBeUndefined();
    expect(await store.find('Alice@example.com')).toBeUndefined();
  });

  it('rejects when the table does not exist', async () => {
    const lost = new DynamoUserDirectory(tables.newClient(), 'lost');

    await expect(lost.find('alice')).rejects.toThrow('Requested resource not found');
  });
});
