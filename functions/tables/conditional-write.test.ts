/** Writes on the condition that an item is as it was read, on dynalite and, where it is installed, on moto. */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DynamoPolicyStore } from '../admin/stores/dynamo-policy-store.ts';
import type { StoredItem } from '../admin/stores/policy-store.ts';
import { makeAdminTables, TABLE_NAMES } from '../test-support/admin-bed.ts';
import { loseFirstAnswers } from '../test-support/lost-answers.ts';
import { REFEREES } from '../test-support/referees.ts';
import type { Tables } from '../test-support/tables.ts';
import { TooManyAttributesError } from './conditional-write.ts';

type Item = Readonly<Record<string, AttributeValue>>;

const KEY = { server: { S: 's' }, item: { S: 'domain#example.com' } };
const AFTER = { nextHop: 'ses' };
const SIGNED = { changedBy: { S: 'me' }, changedAt: { S: 'now' } };

/** Items that a person may have made, each with changes of one attribute that a second person may have made since. */
const ITEMS: readonly (readonly [what: string, item: Item, changes: readonly Item[]])[] = [
  ['nothing but its key', {}, [{ nextHop: { S: 'ses' } }, { note: { S: '' } }, { changedAt: { S: 'x' } }]],
  ['text', { nextHop: { S: 'ses' } }, [{ nextHop: { S: 'SES' } }, { nextHop: { BOOL: true } }, {}]],
  ['empty text', { note: { S: '' } }, [{ note: { S: ' ' } }, { note: { NULL: true } }]],
  ['a number', { nextHop: { N: '5' } }, [{ nextHop: { N: '6' } }, { nextHop: { S: '5' } }]],
  ['a number of many digits', { x: { N: '12345678901234567890123' } }, [{ x: { N: '12345678901234567890124' } }]],
  ['true', { x: { BOOL: true } }, [{ x: { BOOL: false } }, { x: { S: 'true' } }, {}]],
  ['null', { x: { NULL: true } }, [{ x: { S: 'null' } }, {}]],
  ['octets', { x: { B: Uint8Array.of(1, 2) } }, [{ x: { B: Uint8Array.of(1, 3) } }, { x: { S: 'AQI=' } }]],
  [
    'a set',
    { x: { SS: ['a', 'b'] } },
    [{ x: { SS: ['a'] } }, { x: { SS: ['a', 'c'] } }, { x: { L: [{ S: 'a' }, { S: 'b' }] } }],
  ],
  ['a set of numbers', { x: { NS: ['1', '2'] } }, [{ x: { NS: ['1', '3'] } }, { x: { SS: ['1', '2'] } }]],
  ['an empty list', { x: { L: [] } }, [{ x: { L: [{ S: 'a' }] } }, { x: { M: {} } }, { x: { S: '' } }]],
  ['an empty map', { x: { M: {} } }, [{ x: { M: { a: { S: 'a' } } } }, { x: { L: [] } }]],
  [
    'a list',
    { x: { L: [{ S: 'a' }, { N: '1' }] } },
    [
      { x: { L: [{ S: 'a' }] } },
      { x: { L: [{ N: '1' }, { S: 'a' }] } },
      { x: { L: [{ S: 'a' }, { N: '1' }, { S: 'b' }] } },
    ],
  ],
  [
    'maps in lists in maps',
    { x: { M: { 'a.b': { L: [{ M: { name: { S: 'v' } } }] }, size: { N: '1' } } } },
    [
      { x: { M: { 'a.b': { L: [{ M: { name: { S: 'w' } } }] }, size: { N: '1' } } } },
      { x: { M: { 'a.b': { L: [{ M: { name: { S: 'v' }, more: { S: '' } } }] }, size: { N: '1' } } } },
      { x: { M: { 'a.b': { L: [] }, size: { N: '1' } } } },
      { x: { M: { size: { N: '1' } } } },
    ],
  ],
  ['a reserved word, and a name with blanks', { size: { S: 'a' }, 'a b': { S: 'b' } }, [{ size: { S: 'a' } }]],
  [
    'many attributes',
    Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`x${index}`, { N: '1' }])),
    [
      { nextHop: { S: 'ses' } },
      Object.fromEntries(Array.from({ length: 119 }, (_, index) => [`x${index}`, { N: '1' }])),
    ],
  ],
  [
    'a list longer than an expression could name',
    { senders: { L: longList(1500) } },
    [{ senders: { L: longList(1499) } }, { senders: { L: [...longList(1499), { S: 'other' }] } }],
  ],
  [
    'a map of many',
    { limits: { M: Object.fromEntries(longList(400).map((entry, index) => [`k${index}`, entry])) } },
    [{ limits: { M: Object.fromEntries(longList(399).map((entry, index) => [`k${index}`, entry])) } }],
  ],
];

