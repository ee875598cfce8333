/** Who changed a user, on what condition, and what is told of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AdminBed, CALLER } from '../../test-support/admin-bed.ts';

const PASSWORD = 'correct horse battery staple';

let bed: AdminBed;
let names = 0;
/** A name that no other test has. */
let name: string;
beforeAll(async () => {
  bed = await AdminBed.start();
  await bed.put('policy', { server: 'mx1', item: 'settings', hostname: 'mx1.example.com', defaultNextHop: 'ses' });
});
beforeEach(() => {
  names += 1;
  name = `user${names}@example.com`;
});
afterAll(() => bed.stop());

async function stored(user: string): Promise<Record<string, unknown> | undefined> {
  return (await bed.items('users')).find((item) => item.user === user);
}

async function eventsOf(user: string): Promise<readonly Record<string, unknown>[]> {
  const items = (await bed.events()).filter(({ item }) => item === `user#${user}`);
  return items.sort((a, b) => (String(a.at) < String(b.at) ? -1 : 1));
}

/** Makes a user, and gives the tag. */
async function make(user: string, body: object = {}): Promise<string> {
  const { status, headers } = await bed.call('PUT', `/users/${encodeURIComponent(user)}`, {
    body: { password: PASSWORD, servers: ['mx1'], senders: [user], ...body },
  });
  expect(status).toBe(201);
  return headers.etag ?? '';
}

describe('preconditions', () => {
  it.each(['PUT', 'PATCH'])(
    '%s with the tag of before is 412 once somebody edited the item in the console',
    async (method) => {
      const etag = await make(name);
      await bed.put('users', { ...(await stored(name)), enabled: false });

      const { status, headers, value } = await bed.call(method, `/users/${name}`, {
        body: { mayBounce: true },
        headers: { 'if-match': etag },
      });

      expect(status).toBe(412);
      expect(headers.etag).toBe((await bed.call('GET', `/users/${name}`)).headers.etag);
      expect(value.detail).toContain(String(headers.etag));
      expect(await stored(name)).not.toHaveProperty('mayBounce');
    },
  );

  it('a tag holds against another password too', async () => {
    const etag = await make(name);
    await bed.call('PUT', `/users/${name}/password`, { body: { password: 'another horse' } });

    const { status } = await bed.call('DELETE', `/users/${name}`, { headers: { 'if-match': etag } });

    expect(status).toBe(412);
    expect(await stored(name)).toBeDefined();
  });

  it('If-None-Match: * makes only what is not there', async () => {
    const headers = { 'if-none-match': '*' };
    const put = () => bed.call('PUT', `/users/${name}`, { body: { password: PASSWORD }, headers });

    expect((await put()).status).toBe(201);
    expect((await put()).status).toBe(412);
  });

  it('of many who patch at once with one tag, one wins', async () => {
    const etag = await make(name);
    const patch = (limit: number) =>
      bed.call('PATCH', `/users/${name}`, {
        body: { limits: { messagesPerDay: limit } },
        headers: { 'if-match': etag },
      });

    const answers = await Promise.all([1, 2, 3, 4, 5].map(patch));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412]);
    const winner = answers.findIndex(({ status }) => status === 200) + 1;
    expect((await stored(name))?.limits).toEqual({ messagesPerDay: winner });
  });
});

describe('a user whom the console spelt otherwise', () => {
  const VERIFIER = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  let typed: string;
  beforeEach(async () => {
    typed = `Max${names}@Example.com`;
    name = typed.toLowerCase();
    await bed.put('users', { user: typed, verifier: VERIFIER, note: 'typed', servers: new Set(['mx1']) });
  });

  it('is found by that spelling', async () => {
    const { status, value } = await bed.call('GET', `/users/${typed}`);

    expect(status).toBe(200);
    expect(value).toMatchObject({ user: typed, note: 'typed', problem: expect.stringContaining(name) });
  });

  it.each([
    ['PATCH', { mayBounce: true }, { note: 'typed', mayBounce: true }],
    ['PATCH', { note: 'typed' }, { note: 'typed' }],
    ['PUT', { note: 'put' }, { note: 'put' }],
  ])('comes to stand under the key by %s, the password with it', async (method, body, expected) => {
    const { status, headers } = await bed.call(method, `/users/${typed}`, { body });

    expect(status).toBe(200);
    expect(headers.etag).toBe((await bed.call('GET', `/users/${name}`)).headers.etag);
    expect(await stored(name)).toMatchObject({ ...expected, verifier: VERIFIER });
    expect(await stored(typed)).toBeUndefined();
  });

  it('goes, and with it the one whose key is right', async () => {
    await make(name);

    expect((await bed.call('DELETE', `/users/${typed}`)).status).toBe(204);
    expect([await stored(name), await stored(typed)]).toEqual([undefined, undefined]);
  });

  it('is gone for those who name it otherwise only once it is removed by its spelling', async () => {
    expect((await bed.call('DELETE', `/users/${name}`)).status).toBe(404);
    expect((await bed.call('DELETE', `/users/${typed}`)).status).toBe(204);
    expect(await stored(typed)).toBeUndefined();
  });
});

describe('events of changes', () => {
  it('tell who, before and after, and of a password only that it is another', async () => {
    await make(name, { limits: { messagesPerDay: 5 } });
    await bed.call('PATCH', `/users/${name}`, { body: { enabled: false } });
    await bed.call('PATCH', `/users/${name}`, { body: { enabled: false } });
    await bed.call('PUT', `/users/${name}/password`, { body: { password: 'another horse' } });
    await bed.call('DELETE', `/users/${name}`);

    const events = await eventsOf(name);

    const user = { servers: ['mx1'], senders: [name], limits: { messagesPerDay: 5 } };
    expect(events).toMatchObject([
      { type: 'policy-changed', server: '*', who: CALLER, action: 'made', after: { ...user, password: 'changed' } },
      { action: 'changed', before: user, after: { ...user, enabled: false } },
      {
        action: 'password',
        before: { ...user, enabled: false },
        after: { ...user, enabled: false, password: 'changed' },
      },
      { action: 'deleted', who: CALLER, before: { ...user, enabled: false } },
    ]);
    expect(events[0]).not.toHaveProperty('before');
    expect(events[1]?.after).not.toHaveProperty('password');
    expect(events[3]).not.toHaveProperty('after');
    expect(JSON.stringify(events)).not.toMatch(/verifier|argon2|other|correct/);
  });
});
