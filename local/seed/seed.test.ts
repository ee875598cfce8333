import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { parsePolicyItem } from '../../policy/item.ts';
import { fitsVerifier } from '../../policy/password.ts';
import { parseUser } from '../../policy/user.ts';
import { PUBLISHED_SERVERS, TABLES } from '../names.ts';
import { embeddedTables } from '../test-support/embedded-tables.ts';
import { temporaryDirectory } from '../test-support/temporary-directory.ts';
import { seedItems } from './policy.ts';
import { type Seed, seed } from './seed.ts';

const FIRST = 'smtp://127.0.0.1:2526';
const SECOND = 'smtp://127.0.0.1:3526';
const WANTED = 'smtp://mail.example.com:25?tls=require';

type Items = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

async function readTable(client: DynamoDBClient, table: string, key: (item: Record<string, unknown>) => string) {
  const { Items: items = [] } = await client.send(new ScanCommand({ TableName: table }));
  const parsed = items.map((item) => unmarshall(item));
  return Object.fromEntries(parsed.map((item) => [key(item), item])) as Items;
}

async function world() {
  const { url, client } = await embeddedTables();
  const home = temporaryDirectory();
  return {
    client,
    seed: (change: Partial<Seed> = {}) =>
      seed({ endpoint: url, home, password: 'first password', mta: { url: FIRST, isWanted: false }, ...change }),
    policy: () => readTable(client, TABLES.policy, ({ server, item }) => `${server}/${item}`),
    users: () => readTable(client, TABLES.users, ({ user }) => String(user)),
    put: (table: string, item: object) => client.send(new PutItemCommand({ TableName: table, Item: marshall(item) })),
  };
}

async function fits(item: unknown, password: string): Promise<boolean> {
  const user = parseUser(item);
  if (!user.ok) throw new Error(user.problem);
  const { verifier } = user.value;
  return verifier !== undefined && fitsVerifier(password, verifier);
}

describe('the seed', () => {
  it.each(PUBLISHED_SERVERS)('of %s is a policy that parses', (server) => {
    for (const item of seedItems(server, FIRST)) expect(parsePolicyItem(item)).toMatchObject({ ok: true });
  });

  it('publishes two servers in front of the MTA', async () => {
    const { seed, policy } = await world();

    await seed();

    expect(await policy()).toMatchObject({
      'submission/settings': {
        authentication: 'required',
        relay: 'any-domain',
        defaultNextHop: 'ses',
        bareNewline: 'normalise',
      },
      'submission/domain#example.com': { nextHop: FIRST },
      'inbound/settings': { authentication: 'none', relay: 'listed-domains', defaultNextHop: FIRST },
      'inbound/domain#example.com': {},
      'inbound/domain#example.net': {},
    });
    expect(Object.keys(await policy())).toHaveLength(7);
  });

  it('makes the demo user, who may log in to submission and send as herself', async () => {
    const { seed, users } = await world();

    await seed();

    const { 'alice@example.com': alice } = await users();
    expect(alice).toMatchObject({
      enabled: true,
      servers: new Set(['submission']),
      senders: new Set(['alice@example.com']),
      verifier: expect.stringMatching(/^\$argon2id\$v=19\$/),
    });
    expect(await fits(alice, 'first password')).toBe(true);
  });

  it('changes nothing when done again', async () => {
    const { seed, policy, users } = await world();
    await seed();
    const before = [await policy(), await users()];

    await seed();

    expect([await policy(), await users()]).toEqual(before);
  });

  it('overwrites no edit, and brings back no domain that was deleted', async () => {
    const { seed, policy, put, client } = await world();
    await seed();
    const edited = { server: 'inbound', item: 'settings', hostname: 'mx.example.com', defaultNextHop: 'smtp://mine' };
    await put(TABLES.policy, edited);
    const Key = marshall({ server: 'inbound', item: 'domain#example.net' });
    await client.send(new DeleteItemCommand({ TableName: TABLES.policy, Key }));

    await seed({ mta: { url: SECOND, isWanted: false } });

    const after = await policy();
    expect(after['inbound/settings']).toEqual(edited);
    expect(after).not.toHaveProperty('inbound/domain#example.net');
  });

  it('moves the items that name the MTA with it, there and back', async () => {
    const { seed, policy } = await world();
    await seed();

    for (const url of [SECOND, FIRST, SECOND]) {
      await seed({ mta: { url, isWanted: false } });

      expect(await policy()).toMatchObject({
        'submission/domain#example.com': { nextHop: url },
        'inbound/settings': { defaultNextHop: url },
      });
    }
  });

  it('writes a wanted MTA over an edit, and makes no item for it', async () => {
    const { seed, policy, put, client } = await world();
    await seed();
    await put(TABLES.policy, { server: 'inbound', item: 'settings', hostname: 'mx', defaultNextHop: 'smtp://mine' });
    const Key = marshall({ server: 'submission', item: 'domain#example.com' });
    await client.send(new DeleteItemCommand({ TableName: TABLES.policy, Key }));

    await seed({ mta: { url: WANTED, isWanted: true } });

    const after = await policy();
    expect(after['inbound/settings']).toMatchObject({ hostname: 'mx', defaultNextHop: WANTED });
    expect(after['submission/settings']).toMatchObject({ defaultNextHop: 'ses' });
    expect(after).not.toHaveProperty('submission/domain#example.com');
  });

  it('gives the demo user another password when it changed, and keeps what was edited', async () => {
    const { seed, users, put } = await world();
    await seed();
    const { 'alice@example.com': alice } = await users();
    await put(TABLES.users, { ...alice, enabled: false, servers: new Set(['inbound']) });

    await seed({ password: 'second password' });

    const { 'alice@example.com': after } = await users();
    expect(after).toMatchObject({ enabled: false, servers: new Set(['inbound']) });
    expect(await fits(after, 'second password')).toBe(true);
    expect(await fits(after, 'first password')).toBe(false);
  });

  it('refuses a demo password that cannot be one', async () => {
    const { seed } = await world();

    await expect(seed({ password: '' })).rejects.toThrow('POSTERN_DEMO_PASSWORD is empty');
  });
});
