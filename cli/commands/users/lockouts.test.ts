import { expect, it } from 'vitest';
import { CliBed, problem } from '../../test-support/cli-bed.ts';

const LOCKOUTS = [
  { user: 'bob', network: '203.0.113.7/32', failures: 20, until: '2026-11-25T12:15:00.000Z', lockedOn: ['submission'] },
  { user: 'alice', network: '2001:db8::/64', failures: 3, until: '2026-11-25T12:15:00.000Z', lockedOn: [] },
];

it.each([
  [[], '/lockouts?limit=1000'],
  [['bob'], '/lockouts?user=bob&limit=1000'],
  [['--all'], '/lockouts?all=true&limit=1000'],
])('lockouts %j asks for %s', async (words, path) => {
  const bed = await CliBed.start();
  bed.answer(`GET ${path}`, { value: { lockouts: LOCKOUTS } });

  const { out } = await bed.run(['lockouts', ...words, '--csv']);

  expect(out.split('\r\n').slice(1, 3)).toEqual([
    'alice,2001:db8::/64,3,2026-11-25T12:15:00.000Z,',
    'bob,203.0.113.7/32,20,2026-11-25T12:15:00.000Z,submission',
  ]);
});

it('unlocks one network', async () => {
  const bed = await CliBed.start();
  bed.answer('DELETE /lockouts/bob/203.0.113.7', { status: 204 });
  bed.answer('DELETE /lockouts/eve/203.0.113.7', problem(404, 'No failed login of eve from 203.0.113.7/32 is counted'));

  const [bob, eve] = [
    await bed.run(['lockouts', 'bob', 'unlock', '203.0.113.7']),
    await bed.run(['lockouts', 'eve', 'unlock', '203.0.113.7']),
  ];

  expect(bob).toMatchObject({ code: 0, out: 'User bob: failed logins from 203.0.113.7 forgotten\n' });
  expect(eve.code).toBe(1);
  expect(eve.err).toContain('No failed login of eve from 203.0.113.7/32 is counted');
});

it('says that no one is', async () => {
  const bed = await CliBed.start();
  bed.answer('GET /lockouts?limit=1000', { value: { lockouts: [] } });

  expect((await bed.run(['lockouts'])).out).toBe('Nobody is locked out.\n');
});
