import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsSchema } from '../../../policy/settings.ts';
import { AdminBed, CALLER } from '../../test-support/admin-bed.ts';

const SETTINGS = { hostname: 'mx1.example.com', defaultNextHop: 'smtp://mail.example.com:2500' };

let bed: AdminBed;
beforeAll(async () => {
  bed = await AdminBed.start();
});
afterAll(() => bed.stop());

async function eventsOf(server: string) {
  return (await bed.events()).filter((event) => event.server === server);
}

async function itemOf(server: string, item = 'settings') {
  return (await bed.items('policy')).find((each) => each.server === server && each.item === item);
}

describe('PUT /servers/{server}', () => {
  it('makes a server, shows it in force and as given, and says who made it', async () => {
    const made = await bed.call('PUT', '/servers/made', { body: SETTINGS });

    expect(made.status).toBe(201);
    const { value, headers, status } = await bed.call('GET', '/servers/made');
    expect(status).toBe(200);
    expect(headers.etag).toMatch(/^"[\w-]{22}"$/);
    expect(headers.etag).toBe(made.headers.etag);
    expect(value).toEqual(made.value);
    expect(value).toMatchObject({
      server: 'made',
      policyVersion: expect.stringMatching(/^[0-9a-f]{16}$/),
      settings: { maxErrors: 20, mechanisms: null, defaultNextHop: 'smtp://mail.example.com:2500?tls=offer' },
      given: SETTINGS,
      changedBy: CALLER,
    });
    expect(new Set(Object.keys(value.settings ?? {}))).toEqual(new Set(Object.keys(settingsSchema.shape)));
    const events = await eventsOf('made');
    expect(events).toMatchObject([{ type: 'policy-changed', who: CALLER, item: 'settings', after: SETTINGS }]);
    expect(events[0]).not.toHaveProperty('before');
  });

  it('replaces all that was given, misspelt attributes too, and leaves what Postern keeps', async () => {
    const lastGood = { hostname: 'old.example.com', defaultNextHop: 'ses' };
    await bed.put('policy', { server: 'put', item: 'settings', maxEror: 7, problem: 'maxEror', lastGood });

    const { status } = await bed.call('PUT', '/servers/put', { body: { ...SETTINGS, mechanisms: ['PLAIN', 'LOGIN'] } });

    expect(status).toBe(200);
    expect(await itemOf('put')).toEqual({
      server: 'put',
      item: 'settings',
      ...SETTINGS,
      mechanisms: new Set(['PLAIN', 'LOGIN']),
      lastGood,
      changedBy: CALLER,
      changedAt: expect.any(String),
    });
  });

  it('writes nothing, and tells no one, when the item says the same already', async () => {
    await bed.call('PUT', '/servers/same', { body: { ...SETTINGS, mechanisms: ['PLAIN', 'LOGIN'] } });
    const before = await itemOf('same');

    const again = await bed.call('PUT', '/servers/same', { body: { mechanisms: ['LOGIN', 'PLAIN'], ...SETTINGS } });

    expect(again.status).toBe(200);
    expect(await itemOf('same')).toEqual(before);
    expect(await eventsOf('same')).toHaveLength(1);
  });

  it.each([
    [{}, ['hostname', 'defaultNextHop']],
    [{ ...SETTINGS, maxEror: 7 }, ['maxEror']],
    [{ ...SETTINGS, maxErrors: 0, relay: 'everywhere' }, ['relay', 'maxErrors']],
    [{ ...SETTINGS, mechanisms: ['PLAIN', 'A B'] }, ['mechanisms.1']],
    [{ ...SETTINGS, problem: 'none', lastGood: {}, changedBy: 'me' }, ['problem', 'lastGood', 'changedBy']],
    [{ ...SETTINGS, note: 7 }, ['note']],
    [{ ...SETTINGS, note: 'x'.repeat(2049) }, ['note']],
    [{ ...SETTINGS, mechanisms: Array.from({ length: 30_000 }, (_, index) => `M${index}`) }, ['body']],
    [[], ['body']],
    ['text', ['body']],
  ])('refuses %j, naming what is wrong', async (body, fields) => {
    const { status, value, headers } = await bed.call('PUT', '/servers/refused', { body });

    expect(status).toBe(400);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(value).toMatchObject({ type: 'urn:postern:problem:invalid', status: 400 });
    expect((value.errors as { field: string }[]).map(({ field }) => field)).toEqual(fields);
    expect(await itemOf('refused')).toBeUndefined();
  });

  it('names the value, and what is allowed', async () => {
    const { value } = await bed.call('PUT', '/servers/refused', { body: { ...SETTINGS, maxErrors: 0 } });

    expect(value).toMatchObject({
      detail: expect.stringContaining('maxErrors: '),
      errors: [{ field: 'maxErrors', value: 0, problem: expect.stringContaining('1 to 1000000 are allowed') }],
    });
  });
});