function longList(length: number): { S: string }[] {
  return Array.from({ length }, (_, index) => ({ S: `user${index}@example.com` }));
}

for (const { name, start } of REFEREES) {
  describe(`a conditional write on ${name}`, () => {
    let tables: Tables;
    let client: DynamoDBClient;
    let store: DynamoPolicyStore;
    beforeAll(async () => {
      tables = await start();
      client = tables.newClient();
      store = new DynamoPolicyStore(client, TABLE_NAMES.policy);
      await makeAdminTables(client);
    });
    afterAll(async () => {
      client.destroy();
      await tables.stop();
    });

    const put = (item: Item) =>
      client.send(new PutItemCommand({ TableName: TABLE_NAMES.policy, Item: { ...KEY, ...item } }));
    const stands = async () => {
      const get = new GetItemCommand({ TableName: TABLE_NAMES.policy, Key: KEY, ConsistentRead: true });
      return (await client.send(get)).Item;
    };
    const read = () => store.read('s', 'domain#example.com');
    const change = (before: Awaited<ReturnType<typeof read>>, after?: object) =>
      store.write({
        server: 's',
        item: 'domain#example.com',
        before,
        after: after === undefined ? undefined : { ...after },
        by: { who: 'me', at: 'now' },
      });

    describe.each(ITEMS)('of %s', (_what, item, changes) => {
      it('is made while the item is as it was read, and leaves nothing that it does not say', async () => {
        await put(item);

        const written = await change(await read(), AFTER);

        expect(written).toMatchObject({ attributes: AFTER });
        expect(await stands()).toEqual({ ...KEY, nextHop: { S: 'ses' }, ...SIGNED });
      });

      it('removes the item while it is as it was read', async () => {
        await put(item);

        expect(await change(await read())).toBe('deleted');
        expect(await stands()).toBeUndefined();
      });

      it.each(changes.map((each) => [each]))('is not made after it became %j', async (changed) => {
        await put(item);
        const before = await read();
        await put(changed);

        expect([await change(before, AFTER), await change(before)]).toEqual(['changed', 'changed']);
        expect(await stands()).toEqual({ ...KEY, ...changed });
      });
    });

    it('is not made after the item went, and does not bring it back', async () => {
      await put({ note: { S: 'x' } });
      const before = await read();
      await client.send(new DeleteItemCommand({ TableName: TABLE_NAMES.policy, Key: KEY }));

      expect([await change(before, AFTER), await change(before)]).toEqual(['changed', 'changed']);
      expect(await stands()).toBeUndefined();
    });

    it('says so of an item of more attributes than a condition can compare, and does not write it', async () => {
      const item = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`x${index}`, { N: '1' }]));
      await put(item);
      const before = await read();

      await expect(change(before, AFTER)).rejects.toThrow(TooManyAttributesError);
      await expect(change(before)).rejects.toThrow(TooManyAttributesError);
      expect(await stands()).toEqual({ ...KEY, ...item });
    });

    it('signs what it removes, and leaves what somebody changed in between', async () => {
      const seen: unknown[] = [];
      const watched = new DynamoPolicyStore(client, TABLE_NAMES.policy);
      await put({ note: { S: 'x' } });
      const before = await read();
      const edit = async (next: (args: never) => Promise<unknown>, args: never): Promise<unknown> => {
        seen.push(await stands());
        await put({ note: { S: 'changed in between' } });
        return next(args);
      };
      client.middlewareStack.add(
        (next, { commandName }) =>
          (args) =>
            commandName === 'DeleteItemCommand' ? (edit(next as never, args as never) as never) : next(args),
        { step: 'initialize', name: 'edit' },
      );

      const written = await watched.write({
        server: 's',
        item: 'domain#example.com',
        before,
        after: undefined,
        by: { who: 'me', at: 'now' },
      });
      client.middlewareStack.remove('edit');

      expect(written).toBe('changed');
      expect(seen).toEqual([{ ...KEY, note: { S: 'x' }, deletedBy: { S: 'me' }, deletedAt: { S: 'now' } }]);
      expect(await stands()).toEqual({ ...KEY, note: { S: 'changed in between' } });
    });

    describe('whose first answer is lost, so that the SDK asks again,', () => {
      beforeEach(() => {
        const end = loseFirstAnswers(client);
        return () => end();
      });
      const remove = () => client.send(new DeleteItemCommand({ TableName: TABLE_NAMES.policy, Key: KEY }));

      it('is told as made where it makes, changes, marks or removes an item', async () => {
        await remove();

        const made = await change(undefined, { note: new Set(['b', 'a']) });
        const changed = await change(await read(), AFTER);
        const marked = await store.mark((await read()) as StoredItem, { continues: 'x' });
        const stood = await stands();
        const removed = await change(await read());

        expect([made, changed, marked]).toMatchObject([{}, { attributes: AFTER }, { attributes: AFTER }]);
        expect(stood).toEqual({ ...KEY, nextHop: { S: 'ses' }, ...SIGNED, continues: { S: 'x' } });
        expect([removed, await stands()]).toEqual(['deleted', undefined]);
      });

      it('is told as made where a problem was found in what it made, before the SDK asked again', async () => {
        await put({ nextHop: { S: 'x' }, problem: { S: 'is no next hop' } });
        const before = (await read()) as StoredItem;
        client.middlewareStack.add(
          (next, { commandName }) =>
            async (args) => {
              const answer = await next(args);
              if (commandName === 'UpdateItemCommand') await put({ ...(await stands()), problem: { S: 'another' } });
              return answer;
            },
          { step: 'deserialize', name: 'check' },
        );

        const told = [await store.mark(before, { continues: 'x' }), await change(await read(), AFTER)];
        client.middlewareStack.remove('check');

        expect(told).toMatchObject([{ attributes: { nextHop: 'x' } }, { attributes: AFTER }]);
      });

      it('is told as not made where somebody changed the item before', async () => {
        await put({ note: { S: 'x' } });
        const before = await read();
        await put({ note: { S: 'y' } });

        const told = [await change(before, AFTER), await change(before), await change(undefined, AFTER)];

        expect(told).toEqual(['changed', 'changed', 'changed']);
        expect(await stands()).toEqual({ ...KEY, note: { S: 'y' } });
      });
    });

    it('makes an item where there is none, and only there', async () => {
      await client.send(new DeleteItemCommand({ TableName: TABLE_NAMES.policy, Key: KEY }));

      expect(await change(undefined, {})).toMatchObject({ item: 'domain#example.com' });
      expect(await change(undefined, AFTER)).toBe('changed');
      expect(await stands()).toEqual({ ...KEY, ...SIGNED });
    });

    it('minds neither problem nor lastGood; the one goes and the other stays', async () => {
      const lastGood = { M: { nextHop: { S: 'ses' } } };
      await put({ nextHop: { S: 'x' } });
      const before = await read();
      await put({ nextHop: { S: 'x' }, problem: { S: 'is no next hop' }, lastGood });

      await change(before, AFTER);

      expect(await stands()).toEqual({ ...KEY, nextHop: { S: 'ses' }, ...SIGNED, lastGood });
    });

    it('finds every server, by a scan that goes on after the last key that a server could have', async () => {
      for (const server of ['a', 'b', 'c']) {
        for (const item of ['settings', 'domain#a.example', 'domain#b.example']) {
          const Item = { server: { S: server }, item: { S: item } };
          await client.send(new PutItemCommand({ TableName: TABLE_NAMES.policy, Item }));
        }
      }

      const { servers } = await store.servers(10);

      expect([...servers].sort()).toEqual(expect.arrayContaining(['a', 'b', 'c']));
      expect(new Set(servers).size).toBe(servers.length);
    });
  });
}
