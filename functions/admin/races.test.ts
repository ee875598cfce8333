/** Editors who write at the same moment: none of them loses what another one has written, and each hears the truth. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inParallel } from '../in-parallel.ts';
import { AdminBed, adminEvent } from '../test-support/admin-bed.ts';
import { withWrite } from '../test-support/with-write.ts';
import { makeDispatch } from './http/dispatch.ts';
import { ROUTE_TABLE } from './routes.ts';

const SETTINGS = { hostname: 'mx1.example.com', defaultNextHop: 'ses' };
const ROUNDS = 20;

let bed: AdminBed;
beforeAll(async () => {
  bed = await AdminBed.start();
});
afterAll(() => bed.stop());

function statuses(answers: readonly { readonly status: number }[]): number[] {
  return answers.map(({ status }) => status).sort();
}

describe('two editors', () => {
  it('with the same ETag: one changes the settings, the other hears 412', async () => {
    await bed.call('PUT', '/servers/two', { body: SETTINGS });
    for (let round = 1; round <= ROUNDS; round += 1) {
      const { headers } = await bed.call('GET', '/servers/two');
      const patch = (body: object) =>
        bed.call('PATCH', '/servers/two', { body, headers: { 'if-match': headers.etag ?? '' } });

      const answers = await Promise.all([patch({ maxErrors: 100 + round }), patch({ maxRecipients: 100 + round })]);

      expect(statuses(answers)).toEqual([200, 412]);
      const { given } = (await bed.call('GET', '/servers/two')).value;
      const winner = answers.find(({ status }) => status === 200);
      expect(given).toEqual(winner?.value.given);
    }
  });

  it('who make the same domain: one makes it, the other hears 412', async () => {
    await bed.call('PUT', '/servers/make', { body: SETTINGS });
    for (let round = 1; round <= ROUNDS; round += 1) {
      const put = (note: string) =>
        bed.call('PUT', `/servers/make/domains/d${round}.example`, {
          body: { note },
          headers: { 'if-none-match': '*' },
        });

      expect(statuses(await Promise.all([put('one'), put('other')]))).toEqual([201, 412]);
    }
  });

  it('one of whom removes what the other one changes: it is removed, or changed, and never half of both', async () => {
    await bed.call('PUT', '/servers/remove', { body: SETTINGS });
    for (let round = 1; round <= ROUNDS; round += 1) {
      const path = '/servers/remove/clients/192.0.2.0/24';
      const { headers } = await bed.call('PUT', path, { body: { access: 'deny' } });
      const etag = { 'if-match': headers.etag ?? '' };

      const [changed, removed] = await Promise.all([
        bed.call('PUT', path, { body: { access: 'relay' }, headers: etag }),
        bed.call('DELETE', path, { headers: etag }),
      ]);

      const after = await bed.call('GET', path);
      expect([changed.status, removed.status, after.status]).toEqual(
        after.status === 404 ? [412, 204, 404] : [200, 412, 200],
      );
      await bed.call('DELETE', path);
    }
  });
});

describe('fifty editors', () => {
  it('of fifty attributes: what was said to be changed is there, and nothing else', async () => {
    await bed.call('PUT', '/servers/fifty', { body: SETTINGS });
    const names = ['maxErrors', 'maxRecipients', 'maxConnections', 'maxLoginFailures', 'eventDays'];
    const more = [
      'commandTimeoutSeconds',
      'dataTimeoutSeconds',
      'nextHopTimeoutSeconds',
      'lockoutFailures',
      'lockoutSeconds',
    ];
    const all = [...names, ...more];
    // Each name five times, by five editors with values of their own.
    const wanted = Array.from({ length: 50 }, (_, index) => [all[index % all.length] ?? '', 11 + index] as const);

    // Ten at a time: what is to be seen are races, not how long one process takes for fifty.
    const answers = await inParallel(wanted, 10, ([name, value]) =>
      bed.call('PATCH', '/servers/fifty', { body: { [name]: value } }),
    );

    expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    const landed = wanted.filter((_, index) => answers[index]?.status === 200);
    expect(landed.length).toBeGreaterThan(0);
    const given = (await bed.call('GET', '/servers/fifty')).value.given as Readonly<Record<string, number>>;
    const { hostname: _hostname, defaultNextHop: _hop, ...changed } = given;
    expect(new Set(Object.keys(changed))).toEqual(new Set(landed.map(([name]) => name)));
    for (const change of Object.entries(changed)) expect(landed).toContainEqual(change);
    const events = (await bed.events()).filter(({ server, before }) => server === 'fifty' && before !== undefined);
    expect(events).toHaveLength(landed.length);
  });
});

/** Items that a person in the console made larger than an expression could name entry by entry. */
describe('an editor in the console, while the API changes what is large', () => {
  const MANY = Array.from({ length: 150 }, (_, index) => `user${index}@example.com`);
  const NETWORKS = Array.from({ length: 130 }, (_, index) => `10.0.${index}.0/24`);

  /** The API over tables in which somebody edits an item between the API's reading and its first write. */
  function edited(table: 'policy' | 'users', item: Readonly<Record<string, unknown>>) {
    const { policy, users } = bed.stores;
    let isEdited = false;
    const edit = async (): Promise<void> => {
      if (!isEdited) await bed.put(table, item);
      isEdited = true;
    };
    const stores = {
      ...bed.stores,
      policy: withWrite(policy, async (change) => {
        await edit();
        return policy.write(change);
      }),
      users: withWrite(users, async (change) => {
        await edit();
        return users.write(change);
      }),
    };
    const dispatch = makeDispatch(ROUTE_TABLE, stores);
    return async (method: string, path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
      (await dispatch(adminEvent(method, path, headers, JSON.stringify(body)))).statusCode;
  }

  it.each([[MANY], [MANY.slice(0, 100)]])('loses nothing in a user with a list of senders', async (senders) => {
    const user = { user: `many${senders.length}`, senders, limits: { messagesPerDay: 100 } };
    await bed.put('users', user);
    const { headers } = await bed.call('GET', `/users/${user.user}`);
    const later = { ...user, limits: { messagesPerDay: 5 } };
    const path = `/users/${user.user}`;

    const held = await edited('users', later)('PATCH', path, { note: 'x' }, { 'if-match': headers.etag ?? '' });
    await bed.put('users', user);
    const repeated = await edited('users', later)('PATCH', path, { note: 'x' });

    expect([held, repeated]).toEqual([412, 200]);
    const { value } = await bed.call('GET', path);
    expect(value).toMatchObject({ note: 'x', limits: { messagesPerDay: 5 } });
    expect(new Set(value.senders as readonly string[])).toEqual(new Set(senders));
  });

  it('loses nothing in settings with a list of networks', async () => {
    const item = { server: 'nets', item: 'settings', ...SETTINGS, proxyProtocolNetworks: NETWORKS };
    await bed.put('policy', item);
    const { headers } = await bed.call('GET', '/servers/nets');
    const edit = edited('policy', { ...item, maxErrors: 7 });

    const held = await edit('PATCH', '/servers/nets', { note: 'x' }, { 'if-match': headers.etag ?? '' });

    expect(held).toBe(412);
    expect((await bed.call('GET', '/servers/nets')).value).toMatchObject({ given: { maxErrors: 7 } });
  });

  it('is told where an item has more attributes than can be compared', async () => {
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`x${index}`, 1]));
    await bed.put('policy', { server: 'nets', item: 'client#192.0.2.0/24', access: 'deny', ...many });

    const { status, value } = await bed.call('DELETE', '/servers/nets/clients/192.0.2.0/24');

    expect(status).toBe(409);
    expect(value.detail).toMatch(/cannot be compared.*in the console/s);
  });
});