describe('PATCH /servers/{server}', () => {
  it('changes what it names, and gives a default back for null', async () => {
    await bed.call('PUT', '/servers/patch', { body: { ...SETTINGS, maxErrors: 7, maxRecipients: 9, note: 'kept' } });

    const { status, value } = await bed.call('PATCH', '/servers/patch', {
      body: { maxErrors: null, maxRecipients: 10, bareNewline: 'normalise' },
    });

    expect(status).toBe(200);
    expect(value).toMatchObject({
      settings: { maxErrors: 20, maxRecipients: 10, bareNewline: 'normalise' },
      given: { ...SETTINGS, maxRecipients: 10, bareNewline: 'normalise', note: 'kept' },
    });
    const changes = await eventsOf('patch');
    expect(changes.find(({ before }) => before !== undefined)).toMatchObject({
      before: { maxErrors: 7, maxRecipients: 9 },
      after: { maxRecipients: 10, bareNewline: 'normalise' },
    });
  });

  it('mends an item that somebody broke in the console, and its problem goes at once', async () => {
    const broken = { server: 'mend', item: 'settings', ...SETTINGS, maxErrors: 'many', problem: 'maxErrors: …' };
    await bed.put('policy', broken);
    const before = await bed.call('GET', '/servers/mend');

    const { value } = await bed.call('PATCH', '/servers/mend', { body: { maxErrors: 5 } });

    expect(before.value).toMatchObject({
      settings: null,
      policyVersion: null,
      problem: expect.stringContaining('"many"'),
    });
    expect(value).toMatchObject({ settings: { maxErrors: 5 } });
    expect(value).not.toHaveProperty('problem');
    expect(await itemOf('mend')).not.toHaveProperty('problem');
  });

  it('says 404 for a server that has no settings', async () => {
    expect(await bed.call('PATCH', '/servers/none', { body: { maxErrors: 5 } })).toMatchObject({ status: 404 });
    expect(await bed.call('GET', '/servers/none')).toMatchObject({
      status: 404,
      value: { detail: expect.stringContaining('"none"') },
    });
  });
});

