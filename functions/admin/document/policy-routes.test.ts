import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RELAY_ITEMS } from '../../../policy/relay-item.ts';
import { checkRelay } from '../../relay/check-relay.ts';
import { DynamoRelayPolicyStore } from '../../relay/dynamo-relay-policy-store.ts';
import { ItemsInForce } from '../../tables/items-in-force.ts';
import { AdminBed, adminEvent, TABLE_NAMES } from '../../test-support/admin-bed.ts';
import { makeDispatch } from '../http/dispatch.ts';
import { ROUTE_TABLE } from '../routes.ts';
import type { ItemChange } from '../stores/policy-store.ts';

const SETTINGS = { hostname: 'mx1.example.com', defaultNextHop: 'ses' };
const DOCUMENT = {
  settings: { ...SETTINGS, mechanisms: ['LOGIN', 'PLAIN'], note: 'ours' },
  commands: { NOOP: { maxOctets: 80 }, VRFY: { allowed: true, maxOctets: 300 } },
  domains: { 'example.com': { nextHop: 'smtp://mail.example.com' }, 'example.net': {} },
  clients: { '192.0.2.0/24': { access: 'deny' }, '2001:db8::/32': { access: 'relay' } },
  senders: { 'spam.example': { access: 'deny' } },
  issuers: { login: { issuer: 'https://login.example.com', audience: 'smtp' } },
  screens: {},
};

let bed: AdminBed;
beforeAll(async () => {
  bed = await AdminBed.start();
});
afterAll(() => bed.stop());

async function itemsOf(server: string) {
  return (await bed.items('policy')).filter((each) => each.server === server);
}

