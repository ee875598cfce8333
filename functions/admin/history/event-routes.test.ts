import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PosternEvent } from '../../../policy/event.ts';
import { makeEventItem } from '../../tables/event-item.ts';
import { AdminBed } from '../../test-support/admin-bed.ts';
import { refusal, SESSION_FIELDS, transaction } from '../../test-support/events.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.now();
const SETTINGS = { item: 'settings', hostname: 'mx.example.com', defaultNextHop: 'ses' };

let bed: AdminBed;
beforeAll(async () => {
  bed = await AdminBed.start();
  await bed.put('policy', { ...SETTINGS, server: 'mx1', eventDays: 40 });
  await bed.put('policy', { ...SETTINGS, server: 'mx2' });
  for (const event of EVENTS) await bed.put('events', makeEventItem(event));
  await bed.put('events', {
    ...makeEventItem(refusal({ ...ago('expired', HOUR_MS) })),
    expiresAt: Math.floor(NOW / 1000) - 1,
  });
});
afterAll(() => bed.stop());

/** When an event happened, by its id. */
function ago(id: string, ms: number): { id: string; at: string } {
  return { id, at: new Date(NOW - ms).toISOString() };
}

function login(change: Partial<Extract<PosternEvent, { type: 'login' }>>): PosternEvent {
  return {
    ...SESSION_FIELDS,
    type: 'login',
    mechanism: 'PLAIN',
    username: 'x',
    verdict: 'reject',
    reply: '535',
    ...change,
  };
}

const V6 = { address: '2001:db8::1', port: 4711, tls: false };
const EVENTS: readonly PosternEvent[] = [
  refusal({ ...ago('new', 1000), session: 's1' }),
  transaction({ ...ago('mx2', 2 * HOUR_MS), server: 'mx2', session: 's2', identity: 'alice@example.com' }),
  login({ ...ago('failed', 3 * HOUR_MS), session: 's3', username: 'Alice@Example.com' }),
  refusal({ ...ago('v6', 4 * HOUR_MS), server: 'mx2', session: 's4', client: V6 }),
  {
    ...ago('user', 5 * HOUR_MS),
    type: 'policy-changed',
    server: '*',
    keepDays: 365,
    who: 'arn:aws:iam::000000000000:user/x',
    item: 'user#bob',
    after: { enabled: false },
  },
  refusal({ ...ago('gone', 6 * HOUR_MS), server: 'mx9', session: 's5' }),
  transaction({ ...ago('s1-yesterday', 25 * HOUR_MS), session: 's1' }),
  refusal({ ...ago('old', 35 * DAY_MS), keepDays: 60, session: 's6' }),
  refusal({ ...ago('oldest', 45 * DAY_MS), keepDays: 60, session: 's6' }),
];

async function ids(query: string): Promise<unknown[]> {
  const { status, value } = await bed.call('GET', `/events${query}`);
  expect(status).toBe(200);
  return (value.events as { id: string }[]).map(({ id }) => id);
}

