import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AdminBed, CALLER } from '../../test-support/admin-bed.ts';

const SETTINGS = { item: 'settings', hostname: 'mx1.example.com', defaultNextHop: 'smtp://mail.example.com' };
const ISSUER = { issuer: 'https://login.example.com', audience: 'smtp' };

let bed: AdminBed;
beforeAll(async () => {
  bed = await AdminBed.start();
  await bed.put('policy', { server: 's', ...SETTINGS });
});
afterAll(() => bed.stop());

async function keys(server: string) {
  return (await bed.items('policy')).filter((each) => each.server === server).map(({ item }) => item);
}

describe.each([
  {
    path: 'domains/example.com',
    item: 'domain#example.com',
    given: { nextHop: 'ses', note: 'ours' },
    shown: { domain: 'example.com', nextHop: 'ses', from: 'item' },
    wrong: { nextHop: 'mail.example.com' },
  },
  {
    path: 'clients/203.0.113.0/24',
    item: 'client#203.0.113.0/24',
    given: { access: 'relay' },
    shown: { cidr: '203.0.113.0/24', access: 'relay' },
    wrong: { access: 'permit' },
  },
  {
    path: 'senders/spam.example',
    item: 'sender#spam.example',
    given: { access: 'deny' },
    shown: { sender: 'spam.example', access: 'deny' },
    wrong: { access: 'allow' },
  },
  {
    path: 'issuers/example',
    item: 'issuer#example',
    given: ISSUER,
    shown: { issuer: 'example', inForce: { ...ISSUER, skewSeconds: 60, userClaim: 'email' } },
    wrong: { ...ISSUER, issuer: 'http://login.example.com' },
  },
])('/servers/{server}/$path', ({ path, item, given, shown, wrong }) => {
  const url = `/servers/s/${path}`;

  it('is made, shown, replaced and removed, each an event', async () => {
    const absent = await bed.call('GET', url);
    const made = await bed.call('PUT', url, { body: given });
    const read = await bed.call('GET', url);
    const replaced = await bed.call('PUT', url, { body: { ...given, note: 'other' } });
    const removed = await bed.call('DELETE', url);
    const gone = await bed.call('DELETE', url);

    expect([absent, made, read, replaced, removed, gone].map(({ status }) => status)).toEqual([
      404, 201, 200, 200, 204, 404,
    ]);
    expect(made.value).toEqual({ ...shown, given, changedBy: CALLER, changedAt: expect.any(String) });
    expect(read.value).toEqual(made.value);
    expect(read.headers.etag).toBe(made.headers.etag);
    expect(replaced.headers.etag).not.toBe(made.headers.etag);
    const events = (await bed.events()).filter((event) => event.item === item);
    expect(events).toHaveLength(3);
    expect(events).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ after: given, server: 's' }),
        expect.objectContaining({ before: given, after: { ...given, note: 'other' } }),
        expect.objectContaining({ before: { ...given, note: 'other' } }),
      ]),
    );
  });

  it('is refused when it would not be in force', async () => {
    const { status, value } = await bed.call('PUT', url, { body: wrong });

    expect(status).toBe(400);
    expect(value.errors).toMatchObject([{ field: expect.stringMatching(/^(?:nextHop|access|issuer)$/) }]);
    expect(await keys('s')).not.toContain(item);
  });

  it('is no one’s where there is no server', async () => {
    for (const method of ['GET', 'DELETE'] as const) {
      expect(await bed.call(method, `/servers/none/${path}`)).toMatchObject({ status: 404 });
    }
    expect(await bed.call('PUT', `/servers/none/${path}`, { body: given })).toMatchObject({ status: 404 });
    expect(await keys('none')).toEqual([]);
  });

  it('changes for the editor who saw it last, alone', async () => {
    const { headers } = await bed.call('PUT', url, { body: given });
    const etag = { 'if-match': headers.etag ?? '' };
    const first = await bed.call('PUT', url, { body: { ...given, note: 'first' }, headers: etag });
    const second = await bed.call('DELETE', url, { headers: etag });

    expect([first.status, second.status]).toEqual([200, 412]);
    expect(await bed.call('DELETE', url, { headers: { 'if-match': first.headers.etag ?? '' } })).toMatchObject({
      status: 204,
    });
  });
});

