import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loginCounter, loginScope, sendingCounter, sendingScope } from '../../../policy/counter.ts';
import { DynamoLoginCounters } from '../../authenticate/dynamo-login-counters.ts';
import { DynamoSendingCounters } from '../../check-limits/dynamo-sending-counters.ts';
import { AdminBed, TABLE_NAMES } from '../../test-support/admin-bed.ts';
import { lockoutsAnswer } from '../contract/answers/user-answer.ts';

let bed: AdminBed;
beforeAll(async () => {
  bed = await AdminBed.start();
  const settings = { item: 'settings', hostname: 'mx.example.com', defaultNextHop: 'ses' };
  await bed.put('policy', { ...settings, server: 'strict', lockoutFailures: 2 });
  await bed.put('policy', { ...settings, server: 'lenient', lockoutFailures: 50 });
  await bed.put('users', { user: 'alice', servers: new Set(['strict']), limits: { messagesPerDay: 10 } });
  await bed.put('counters', { counter: sendingCounter('eve'), scope: sendingScope(Date.now()), messages: 1 });
});
afterAll(() => bed.stop());

async function fail(user: string, address: string, times: number): Promise<void> {
  const counters = new DynamoLoginCounters(bed.client, TABLE_NAMES.counters);
  const guesser = { counter: loginCounter(user), scope: loginScope(address) };
  for (let time = 0; time < times; time += 1) {
    await counters.reserve(guesser, { failures: 100, seconds: 900 }, Date.now());
  }
}

async function lockouts(query = '') {
  const { value } = await bed.call('GET', `/lockouts${query}`);
  const { lockouts: found } = lockoutsAnswer.parse(value);
  return found.map(({ user, network, failures, lockedOn }) => [user, network, failures, ...lockedOn]).sort();
}

it('lists who is locked out, from where, until when', async () => {
  await fail('alice', '203.0.113.7', 3);
  await fail('alice', '2001:db8:1:2::3', 1);
  await fail('a/slash', '203.0.113.8', 2);

  const { value } = await bed.call('GET', '/lockouts?user=alice');

  expect(await lockouts()).toEqual([
    ['a/slash', '203.0.113.8/32', 2, 'strict'],
    ['alice', '203.0.113.7/32', 3, 'strict'],
  ]);
  expect(await lockouts('?user=Alice&all=true')).toEqual([
    ['alice', '2001:db8:1:2::/64', 1],
    ['alice', '203.0.113.7/32', 3, 'strict'],
  ]);
  const [first] = lockoutsAnswer.parse(value).lockouts;
  expect(Date.parse(first?.until ?? '')).toBeGreaterThan(Date.now() + 800_000);
  expect(Date.parse(first?.until ?? '')).toBeLessThan(Date.now() + 910_000);
});

it('gives all of them over pages of 1', async () => {
  const seen: unknown[] = [];
  let next: unknown;
  do {
    const { value } = await bed.call('GET', `/lockouts?all=true&limit=1${next === undefined ? '' : `&next=${next}`}`);
    seen.push(...lockoutsAnswer.parse(value).lockouts);
    ({ next } = value);
  } while (next !== undefined);

  expect(seen).toHaveLength(3);
});

it.each([
  ['alice/203.0.113.7/32', 'alice', '203.0.113.7'],
  ['Alice/203.0.113.7', 'alice', '203.0.113.7'],
  ['alice/2001:db8:1:2::9/64', 'alice', '2001:db8:1:2::1'],
  ['b%2Fslash/203.0.113.9/32', 'b/slash', '203.0.113.9'],
])('unlocks %s alone, and tells of it', async (path, user, address) => {
  await fail(user, address, 2);
  await fail(user, '198.51.100.1', 2);

  expect((await bed.call('DELETE', `/lockouts/${path}`)).status).toBe(204);

  expect(await lockouts(`?user=${encodeURIComponent(user)}&all=true`)).not.toContainEqual(
    expect.arrayContaining([loginScope(address)]),
  );
  expect(await lockouts(`?user=${encodeURIComponent(user)}`)).toHaveLength(1);
  expect((await bed.call('DELETE', `/lockouts/${path}`)).status).toBe(404);
});

it('tells of a user who was unlocked, once', async () => {
  const told = (await bed.events()).filter(({ item, action }) => item === 'user#alice' && action === 'unlocked');

  expect(told).toHaveLength(3);
});

it.each(['/lockouts/alice/everywhere', '/lockouts/alice/203.0.113.0/24', `/lockouts/${randomUUID()}`])(
  'refuses %s',
  async (path) => {
    expect((await bed.call('DELETE', path)).status).toBe(400);
  },
);

it('shows what is used up of the limits of a user', async () => {
  const counters = new DynamoSendingCounters(bed.client, TABLE_NAMES.counters);
  await counters.count({ user: 'alice', recipients: 3, nowMs: Date.now() }, {});

  const [one, all] = [await bed.call('GET', '/users/alice'), await bed.call('GET', '/users?used=true')];

  const used = { messagesPerHour: 1, messagesPerDay: 1, recipientsPerHour: 3, recipientsPerDay: 3 };
  expect(one.value).toMatchObject({ user: 'alice', used });
  expect(all.value.users).toEqual([expect.objectContaining({ user: 'alice', used })]);
  expect((await bed.call('GET', '/users')).value.users).not.toContainEqual(expect.objectContaining({ used }));
});
