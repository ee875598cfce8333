import { afterAll, beforeAll, expect, it } from 'vitest';
import { AdminBed } from '../../test-support/admin-bed.ts';

const DOCUMENT = {
  settings: { hostname: 'mx1.example.com', defaultNextHop: 'ses' },
  commands: { NOOP: { maxOctets: 80 } },
  domains: { 'example.com': {} },
  clients: { '192.0.2.0/24': { access: 'deny' }, '203.0.113.0/24': { access: 'relay' } },
  senders: { 'spam.example': { access: 'deny' } },
};

let bed: AdminBed;
beforeAll(async () => {
  bed = await AdminBed.start();
});
afterAll(() => bed.stop());

async function keysOf(server: string): Promise<readonly unknown[]> {
  return (await bed.items('policy')).filter((each) => each.server === server).map(({ item }) => item);
}

it('removes a server whole, what lets mail through first and denials last, and nothing of another', async () => {
  await bed.call('PUT', '/servers/gone/policy', { body: DOCUMENT });
  await bed.call('PUT', '/servers/stays/policy', { body: DOCUMENT });
  // What has no place in a document goes too.
  await bed.put('policy', { server: 'gone', item: 'Domain#example.org' });

  const removed = await bed.call('DELETE', '/servers/gone');

  expect(removed).toMatchObject({ status: 200, value: { done: true, left: 0, policyVersion: null } });
  const { deleted } = removed.value.applied as { readonly deleted: readonly string[] };
  expect(new Set(deleted)).toHaveLength(7);
  const place = (item: string): number => deleted.indexOf(item);
  for (const open of ['domain#example.com', 'client#203.0.113.0/24'])
    expect(place(open)).toBeLessThan(place('settings'));
  for (const shut of ['client#192.0.2.0/24', 'sender#spam.example'])
    expect(place(shut)).toBeGreaterThan(place('settings'));
  expect(await keysOf('gone')).toEqual([]);
  expect(await keysOf('stays')).toHaveLength(6);
  expect(await bed.call('GET', '/servers/gone')).toMatchObject({ status: 404 });
});

it('removes what is left of one without settings, and says when there is nothing', async () => {
  await bed.put('policy', { server: 'orphan', item: 'domain#example.org' });

  const [first, second] = [await bed.call('DELETE', '/servers/orphan'), await bed.call('DELETE', '/servers/orphan')];

  expect([first.status, second.status]).toEqual([200, 404]);
});

it('removes nothing that somebody has changed since it was read', async () => {
  await bed.call('PUT', '/servers/bound/policy', { body: DOCUMENT });
  const { headers } = await bed.call('GET', '/servers/bound/policy');
  await bed.call('PUT', '/servers/bound/domains/example.net', { body: {} });

  const refused = await bed.call('DELETE', '/servers/bound', { headers: { 'if-match': headers.etag ?? '' } });

  expect(refused.status).toBe(412);
  expect(await keysOf('bound')).toHaveLength(7);
});

it.each(['0', '21', 'x', '1.5'])('takes no %s seconds', async (seconds) => {
  expect(await bed.call('DELETE', `/servers/any?seconds=${seconds}`)).toMatchObject({ status: 400 });
});
