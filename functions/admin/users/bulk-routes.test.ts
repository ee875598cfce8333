import { afterAll, beforeAll, expect, it } from 'vitest';
import { AdminBed, adminEvent, CALLER } from '../../test-support/admin-bed.ts';
import { recordConsole } from '../../test-support/invocation.ts';
import { importedUsersAnswer } from '../contract/bulk-users.ts';
import { makeDispatch } from '../http/dispatch.ts';
import { ROUTE_TABLE } from '../routes.ts';

const VERIFIER = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

let bed: AdminBed;
beforeAll(async () => {
  bed = await AdminBed.start();
  await bed.put('policy', { server: 'mx', item: 'settings', hostname: 'mx.example.com', defaultNextHop: 'ses' });
  await bed.put('users', { user: 'old', verifier: VERIFIER, servers: new Set(['mx']) });
});
afterAll(() => bed.stop());

async function imported(body: unknown) {
  const { status, value } = await bed.call('POST', '/users/import', { body });
  expect(status).toBe(200);
  return importedUsersAnswer.parse(value);
}

it('makes users, each by itself, and says of each what came of it', async () => {
  const answer = await imported({
    users: [
      {
        user: 'Alice@Example.com',
        verifier: VERIFIER,
        servers: ['mx'],
        senders: ['alice@example.com'],
        limits: { messagesPerDay: 5 },
      },
      { user: 'bob', password: 'correct horse battery', servers: ['mx'] },
      { user: 'old', servers: [] },
      { user: 'eve', servers: ['nowhere'] },
      { user: 'mal', password: 'password' },
      { user: 'odd', verifier: 'hunter2hunter2' },
      { user: 'both', verifier: VERIFIER, password: 'correct horse battery' },
      { user: 'x', colour: 'red' },
      7,
    ],
  });

  expect(answer.made.sort()).toEqual(['alice@example.com', 'bob']);
  expect(answer.kept).toEqual(['old']);
  expect(answer.failed.map(({ user }) => user).sort()).toEqual(['', 'both', 'eve', 'mal', 'odd', 'x']);
  expect(JSON.stringify(answer)).not.toContain('hunter2');
  const { value } = await bed.call('GET', '/users/alice@example.com');
  expect(value).toMatchObject({ hasPassword: true, servers: ['mx'], limits: { messagesPerDay: 5 } });
});

it('replaces who exists where that is wanted, and keeps the password where none is given', async () => {
  const answer = await imported({
    existing: 'replace',
    users: [
      { user: 'old', note: 'x' },
      { user: 'bob', password: null },
    ],
  });

  expect(answer.replaced.sort()).toEqual(['bob', 'old']);
  expect((await bed.call('GET', '/users/old')).value).toMatchObject({ hasPassword: true, servers: [], note: 'x' });
  expect((await bed.call('GET', '/users/bob')).value).toMatchObject({ hasPassword: false });
});

it('writes nothing in a dry run', async () => {
  expect((await imported({ dryRun: true, users: [{ user: 'new', servers: ['mx'] }] })).made).toEqual(['new']);

  expect((await bed.call('GET', '/users/new')).status).toBe(404);
});

it('exports verifiers to those who may ask for them, and an export can be imported', async () => {
  const { value } = await bed.call('POST', '/users/export?limit=1000');

  const users = value.users as { user: string; verifier?: string }[];
  expect(users.find(({ user }) => user === 'old')?.verifier).toBe(VERIFIER);
  expect(JSON.stringify((await bed.call('GET', '/users')).value)).not.toContain('argon2id');
});

it('records who exported verifiers, how many and when, and gives none that it could not record', async () => {
  const { value } = await bed.call('POST', '/users/export?limit=2');

  const { value: told } = await bed.call('GET', '/events?server=*&type=users-exported');
  expect(value.users).toHaveLength(2);
  expect((told.events as object[])[0]).toMatchObject({ type: 'users-exported', server: '*', who: CALLER, count: 2 });
  const dispatch = makeDispatch(ROUTE_TABLE, { ...bed.stores, record: () => Promise.reject(new Error('throttled')) });
  const logged = recordConsole();
  const answer = await dispatch(adminEvent('POST', '/users/export', {}));

  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain('argon2id');
  expect(logged.text()).toContain('throttled');
});

it('refuses more than it can do in its time', async () => {
  const users = Array.from({ length: 101 }, (_, index) => ({ user: `u${index}` }));

  expect((await bed.call('POST', '/users/import', { body: { users } })).status).toBe(400);
});
