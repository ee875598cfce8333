import { describe, expect, it } from 'vitest';
import { CliBed } from '../../test-support/cli-bed.ts';

const NOTHING = { made: [], replaced: [], kept: [], failed: [] };

describe('users --import', () => {
  it('sends the users of a file', async () => {
    const bed = await CliBed.start();
    const file = await bed.file(
      'users.csv',
      'user,password,servers,messagesPerDay,enabled,note\nalice@example.com,correct horse,a b,100,no,"x, y"\nbob,,a,,,\n',
    );
    bed.answer('POST /users/import', { value: { ...NOTHING, made: ['alice@example.com'], kept: ['bob'] } });

    const { code, out } = await bed.run(['users', '--import', file]);

    expect(code).toBe(0);
    expect(out).toBe('Users: 1 made, 0 replaced, 1 kept as they are\n');
    expect(bed.asked.map(({ body }) => body)).toEqual([
      {
        existing: 'keep',
        dryRun: false,
        users: [
          {
            ...{ user: 'alice@example.com', password: 'correct horse', servers: ['a', 'b'] },
            ...{ enabled: false, limits: { messagesPerDay: 100 }, note: 'x, y' },
          },
          { user: 'bob', servers: ['a'] },
        ],
      },
    ]);
  });

  it('sends a thousand in parts, each user once, and says who failed', async () => {
    const bed = await CliBed.start();
    const names = Array.from({ length: 1000 }, (_, index) => `user${index}`);
    const file = await bed.file('users.csv', `user\n${names.join('\n')}\n`);
    const failed = [{ user: 'user7', detail: 'servers: "x" is not a published server' }];
    bed.answer('POST /users/import', { value: { ...NOTHING, failed } }, { value: NOTHING });

    const { code, out, err } = await bed.run(['users', '--import', file, '--replace', '--dry-run']);

    const bodies = bed.asked.map(
      ({ body }) => body as { users: { user: string }[]; existing: string; dryRun: boolean },
    );
    expect(bodies).toHaveLength(40);
    expect(bodies.flatMap(({ users }) => users.map(({ user }) => user)).sort()).toEqual([...names].sort());
    expect(bodies[0]).toMatchObject({ existing: 'replace', dryRun: true });
    expect(out).toContain('user7: servers: "x" is not a published server');
    expect(code).toBe(1);
    expect(err).toContain('1 user could not be imported');
  });

  it.each([
    ['user,enabled\na,perhaps\n', 'line 2: enabled is "perhaps" where true or false is expected'],
    ['note\nx\n', 'line 2: user is missing'],
  ])('of %j says what is wrong, and sends nothing', async (text, message) => {
    const bed = await CliBed.start();

    const { code, err } = await bed.run(['users', '--import', await bed.file('users.csv', text)]);

    expect(code).toBe(1);
    expect(err).toContain(message);
    expect(bed.asked).toEqual([]);
  });
});

describe('users --export', () => {
  const alice = {
    ...{ user: 'alice', enabled: true, servers: ['a', 'b'], senders: ['*'], mayBounce: false },
    ...{ limits: { messagesPerDay: 5 }, hasPassword: true },
  };

  it('prints what an import reads, without verifiers', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /users?limit=1000', { value: { users: [alice] } });

    const { out } = await bed.run(['users', '--export']);

    expect(out).toBe(
      'user,servers,senders,enabled,mayBounce,messagesPerHour,messagesPerDay,recipientsPerHour,recipientsPerDay,note\r\n' +
        'alice,a b,*,true,false,,5,,,\r\n',
    );
  });

  it('has verifiers where they are asked for', async () => {
    const bed = await CliBed.start();
    bed.answer('POST /users/export?limit=1000', { value: { users: [{ ...alice, verifier: '$argon2id$x' }] } });

    expect((await bed.run(['users', '--export', '--verifiers'])).out).toContain('alice,$argon2id$x,a b,*');
  });
});