describe('preconditions', () => {
  it('let the first of two editors win, and tell the second what is there now', async () => {
    const { headers } = await bed.call('PUT', '/servers/two', { body: SETTINGS });
    const etag = { 'if-match': headers.etag ?? '' };

    const first = await bed.call('PATCH', '/servers/two', { body: { maxErrors: 5 }, headers: etag });
    const second = await bed.call('PATCH', '/servers/two', { body: { maxErrors: 6 }, headers: etag });

    expect(first.status).toBe(200);
    expect(second).toMatchObject({ status: 412, headers: { etag: first.headers.etag } });
    expect(second.value.detail).toContain(first.headers.etag);
    expect((await itemOf('two'))?.maxErrors).toBe(5);
  });

  it('see an edit in the console', async () => {
    const { headers } = await bed.call('PUT', '/servers/console', { body: SETTINGS });
    await bed.put('policy', { ...(await itemOf('console')), maxErrors: 9 });

    const { status } = await bed.call('PATCH', '/servers/console', {
      body: { maxErrors: 6 },
      headers: { 'if-match': headers.etag ?? '' },
    });

    expect(status).toBe(412);
  });

  it('do not mind what check-policy writes', async () => {
    const { headers } = await bed.call('PUT', '/servers/checked', { body: SETTINGS });
    await bed.put('policy', { ...(await itemOf('checked')), problem: 'something', lastGood: SETTINGS });

    const { status } = await bed.call('PATCH', '/servers/checked', {
      body: { maxErrors: 6 },
      headers: { 'if-match': headers.etag ?? '' },
    });

    expect(status).toBe(200);
  });

  it.each([
    ['If-Match: * where there is none', { 'if-match': '*' }, 'absent', 412],
    ['If-Match: * where there is one', { 'if-match': '*' }, 'present', 200],
    ['If-Match with several tags', { 'if-match': '"a", "TAG"' }, 'present', 200],
    ['If-Match with a weak tag', { 'if-match': 'W/"TAG"' }, 'present', 412],
    ['If-Match with nonsense', { 'if-match': 'nonsense' }, 'present', 412],
    ['If-None-Match: * where there is none', { 'if-none-match': '*' }, 'absent', 201],
    ['If-None-Match: * where there is one', { 'if-none-match': '*' }, 'present', 412],
  ])('%s', async (_what, wanted, presence, status) => {
    const server = `pre-${Object.values(wanted)[0]?.replace(/\W/g, '-')}-${presence}`;
    const made = presence === 'present' ? await bed.call('PUT', `/servers/${server}`, { body: SETTINGS }) : undefined;
    const tag = made?.headers.etag?.slice(1, -1) ?? '';
    const headers = Object.fromEntries(
      Object.entries(wanted).map(([name, value]) => [name, value.replace('TAG', tag)]),
    );

    const answer = await bed.call('PUT', `/servers/${server}`, { body: { ...SETTINGS, maxErrors: 5 }, headers });

    expect(answer.status).toBe(status);
  });
});

describe('GET /servers', () => {
  it('lists every server once, however many items each has, by pages', async () => {
    const own = await AdminBed.start();
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const server of names) {
      await own.put('policy', { server, item: 'settings', ...SETTINGS, hostname: `${server}.example.com` });
      await own.put('policy', { server, item: 'domain#example.com' });
      await own.put('policy', { server, item: 'command#NOSUCH' });
    }
    const seen: unknown[] = [];
    let next: unknown;
    do {
      const { status, value } = await own.call('GET', `/servers?limit=2${next === undefined ? '' : `&next=${next}`}`);
      expect(status).toBe(200);
      seen.push(...(value.servers as unknown[]));
      next = value.next;
    } while (next !== undefined);

    expect(seen).toHaveLength(5);
    expect(seen).toEqual(
      expect.arrayContaining(
        names.map((server) => ({
          server,
          hostname: `${server}.example.com`,
          enabled: true,
          policyVersion: expect.any(String),
          problems: 1,
        })),
      ),
    );
    await own.stop();
  });

  it.each(['limit=0', 'limit=1001', 'limit=many', 'next=x', 'nxt=x'])('refuses ?%s', async (query) => {
    const { status, value } = await bed.call('GET', `/servers?${query}`);

    expect(status).toBe(400);
    expect(value.errors).toMatchObject([{ field: query.split('=')[0] }]);
  });
});

describe('a body', () => {
  it.each([
    ['that is no JSON', '{', 'application/json', 400],
    ['that is not said to be JSON', '{}', 'text/plain', 415],
    ['that is a merge patch', '{"note":"x"}', 'application/merge-patch+json; charset=utf-8', 200],
  ])('%s', async (_what, text, type, status) => {
    await bed.call('PUT', '/servers/body', { body: SETTINGS });

    const answer = await bed.send('PATCH', '/servers/body', { 'content-type': type }, text);

    expect(answer.status).toBe(status);
  });

  it('must be there', async () => {
    expect(await bed.call('PATCH', '/servers/body')).toMatchObject({
      status: 400,
      value: { detail: 'The request has no body' },
    });
  });
});
