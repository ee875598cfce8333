import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fitsVerifier, MAX_PASSWORD_OCTETS } from '../../../policy/password.ts';
import { parseUser } from '../../../policy/user.ts';
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

async function logsIn(user: string, password: string): Promise<boolean> {
  const parsed = parseUser(await stored(user));
  if (!parsed.ok) throw new TypeError(parsed.problem);
  const { verifier } = parsed.value;
  return verifier !== undefined && fitsVerifier(password, verifier);
}

describe('PUT /users/{user}', () => {
  it('makes a user who can log in, and shows everything but the password', async () => {
    const body = {
      password: PASSWORD,
      servers: ['mx1'],
      senders: [name],
      limits: { messagesPerHour: 10 },
      note: 'new',
    };

    const { status, headers, value } = await bed.call('PUT', `/users/${name}`, { body });

    expect(status).toBe(201);
    expect(headers.etag).toMatch(/^"[\w-]+"$/);
    expect(value).toEqual({
      user: name,
      enabled: true,
      servers: ['mx1'],
      senders: [name],
      mayBounce: true,
      limits: { messagesPerHour: 10 },
      hasPassword: true,
      note: 'new',
      changedBy: CALLER,
      changedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(await logsIn(name, PASSWORD)).toBe(true);
    expect((await stored(name))?.servers).toEqual(new Set(['mx1']));
  });

  it('replaces all that is not given by its default, and keeps the password', async () => {
    await make(name, { enabled: false, mayBounce: false, limits: { messagesPerDay: 1 }, note: 'x' });

    const { status, value } = await bed.call('PUT', `/users/${name}`, { body: { servers: ['mx1'] } });

    expect(status).toBe(200);
    expect(value).toMatchObject({ enabled: true, mayBounce: true, senders: [], limits: {} });
    expect(value).not.toHaveProperty('note');
    expect(await logsIn(name, PASSWORD)).toBe(true);
  });

  it('makes a user without a password, who logs in by OAuth alone, and takes a password away by null', async () => {
    const made = await bed.call('PUT', `/users/${name}`, { body: {} });
    await bed.call('PUT', `/users/${name}`, { body: { password: PASSWORD } });
    const taken = await bed.call('PUT', `/users/${name}`, { body: { password: null } });

    expect(made).toMatchObject({ status: 201, value: { hasPassword: false } });
    expect(taken).toMatchObject({ status: 200, value: { hasPassword: false } });
    expect(await stored(name)).not.toHaveProperty('verifier');
    expect((await eventsOf(name)).map(({ after }) => after)).toEqual([
      {},
      { password: 'changed' },
      { password: 'removed' },
    ]);
  });

  it('finds a user by every spelling of the name, and writes the key', async () => {
    await make(`ÉLISE${names}@Example.com`);

    const { status, value } = await bed.call('GET', `/users/${encodeURIComponent(`élise${names}@EXAMPLE.COM`)}`);

    expect(status).toBe(200);
    expect(value.user).toBe(`élise${names}@example.com`);
  });

  it.each([
    ['an unknown attribute', { enable: false }, 'enable', undefined],
    ['an attribute of Postern', { changedBy: 'me' }, 'changedBy', undefined],
    ['a verifier', { verifier: '$argon2id$v=19$…' }, 'verifier', undefined],
    ['a flag that is text', { enabled: 'no' }, 'enabled', 'no'],
    ['a sender that is no address', { senders: ['a b'] }, 'senders.0', 'a b'],
    ['a limit that is misspelt', { limits: { messagesPerhour: 3 } }, 'limits.messagesPerhour', 3],
    ['a limit below zero', { limits: { messagesPerDay: -1 } }, 'limits.messagesPerDay', -1],
    ['a server that is not published', { servers: ['mx9'] }, 'servers', 'mx9'],
  ])('refuses %s by name, and writes nothing', async (_, body, field, value) => {
    const answer = await bed.call('PUT', `/users/${name}`, { body: { password: PASSWORD, ...body } });

    expect(answer.status).toBe(400);
    expect(answer.value.errors).toEqual([
      { field, problem: expect.any(String), ...(value === undefined ? {} : { value }) },
    ]);
    expect(await stored(name)).toBeUndefined();
  });

  it('names the servers that are published', async () => {
    const { value } = await bed.call('PUT', `/users/${name}`, { body: { password: PASSWORD, servers: ['mx9'] } });

    expect(value.detail).toBe('servers: "mx9" is not a published server: mx1 are');
  });

  it.each([
    ['a name that SASLprep prohibits', '%00'],
    ['a name that is too long', 'a'.repeat(2049)],
  ])('refuses %s', async (_, path) => {
    const { status, value } = await bed.call('PUT', `/users/${path}`, { body: { password: PASSWORD } });

    expect(status).toBe(400);
    expect(value.errors).toMatchObject([{ field: 'user' }]);
  });
});

describe('what is wrong with a body', () => {
  it.each([
    ['PUT', '', { pasword: 'hunter2' }],
    ['PUT', '', { password: ['hunter2'] }],
    ['PUT', '', 'hunter2'],
    ['PATCH', '', { password: 'hunter2' }],
    ['PUT', '/password', 'hunter2'],
    ['PUT', '/password', { password: { hunter2: 'hunter2' } }],
    ['PUT', '/password', { password: 'another horse', pasword: 'hunter2' }],
    ['PUT', '/password', { password: `hunter2${'x'.repeat(MAX_PASSWORD_OCTETS)}` }],
    ['PUT', '/password', { password: 'hunter2\u0007' }],
    ['PUT', '/password', { password: 'hunter2' }],
    ['PUT', '', { password: 'hunter2' }],
  ])('%s %s %j is said without the password', async (method, action, body) => {
    await make(name);

    const { status, value } = await bed.call(method, `/users/${name}${action}`, { body });

    expect(status).toBe(400);
    expect(value.errors).toHaveLength(1);
    expect(JSON.stringify(value)).not.toContain('hunter2');
  });
});

describe('PATCH /users/{user}', () => {
  it('changes what is given, gives null its default back, and merges limits', async () => {
    await make(name, { mayBounce: false, limits: { messagesPerHour: 1, messagesPerDay: 2 } });

    const { status, value } = await bed.call('PATCH', `/users/${name}`, {
      body: { enabled: false, mayBounce: null, limits: { messagesPerHour: null, recipientsPerDay: 3 } },
    });

    expect(status).toBe(200);
    expect(value).toMatchObject({
      enabled: false,
      mayBounce: true,
      servers: ['mx1'],
      senders: [name],
      limits: { messagesPerDay: 2, recipientsPerDay: 3 },
    });
    expect(await logsIn(name, PASSWORD)).toBe(true);
  });

  it('empties a set, and takes the limits away', async () => {
    await make(name, { limits: { messagesPerHour: 1 } });

    await bed.call('PATCH', `/users/${name}`, { body: { servers: [], senders: null, limits: null } });

    expect(await stored(name)).toEqual({
      user: name,
      verifier: expect.any(String),
      changedBy: CALLER,
      changedAt: expect.any(String),
    });
  });

  it('lets a server stand that is no more, and takes no other of that kind', async () => {
    await make(name);
    const item = await stored(name);
    await bed.put('users', { ...item, servers: new Set(['mx1', 'gone']) });

    expect((await bed.call('PATCH', `/users/${name}`, { body: { servers: ['gone'] } })).status).toBe(200);
    expect((await bed.call('PATCH', `/users/${name}`, { body: { servers: ['gone', 'away'] } })).status).toBe(400);
  });

  it('says what stands in the way of a user whom somebody broke in the console', async () => {
    await make(name);
    await bed.put('users', { ...(await stored(name)), senders: new Set(['not an address']) });

    const shown = await bed.call('GET', `/users/${name}`);
    const patched = await bed.call('PATCH', `/users/${name}`, { body: { enabled: false } });
    const mended = await bed.call('PATCH', `/users/${name}`, { body: { senders: [name] } });

    expect(shown.value).toMatchObject({ senders: ['not an address'], problem: expect.stringContaining('senders') });
    expect(patched).toMatchObject({ status: 400, value: { errors: [{ field: 'senders' }] } });
    expect(mended.status).toBe(200);
    expect(mended.value).not.toHaveProperty('problem');
  });

  it('is 404 for a user who is not there, and makes none', async () => {
    expect(await bed.call('PATCH', `/users/${name}`, { body: { enabled: true } })).toMatchObject({ status: 404 });
    expect(await stored(name)).toBeUndefined();
  });
});

describe('PUT /users/{user}/password', () => {
  it('gives another password, and says nothing of it but another ETag', async () => {
    const etag = await make(name);

    const { status, headers, value } = await bed.call('PUT', `/users/${name}/password`, {
      body: { password: 'another horse' },
    });

    expect(status).toBe(204);
    expect(value).toEqual({});
    expect(headers.etag).not.toBe(etag);
    expect((await bed.call('GET', `/users/${name}`)).headers.etag).toBe(headers.etag);
    expect(await logsIn(name, 'another horse')).toBe(true);
    expect(await logsIn(name, PASSWORD)).toBe(false);
  });

  it('takes none of the commonest, and quotes it not', async () => {
    await make(name);

    for (const [path, body] of [
      [`/users/${name}/password`, { password: 'Trustno1' }],
      [`/users/${name}`, { password: 'Trustno1' }],
    ] as const) {
      const { status, value } = await bed.call('PUT', path, { body });

      expect(status).toBe(400);
      expect(value.detail).toBe('password: is one of the 10,000 commonest passwords: choose another');
      expect(JSON.stringify(value)).not.toMatch(/trustno1/i);
    }
    expect(await logsIn(name, PASSWORD)).toBe(true);
  });

  it('takes a password as SASLprep reads it, so that it fits what a client sends', async () => {
    await make(name);

    await bed.call('PUT', `/users/${name}/password`, { body: { password: 'pass\u00A0word' } });

    expect(await logsIn(name, 'pass word')).toBe(true);
  });

  it.each([
    ['the longest', 'x'.repeat(MAX_PASSWORD_OCTETS), 204],
    ['one octet more', 'x'.repeat(MAX_PASSWORD_OCTETS + 1), 400],
    ['none', '', 400],
    ['eight characters', '8 letter', 204],
    ['seven', '7 lette', 400],
  ])('takes or refuses by its length: %s', async (_, password, status) => {
    await make(name);

    expect((await bed.call('PUT', `/users/${name}/password`, { body: { password } })).status).toBe(status);
  });

  it('is 404 for a user who is not there', async () => {
    expect((await bed.call('PUT', `/users/${name}/password`, { body: { password: PASSWORD } })).status).toBe(404);
  });
});

describe('a name that holds a slash', () => {
  it.each(['%2F', '/'])('is found in a path with %s, in every route', async (slash) => {
    const user = `team${slash === '/' ? 1 : 2}/alice`;
    const path = `/users/${user.replace('/', slash)}`;

    expect((await bed.call('PUT', path, { body: { password: PASSWORD, servers: ['mx1'] } })).status).toBe(201);
    expect((await bed.call('PUT', `${path}/password`, { body: { password: 'another horse' } })).status).toBe(204);
    expect((await bed.call('POST', `${path}/unlock`)).value).toEqual({ unlocked: 0, done: true });
    expect((await bed.call('PATCH', path, { body: { enabled: false } })).value.user).toBe(user);
    expect(await logsIn(user, 'another horse')).toBe(true);
    expect((await bed.call('DELETE', path)).status).toBe(204);
    expect((await bed.call('GET', path)).status).toBe(404);
  });
});

describe('DELETE /users/{user}', () => {
  it('deletes, and is 404 the second time', async () => {
    await make(name);

    expect(await bed.call('DELETE', `/users/${name}`)).toMatchObject({ status: 204, value: {} });
    expect(await stored(name)).toBeUndefined();
    expect((await bed.call('DELETE', `/users/${name}`)).status).toBe(404);
  });
});

describe('POST /users/{user}/unlock', () => {
  const inAnHour = Math.floor(Date.now() / 1000) + 3600;

  it('forgets failed logins from all networks, counts those that stood, and leaves other users alone', async () => {
    await make(name);
    for (let network = 0; network < 60; network += 1) {
      await bed.put('counters', { counter: `login#${name}`, scope: `203.0.113.${network}/32`, expiresAt: inAnHour });
    }
    await bed.put('counters', { counter: `login#${name}`, scope: '198.51.100.1/32', expiresAt: 1 });
    await bed.put('counters', { counter: `login#other.${name}`, scope: '198.51.100.1/32', expiresAt: inAnHour });
    await bed.put('counters', { counter: `sent#${name}`, scope: '2026-11-24', expiresAt: inAnHour });

    const { status, value } = await bed.call('POST', `/users/${name}/unlock`);

    expect(status).toBe(200);
    expect(value).toEqual({ unlocked: 60, done: true });
    const left = (await bed.items('counters'))
      .map(({ counter }) => counter)
      .filter((key) => String(key).includes(name));
    expect(new Set(left)).toEqual(new Set([`login#other.${name}`, `sent#${name}`]));
    expect((await eventsOf(name)).at(-1)).toMatchObject({ action: 'unlocked', who: CALLER });
    expect(JSON.stringify(await stored(name))).toContain('unlockedBy');
  });

  it('is no event where nothing was locked, and 404 for no one', async () => {
    await make(name);

    expect((await bed.call('POST', `/users/${name}/unlock`)).value).toEqual({ unlocked: 0, done: true });
    expect(await eventsOf(name)).toHaveLength(1);
    expect((await bed.call('POST', `/users/no.${name}/unlock`)).status).toBe(404);
    expect((await bed.call('POST', `/users/${name}/unlog`)).status).toBe(404);
  });
});

describe('GET /users', () => {
  it('lists every user once over pages, and no verifier', async () => {
    await make(name);
    const seen: unknown[] = [];
    let next = '';
    do {
      const { status, value } = await bed.call('GET', `/users?limit=2${next}`);
      expect(status).toBe(200);
      expect(JSON.stringify(value)).not.toContain('$argon2id$');
      seen.push(...(value.users as { user: string }[]).map(({ user }) => user));
      next = typeof value.next === 'string' ? `&next=${value.next}` : '';
    } while (next !== '');

    const all = (await bed.items('users')).map(({ user }) => user);
    expect(seen).toHaveLength(all.length);
    expect(new Set(seen)).toEqual(new Set(all));
  });

  it.each(['limit=0', 'limit=1001', 'next=x', 'limits=1'])('refuses %s', async (query) => {
    expect((await bed.call('GET', `/users?${query}`)).status).toBe(400);
  });
});