describe('/servers/{server}/policy', () => {
  it('makes a server of a document, and is that document again', async () => {
    const made = await bed.call('PUT', '/servers/whole/policy', { body: DOCUMENT });
    const read = await bed.call('GET', '/servers/whole/policy');

    expect(made).toMatchObject({ status: 200, value: { done: true, left: 0, unchanged: 0 } });
    expect((made.value.applied as { put: string[] }).put.at(-1)).toBe('settings');
    const versions = { policyVersion: expect.stringMatching(/^[0-9a-f]{16}$/), itemsVersion: expect.any(String) };
    expect(read.value).toEqual({ server: 'whole', ...versions, problems: [], ...DOCUMENT });
    expect(made.value).toMatchObject({
      policyVersion: read.value.policyVersion,
      itemsVersion: read.value.itemsVersion,
    });
    expect(read.headers.etag).toBe(made.headers.etag);
    const events = (await bed.events()).filter(({ server }) => server === 'whole');
    expect(events).toHaveLength(9);
  });

  it('takes back what it gave, and then changes nothing', async () => {
    await bed.call('PUT', '/servers/again/policy', { body: DOCUMENT });
    await bed.put('policy', { server: 'again', item: 'client#198.51.100.7', access: 'deny' });
    await bed.put('policy', { server: 'again', item: 'domain#käse.example' });
    await bed.put('policy', { server: 'again', item: 'command#help', allowed: 'TRUE' });
    const { value, headers } = await bed.call('GET', '/servers/again/policy');

    const again = await bed.call('PUT', '/servers/again/policy', {
      body: value,
      headers: { 'if-match': headers.etag ?? '' },
    });

    expect(again.value).toMatchObject({ done: true, applied: { put: [], deleted: [] }, unchanged: 12, left: 0 });
  });

  it('takes back what the console made that the API takes from no one, and writes no list as a set for it', async () => {
    await bed.call('PUT', '/servers/typed/policy', { body: { settings: SETTINGS } });
    const items = [
      { item: 'settings', ...SETTINGS, note: 7, mechanisms: ['PLAIN', 'LOGIN'] },
      { item: 'client#192.0.2.0/24', access: 'deny', note: { a: 1 } },
      { item: 'client#2001:DB8::/32', access: 'deny' },
      { item: 'client#2001:db8::/32', access: 'deny' },
      { item: 'command#XYZZY', allowed: 'maybe' },
    ];
    for (const item of items) await bed.put('policy', { server: 'typed', ...item });
    const before = await itemsOf('typed');
    const { value } = await bed.call('GET', '/servers/typed/policy');

    const again = await bed.call('PUT', '/servers/typed/policy', { body: value });
    const patched = await bed.call('PATCH', '/servers/typed', { body: { maxErrors: 9 } });

    expect(again).toMatchObject({
      status: 200,
      value: { done: true, applied: { put: [], deleted: [] }, unchanged: 5 },
    });
    expect(await itemsOf('typed')).not.toEqual(before);
    expect(patched).toMatchObject({ status: 200, value: { given: { note: 7, maxErrors: 9 } } });
  });

  it('removes what the document has not, and leaves what has no place in one', async () => {
    await bed.call('PUT', '/servers/less/policy', { body: DOCUMENT });
    await bed.put('policy', { server: 'less', item: 'Domain#typo.example' });

    const less = await bed.call('PUT', '/servers/less/policy', { body: { settings: SETTINGS } });

    expect(less.value).toMatchObject({ done: true, applied: { put: ['settings'] } });
    expect(new Set((await itemsOf('less')).map(({ item }) => item))).toEqual(
      new Set(['Domain#typo.example', 'settings']),
    );
    const { value } = await bed.call('GET', '/servers/less/policy');
    expect(value.problems).toMatchObject([{ item: 'Domain#typo.example', problem: expect.any(String) }]);
  });

  it('writes nothing of a document in which anything is wrong, and names all of it', async () => {
    const body = {
      settings: { hostname: 'mx1.example.com' },
      commands: { XYZZY: { allowed: true }, ETRN: { allowed: true } },
      domains: { 'example.com': { nextHop: 'nowhere' }, not_a_domain: {}, 'EXAMPLE.com': {} },
      clients: { '192.0.2.1/24': { access: 'deny' } },
    };

    const { status, value } = await bed.call('PUT', '/servers/wrong/policy', { body });

    expect(status).toBe(400);
    expect((value.errors as { field: string }[]).map(({ field }) => field)).toEqual([
      'settings.defaultNextHop',
      'commands.XYZZY',
      'commands.ETRN.allowed',
      'domains.example.com.nextHop',
      'domains.not_a_domain',
      'domains.EXAMPLE.com',
      'clients.192.0.2.1/24',
    ]);
    expect(await itemsOf('wrong')).toEqual([]);
  });

  it.each([[{}], [{ settings: SETTINGS, domain: {} }], [{ settings: SETTINGS, domains: [] }], [null]])(
    'refuses %j',
    async (body) => {
      expect(await bed.call('PUT', '/servers/wrong/policy', { body })).toMatchObject({ status: 400 });
    },
  );

  it('is changed for the editor who saw it last, an item of it edited by itself included', async () => {
    const { headers } = await bed.call('PUT', '/servers/tag/policy', { body: DOCUMENT });
    await bed.call('PUT', '/servers/tag/domains/example.org', { body: {} });

    const late = await bed.call('PUT', '/servers/tag/policy', {
      body: { settings: SETTINGS },
      headers: { 'if-match': headers.etag ?? '' },
    });

    expect(late.status).toBe(412);
    expect(await itemsOf('tag')).toHaveLength(10);
  });

  const COLLEAGUES: readonly (readonly [what: string, change: (server: string) => Promise<unknown>])[] = [
    ['adds a domain', (server) => bed.call('PUT', `/servers/${server}/domains/colleague.example`, { body: {} })],
    ['removes a client', (server) => bed.call('DELETE', `/servers/${server}/clients/192.0.2.0/24`)],
    ['changes a setting', (server) => bed.call('PATCH', `/servers/${server}`, { body: { maxErrors: 7 } })],
    ['writes a note in the console', (server) => bed.put('policy', { server, item: 'domain#example.net', note: 'x' })],
    ['misspells a key in the console', (server) => bed.put('policy', { server, item: 'Domain#typo.example' })],
  ];

  it.each(COLLEAGUES)('refuses a document based on what was before a colleague %s', async (_what, change) => {
    const server = `based-${COLLEAGUES.findIndex(([what]) => what === _what)}`;
    await bed.call('PUT', `/servers/${server}/policy`, { body: DOCUMENT });
    const { value: read } = await bed.call('GET', `/servers/${server}/policy`);
    const body = { ...read, settings: { ...SETTINGS, maxErrors: 25 } };
    await change(server);
    const before = await itemsOf(server);

    const refused = await bed.call('PUT', `/servers/${server}/policy`, { body });
    const forced = await bed.call('PUT', `/servers/${server}/policy?force=true`, { body });

    expect(refused).toMatchObject({
      status: 412,
      headers: { etag: expect.any(String) },
      value: {
        itemsVersion: expect.any(String),
        errors: expect.arrayContaining([expect.objectContaining({ field: 'itemsVersion', value: read.itemsVersion })]),
      },
    });
    expect(refused.value.itemsVersion).not.toBe(read.itemsVersion);
    expect(forced).toMatchObject({ status: 200, value: { done: true } });
    expect(await itemsOf(server)).not.toEqual(before);
  });

  it('takes the version of the policy alone for a basis too', async () => {
    await bed.call('PUT', '/servers/alone/policy', { body: DOCUMENT });

    const { status } = await bed.call('PUT', '/servers/alone/policy', {
      body: { ...DOCUMENT, policyVersion: '0123456789abcdef' },
    });

    expect(status).toBe(412);
  });

  it('gives the document of one server to another, and to one that is not there yet', async () => {
    await bed.call('PUT', '/servers/giver/policy', { body: DOCUMENT });
    await bed.call('PUT', '/servers/taker/policy', { body: { settings: SETTINGS } });
    const { value: body } = await bed.call('GET', '/servers/giver/policy');

    const given = [
      await bed.call('PUT', '/servers/taker/policy', { body }),
      await bed.call('PUT', '/servers/restored/policy', { body: { ...body, server: 'restored' } }),
    ];

    expect(given.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('says what was applied when somebody changes an item under it', async () => {
    await bed.call('PUT', '/servers/race/policy', { body: { settings: SETTINGS, domains: { 'a.example': {} } } });
    const { policy } = bed.stores;
    const stores = {
      ...bed.stores,
      policy: Object.assign(Object.create(policy), {
        readAll: policy.readAll.bind(policy),
        write: async (change: ItemChange) => {
          const edited = { server: 'race', item: 'domain#a.example', note: 'edited in the console' };
          if (change.item === 'settings') await bed.put('policy', edited);
          return policy.write(change);
        },
      }),
    };
    const dispatch = makeDispatch(ROUTE_TABLE, stores);
    const document = { settings: { ...SETTINGS, maxErrors: 5 }, domains: { 'a.example': { nextHop: 'ses' } } };
    const event = adminEvent('PUT', '/servers/race/policy', {}, JSON.stringify(document));

    const answer = await dispatch(event);
    const repeated = await bed.call('PUT', '/servers/race/policy', { body: document });

    expect(answer.statusCode).toBe(409);
    expect(JSON.parse(answer.body)).toMatchObject({
      detail: expect.stringContaining('domain#a.example'),
      applied: { put: ['settings'], deleted: [] },
      left: 1,
      done: false,
      stoppedAt: 'domain#a.example',
    });
    expect(repeated).toMatchObject({ status: 200, value: { applied: { put: ['domain#a.example'] }, unchanged: 1 } });
  });

  it('takes a step however late it is, so that a document repeated comes to its end', async () => {
    let nowMs = Date.now();
    const late = makeDispatch(ROUTE_TABLE, { ...bed.stores, nowMs: () => (nowMs += 60_000) });
    const event = adminEvent('PUT', '/servers/late/policy', {}, JSON.stringify(DOCUMENT));

    const lefts: number[] = [];
    for (let calls = 0; calls < 9 && lefts.at(-1) !== 0; calls += 1)
      lefts.push(JSON.parse((await late(event)).body).left);

    expect(lefts).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it('goes on with a document that says on what it is based, and no more once somebody else came between', async () => {
    await bed.call('PUT', '/servers/parts/policy', { body: { settings: SETTINGS } });
    const { value: read } = await bed.call('GET', '/servers/parts/policy');
    let nowMs = Date.now();
    const late = makeDispatch(ROUTE_TABLE, { ...bed.stores, nowMs: () => (nowMs += 60_000) });
    const body = { ...read, ...DOCUMENT };
    const event = adminEvent('PUT', '/servers/parts/policy', {}, JSON.stringify(body));

    const statuses = [(await late(event)).statusCode, (await late(event)).statusCode, (await late(event)).statusCode];
    await bed.call('PUT', '/servers/parts/domains/colleague.example', { body: {} });
    const refused = await bed.call('PUT', '/servers/parts/policy', { body });

    expect(statuses).toEqual([202, 202, 202]);
    expect(refused.status).toBe(412);
    expect((await bed.call('GET', '/servers/parts')).value.given).not.toHaveProperty('continues');
  });

  it('stops when its time is up, and goes on with the same document', async () => {
    let nowMs = Date.now();
    const slow = makeDispatch(ROUTE_TABLE, { ...bed.stores, nowMs: () => (nowMs += 4500) });
    const event = adminEvent('PUT', '/servers/slow/policy', {}, JSON.stringify(DOCUMENT));

    const first = await slow(event);
    const second = await bed.call('PUT', '/servers/slow/policy', { body: DOCUMENT });

    expect(first.statusCode).toBe(202);
    const { done, left, applied } = JSON.parse(first.body);
    expect(done).toBe(false);
    expect(left).toBeGreaterThan(0);
    expect(applied.put).not.toContain('settings');
    expect(second).toMatchObject({ status: 200, value: { done: true, unchanged: applied.put.length, left: 0 } });
    expect(second.headers.etag).toBe((await bed.call('GET', '/servers/slow/policy')).headers.etag);
  });
});

describe('many relay domains', () => {
  // Ten thousand are imported in test/e2e/admin-api.test.ts, where the database is a process of its own.
  it('are imported, listed and decided', async () => {
    const names = Array.from({ length: 1200 }, (_, index) => `d${String(index).padStart(5, '0')}.example`);
    const domains = Object.fromEntries(names.map((name) => [name, {}]));
    const body = { settings: { ...SETTINGS, authentication: 'none' }, domains };

    const applied: string[] = [];
    for (let done = false; !done; ) {
      const { status, value } = await bed.call('PUT', '/servers/many/policy', { body });
      expect([200, 202]).toContain(status);
      applied.push(...(value.applied as { put: string[] }).put);
      done = value.done === true;
    }
    const listed: string[] = [];
    let next: unknown;
    do {
      const query = next === undefined ? '' : `&next=${next}`;
      const { value } = await bed.call('GET', `/servers/many/domains?limit=500${query}`);
      listed.push(...(value.domains as { domain: string }[]).map(({ domain }) => domain));
      next = value.next;
    } while (next !== undefined);

    expect(new Set(applied).size).toBe(1201);
    expect(listed).toEqual(names);
    const relay = new DynamoRelayPolicyStore(bed.client, TABLE_NAMES.policy);
    const decide = (recipient: string) =>
      checkRelay(
        {
          server: 'many',
          session: 's1',
          client: { address: '192.0.2.1', port: 4711, helo: 'client.example', tls: false },
          recipient,
          trusted: false,
        },
        relay,
        new ItemsInForce(RELAY_ITEMS),
      );
    expect(await decide('bob@d00777.example')).toMatchObject({ kind: 'permit', rule: 'domain#d00777.example' });
    expect(await decide('bob@d01200.example')).toMatchObject({ kind: 'reject' });
  });
});