describe('names', () => {
  it.each([
    ['domains/EXAMPLE.Net', { note: 'x' }, 'domain#example.net'],
    ['domains/b%C3%BCcher.example', { note: 'x' }, 'domain#xn--bcher-kva.example'],
    ['clients/2001:DB8:0:0::%2F32', { access: 'deny' }, 'client#2001:db8::/32'],
    ['clients/198.51.100.7', { access: 'deny' }, 'client#198.51.100.7/32'],
    ['clients/::ffff:192.0.2.0/120', { access: 'deny' }, 'client#192.0.2.0/24'],
    ['senders/*@Spam.Example', { access: 'deny' }, 'sender#spam.example'],
    ['senders/Eve@Spam.Example', { access: 'deny' }, 'sender#eve@spam.example'],
    ['senders/a%2Fb@spam.example', { access: 'deny' }, 'sender#a/b@spam.example'],
  ])('%s is kept in its one form', async (path, body, item) => {
    const { status } = await bed.call('PUT', `/servers/s/${path}`, { body });

    expect(status).toBe(201);
    expect(await keys('s')).toContain(item);
    expect(await bed.call('GET', `/servers/s/${path}`)).toMatchObject({ status: 200 });
    expect(await bed.call('DELETE', `/servers/s/${path}`)).toMatchObject({ status: 204 });
  });

  it.each([
    ['domains/not_a_domain', {}, 'domain'],
    ['clients/203.0.113.7/24', { access: 'deny' }, 'cidr'],
    ['clients/everybody', { access: 'deny' }, 'cidr'],
    ['senders/@', { access: 'deny' }, 'sender'],
    [`issuers/${'x'.repeat(513)}`, ISSUER, 'issuer'],
    ['issuers/a%00b', ISSUER, 'issuer'],
  ])('%s is none', async (path, body, field) => {
    const { status, value } = await bed.call('PUT', `/servers/s/${path}`, { body });

    expect(status).toBe(400);
    expect(value.errors).toMatchObject([{ field }]);
  });

  it.each(['a%23b', '*', '%0A'])('%s is no server', async (server) => {
    const { status, value } = await bed.call('PUT', `/servers/${server}`, { body: SETTINGS });

    expect(status).toBe(400);
    expect(value.errors).toMatchObject([{ field: 'server' }]);
  });

  it('find an item that somebody keyed wrongly in the console, so that it can be seen and removed', async () => {
    await bed.put('policy', { server: 's', item: 'domain#Wrong.Example' });

    const seen = await bed.call('GET', '/servers/s/domains/Wrong.Example');

    expect(seen.value).toMatchObject({ domain: 'Wrong.Example', problem: expect.stringContaining('must be written') });
    expect(await bed.call('DELETE', '/servers/s/domains/Wrong.Example')).toMatchObject({ status: 204 });
    expect(await keys('s')).not.toContain('domain#Wrong.Example');
  });

  it('keep a domain where somebody wrote it in Unicode', async () => {
    await bed.put('policy', { server: 's', item: 'domain#käse.example' });

    await bed.call('PUT', '/servers/s/domains/xn--kse-qla.example', { body: { nextHop: 'ses' } });

    const own = (await keys('s')).filter(
      (key) => String(key).includes('se.example') || String(key).includes('xn--kse'),
    );
    expect(own).toEqual(['domain#käse.example']);
  });
});

describe('lists', () => {
  it('come in pages in the order of their names, and hold every item once', async () => {
    await bed.put('policy', { server: 'list', ...SETTINGS });
    const names = Array.from({ length: 7 }, (_, index) => `d${index}.example`);
    for (const name of names) await bed.put('policy', { server: 'list', item: `domain#${name}` });
    await bed.put('policy', { server: 'list', item: 'client#192.0.2.0/24', access: 'deny' });

    const pages: unknown[][] = [];
    let next: unknown;
    do {
      const { value } = await bed.call(
        'GET',
        `/servers/list/domains?limit=3${next === undefined ? '' : `&next=${next}`}`,
      );
      pages.push((value.domains as { domain: string }[]).map(({ domain }) => domain));
      next = value.next;
    } while (next !== undefined);

    expect(pages).toEqual([names.slice(0, 3), names.slice(3, 6), names.slice(6)]);
  });

  it('say what is wrong with each, and what is in force all the same', async () => {
    await bed.put('policy', { server: 'broken', ...SETTINGS });
    await bed.put('policy', { server: 'broken', item: 'client#192.0.2.0/24', access: 'relay ', lastGood: {} });
    const lastGood = { access: 'deny' };
    await bed.put('policy', { server: 'broken', item: 'client#198.51.100.0/24', access: 'no', lastGood });

    const { value } = await bed.call('GET', '/servers/broken/clients');

    expect(value).toEqual({
      clients: [
        { cidr: '192.0.2.0/24', access: 'relay', given: { access: 'relay ' } },
        {
          cidr: '198.51.100.0/24',
          access: 'deny',
          given: { access: 'no' },
          problem: 'access: "no" is not allowed; deny, relay are',
        },
      ],
    });
  });
});

describe('an item of lists and maps, as the console lets one type them', () => {
  it('can be replaced on the condition that all of it is as it was read', async () => {
    const typed = { nextHop: ['ses', { deep: [1, null, true], set: new Set(['a', 'b']) }, []], other: { 'a.b': 1 } };
    await bed.put('policy', { server: 's', item: 'domain#odd.example', ...typed });

    const { status } = await bed.call('PUT', '/servers/s/domains/odd.example', { body: { nextHop: 'ses' } });

    expect(status).toBe(200);
    expect((await bed.call('GET', '/servers/s/domains/odd.example')).value.given).toEqual({ nextHop: 'ses' });
  });
});