describe('GET /events', () => {
  it.each([
    ['the last 24 hours of all servers and of none, newest first', '', ['new', 'mx2', 'failed', 'v6', 'user']],
    ['one server', '?server=mx2', ['mx2', 'v6']],
    ['a server that is no more', '?server=mx9', ['gone']],
    ['what concerns all servers', '?server=*', ['user']],
    ['one type', '?type=policy-changed', ['user']],
    ['two types', '?type=login,transaction', ['mx2', 'failed']],
    ['a session, from its beginning', '?session=s1', ['new', 's1-yesterday']],
    ['a session on another server', '?session=s1&server=mx2', []],
    ['a session and a type', '?session=s1&type=transaction', ['s1-yesterday']],
    ['an address', '?address=192.0.2.1', ['new', 'mx2', 'failed']],
    ['an address in another spelling', '?address=2001:DB8:0::0001', ['v6']],
    ['an IPv4-mapped address', '?address=::ffff:192.0.2.1&type=login', ['failed']],
    ['an identity, with the logins that failed', '?identity=Alice@Example.com', ['mx2', 'failed']],
    ['nobody', '?identity=nobody', []],
    [
      'a span that begins earlier',
      `?since=${new Date(NOW - 2 * DAY_MS).toISOString()}&server=mx1`,
      ['new', 'failed', 's1-yesterday'],
    ],
    ['a span that ends earlier', `?until=${new Date(NOW - 24 * HOUR_MS).toISOString()}`, ['s1-yesterday']],
    ['no more than a server keeps', '?since=2020-01-01&server=mx1&type=refusal', ['new', 'old']],
  ])('gives %s', async (_, query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  it('says which span it looked at', async () => {
    const { value } = await bed.call('GET', '/events?since=2020-01-01&server=mx1&until=2999-01-01');

    expect(Date.parse(String(value.since))).toBeGreaterThanOrEqual(NOW - 40 * DAY_MS);
    expect(Date.parse(String(value.until))).toBeGreaterThan(NOW);
  });

  it.each([1, 2, 3])('gives all of them over pages of %i', async (limit) => {
    const seen: unknown[] = [];
    let next: unknown = '';
    do {
      const { value } = await bed.call(
        'GET',
        `/events?since=2020-01-01&limit=${limit}${next === '' ? '' : `&next=${next}`}`,
      );
      seen.push(...(value.events as { id: string }[]).map(({ id }) => id));
      ({ next } = value);
    } while (next !== undefined);

    expect(seen).toEqual(['new', 'mx2', 'failed', 'v6', 'user', 's1-yesterday', 'old']);
  });

  it('shows an event as it was recorded, without what the table needs', async () => {
    const { value } = await bed.call('GET', '/events?type=login');

    const [{ at, id }] = [ago('failed', 3 * HOUR_MS)];
    const { keepDays: _keepDays, ...fields } = SESSION_FIELDS;
    expect(value.events).toEqual([
      {
        ...fields,
        at,
        id,
        session: 's3',
        type: 'login',
        mechanism: 'PLAIN',
        username: 'Alice@Example.com',
        verdict: 'reject',
        reply: '535',
      },
    ]);
  });

  it.each([
    ['since=yesterday', 'since'],
    ['until=1', 'until'],
    ['since=2026-03-02&until=2026-03-01', 'since'],
    ['type=mail', 'type'],
    ['type=login,', 'type'],
    ['address=example.com', 'address'],
    ['server=a%23b', 'server'],
    ['limit=0', 'limit'],
    ['next=bm9uc2Vuc2U', 'next'],
    [`next=${token({ before: 'x', sinceMs: 0 })}`, 'next'],
    [`next=${token({ before: '2026-13-01T', sinceMs: 0 })}`, 'next'],
    [`next=${token({ before: '2026-03-01T', sinceMs: 1e17 })}`, 'next'],
    ['servers=mx1', 'servers'],
  ])('refuses %s', async (query, field) => {
    const { status, value } = await bed.call('GET', `/events?${query}`);

    expect(status).toBe(400);
    expect(value.errors).toMatchObject([{ field }]);
  });

  it.each([
    ['', { before: '0000-01-01T', sinceMs: 0 }],
    ['', { before: '9999-12-31T~', sinceMs: 8.64e15 }],
    ['session=s1&', { before: '1969-12-31T23:59:59.000Z', sinceMs: 0 }],
    ['session=s1&', { before: '9999-12-31T~', sinceMs: 8.64e15 }],
  ])('takes a token at the ends of time: %s%j', async (query, position) => {
    expect((await bed.call('GET', `/events?${query}next=${token(position)}`)).status).toBe(200);
  });
});

function token(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

describe('GET /sessions/{session}', () => {
  it('takes the id of a transaction, as 250 and Received have it', async () => {
    const [session, transaction] = [await bed.call('GET', '/sessions/s1'), await bed.call('GET', '/sessions/s1.27')];

    expect(transaction).toEqual(session);
    expect((await bed.call('GET', '/sessions/s1.x')).status).toBe(404);
  });

  it('gives the transcript, in parts where it is long', async () => {
    const whole = await bed.call('GET', '/sessions/s1');
    const first = await bed.call('GET', '/sessions/s1?limit=1');
    const second = await bed.call('GET', `/sessions/s1?limit=1&next=${first.value.next}`);

    expect(whole).toMatchObject({ status: 200, value: { session: 's1', server: 'mx1' } });
    expect(whole.value).not.toHaveProperty('next');
    expect(whole.value.events).toMatchObject([{ id: 's1-yesterday' }, { id: 'new' }]);
    expect(whole.value.commands).toMatchObject([{ verb: 'MAIL', reply: 250, transaction: 't1' }]);
    expect(first.value.events).toMatchObject([{ id: 's1-yesterday' }]);
    expect(second.value.events).toMatchObject([{ id: 'new' }]);
  });

  it('is 404 where there is no event', async () => {
    expect((await bed.call('GET', '/sessions/nothing')).status).toBe(404);
  });

  it('refuses a token that is none', async () => {
    expect((await bed.call('GET', '/sessions/s1?next=x')).status).toBe(400);
  });
});