describe('what the console spelt otherwise', () => {
  const SPELT: readonly (readonly [path: string, spelt: string, canonical: string])[] = [
    ['clients/2001:db8::/32', 'client#2001:DB8::/32', 'client#2001:db8::/32'],
    ['clients/2001:db8::/32', 'client#2001:0db8:0::/32', 'client#2001:db8::/32'],
    ['clients/198.51.100.7', 'client#198.51.100.7', 'client#198.51.100.7/32'],
    ['clients/198.51.100.0/24', 'client#::ffff:198.51.100.0/120', 'client#198.51.100.0/24'],
    ['senders/spam.example', 'sender#Spam.Example', 'sender#spam.example'],
    ['senders/spam.example', 'sender#*@spam.example', 'sender#spam.example'],
    ['senders/eve@spam.example', 'sender#eve@SPAM.example', 'sender#eve@spam.example'],
  ];
  let servers = 0;
  let server: string;
  beforeEach(async () => {
    servers += 1;
    server = `spelt${servers}`;
    await bed.put('policy', { server, ...SETTINGS });
  });

  it.each(SPELT)('%s is found, changed and removed under %s', async (path, spelt) => {
    await bed.put('policy', { server, item: spelt, access: 'deny', note: 'typed' });
    const url = `/servers/${server}/${path}`;

    const found = await bed.call('GET', url);
    const refused = await bed.call('PUT', url, { body: { access: 'deny' }, headers: { 'if-none-match': '*' } });
    const changed = await bed.call('PUT', url, { body: { access: 'deny', note: 'changed' } });
    const between = await keys(server);
    const removed = await bed.call('DELETE', url);

    expect([found, refused, changed, removed].map(({ status }) => status)).toEqual([200, 412, 200, 204]);
    expect(found.value).toMatchObject({ given: { note: 'typed' } });
    expect(between).toEqual(expect.arrayContaining([spelt]));
    expect(between).toHaveLength(2);
    expect(await keys(server)).toEqual(['settings']);
  });

  it.each(SPELT)(
    '%s beside its twin %s is one thing: replaced as one, and removed whole',
    async (path, spelt, canonical) => {
      const url = `/servers/${server}/${path}`;
      for (const item of [spelt, canonical]) await bed.put('policy', { server, item, access: 'deny' });
      const replaced = await bed.call('PUT', url, { body: { access: 'deny', note: 'one' } });
      const afterPut = await keys(server);
      for (const item of [spelt, canonical]) await bed.put('policy', { server, item, access: 'deny' });
      const removed = await bed.call('DELETE', url);

      expect([replaced.status, removed.status]).toEqual([200, 204]);
      expect(afterPut).toHaveLength(2);
      expect(await keys(server)).toEqual(['settings']);
    },
  );

  it('lets a denial be seen before a network that may relay, and PUT decide for both', async () => {
    await bed.put('policy', { server, item: 'client#2001:DB8::/32', access: 'deny' });
    await bed.put('policy', { server, item: 'client#2001:db8::/32', access: 'relay' });
    const url = `/servers/${server}/clients/2001:db8::/32`;

    const seen = await bed.call('GET', url);
    const put = await bed.call('PUT', url, { body: { access: 'relay' } });

    expect(seen.value).toMatchObject({ cidr: '2001:DB8::/32', access: 'deny' });
    expect(put.value).toMatchObject({ access: 'relay' });
    expect(await keys(server)).toHaveLength(2);
  });

  it('stays where it is when a document names it, and goes when it does not', async () => {
    await bed.put('policy', { server, item: 'client#2001:DB8::/32', access: 'deny' });
    const settings = { hostname: 'mx1.example.com', defaultNextHop: 'smtp://mail.example.com' };
    const document = { settings, clients: { '2001:db8::/32': { access: 'relay' } } };

    await bed.call('PUT', `/servers/${server}/policy`, { body: document });
    expect(await keys(server)).toEqual(expect.arrayContaining(['client#2001:DB8::/32']));
    expect((await bed.call('GET', `/servers/${server}/clients/2001:db8::/32`)).value.access).toBe('relay');

    await bed.call('PUT', `/servers/${server}/policy`, { body: { settings } });
    expect(await keys(server)).toEqual(['settings']);
  });
});

it.each([
  ['domains', '\u{10FFFF}\u{10FFFF}'],
  ['clients', '\u{10FFFF}'],
  ['issuers', '__proto__'],
])('a token of %s that no page gave is 400', async (name, key) => {
  const next = Buffer.from(JSON.stringify(key)).toString('base64url');

  expect(await bed.call('GET', `/servers/s/${name}?next=${next}`)).toMatchObject({
    status: 400,
    value: { errors: [{ field: 'next' }] },
  });
});

it('an issuer has no name that a document could not hold', async () => {
  expect((await bed.call('PUT', '/servers/s/issuers/__proto__', { body: ISSUER })).status).toBe(400);
});
