import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { fitsVerifier } from '../../policy/password.ts';
import { parseUser, type User } from '../../policy/user.ts';
import { TABLES } from '../names.ts';
import { type RunFile, writeRunFile } from '../start/run-file.ts';
import { embeddedTables } from '../test-support/embedded-tables.ts';
import { temporaryDirectory } from '../test-support/temporary-directory.ts';

interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

function runIn(home: string, argv: readonly string[], input = ''): Promise<Outcome> {
  return new Promise((resolve) => {
    const program = join(import.meta.dirname, '..', 'user.ts');
    const env = { ...process.env, POSTERN_HOME: home };
    const child = execFile(process.execPath, [program, ...argv], { env }, (error, output, errors) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output, errors }),
    );
    child.stdin?.end(input);
  });
}

/** An embedded run, as far as the command can tell. */
async function world() {
  const { url, client } = await embeddedTables();
  const home = temporaryDirectory();
  const endpoint = { pid: process.pid, port: 0, url };
  const published = { pid: process.pid, healthPort: 0, listeners: [] };
  const parts: RunFile['parts'] = {
    dynamodb: endpoint,
    lambda: endpoint,
    ses: endpoint,
    admin: endpoint,
    mta: { url: 'smtp://mta' },
    submission: published,
    inbound: published,
    policyStream: { pid: 9 },
  };
  writeRunFile(home, { pid: process.pid, parts });
  for (const server of ['submission', 'inbound']) {
    const Item = marshall({ server, item: 'settings', hostname: 'mx', defaultNextHop: 'smtp://mta' });
    await client.send(new PutItemCommand({ TableName: TABLES.policy, Item }));
  }
  const user = async (name: string): Promise<User | undefined> => {
    const { Item } = await client.send(new GetItemCommand({ TableName: TABLES.users, Key: marshall({ user: name }) }));
    const result = Item === undefined ? undefined : parseUser(unmarshall(Item));
    return result?.ok === true ? result.value : undefined;
  };
  return { run: (argv: readonly string[], input?: string) => runIn(home, argv, input), user };
}

async function fits(user: User | undefined, password: string): Promise<boolean> {
  return user?.verifier !== undefined && (await fitsVerifier(password, user.verifier));
}

describe('npm run user', () => {
  it('add makes a user, with the password from standard input less its last line end', async () => {
    const { run, user } = await world();

    const outcome = await run(
      ['add', 'Bob@Example.com', '--server', 'inbound', '--sender', '*@example.com'],
      'pass word\n',
    );

    expect(outcome).toEqual({ code: 0, output: 'User bob@example.com added\n', errors: '' });
    const bob = await user('bob@example.com');
    expect(bob).toMatchObject({ enabled: true, servers: new Set(['inbound']), senders: ['*@example.com'] });
    expect(await fits(bob, 'pass word')).toBe(true);
  });

  it('add refuses a user that is there, and leaves it', async () => {
    const { run, user } = await world();
    await run(['add', 'bob@example.com'], 'first');

    const outcome = await run(['add', 'BOB@example.com'], 'second');

    expect(outcome.code).toBe(1);
    expect(outcome.errors).toContain('User bob@example.com is there already');
    expect(await fits(await user('bob@example.com'), 'first')).toBe(true);
  });

  it('add refuses a server that is not published', async () => {
    const { run } = await world();

    const outcome = await run(['add', 'bob@example.com', '--server', 'outbound'], 'secret');

    expect(outcome.code).toBe(1);
    expect(outcome.errors).toBe('user: "outbound" is not a published server: inbound, submission are\n');
  });

  it('password changes it, and refuses an unknown user', async () => {
    const { run, user } = await world();
    await run(['add', 'bob@example.com'], 'first');

    const changed = await run(['password', 'Bob@example.com'], 'second');
    const unknown = await run(['password', 'carol@example.com'], 'third');

    expect(changed.code).toBe(0);
    expect(await fits(await user('bob@example.com'), 'second')).toBe(true);
    expect(unknown.code).toBe(1);
    expect(unknown.errors).toContain('User carol@example.com is not there');
    expect(await user('carol@example.com')).toBeUndefined();
  });

  it.each([
    ['', 'The password is empty'],
    ['x'.repeat(1025), 'The password is longer than 1024 octets'],
  ])('refuses a password that cannot be one: %#', async (input, problem) => {
    const { run } = await world();

    const outcome = await run(['add', 'bob@example.com'], input);

    expect(outcome).toMatchObject({ code: 1, errors: `user: ${problem}\n` });
  });

  it('list shows users by name, and no verifier', async () => {
    const { run } = await world();
    await run(['add', 'zoe@example.com'], 'secret');
    await run(['add', 'bob@example.com', '--server', 'submission', '--server', 'inbound'], 'secret');

    const { code, output } = await run(['list']);

    expect(code).toBe(0);
    expect(output).toBe(
      'bob@example.com\tenabled\tservers: inbound submission\tsenders: bob@example.com\n' +
        'zoe@example.com\tenabled\tservers: submission\tsenders: zoe@example.com\n',
    );
  });

  it('shows its usage: asked for with code 0, after a mistake with code 2', async () => {
    const home = temporaryDirectory();

    const [help, mistake] = await Promise.all([runIn(home, ['--help']), runIn(home, ['remove'])]);

    expect(help).toMatchObject({ code: 0, output: expect.stringContaining('Usage: npm run user') });
    expect(mistake).toMatchObject({ code: 2, output: '', errors: expect.stringContaining('Usage: npm run user') });
  });

  it('says so when nothing runs, or a killed run left its addresses', async () => {
    const home = temporaryDirectory();
    const none = await runIn(home, ['list']);
    const endpoint = { pid: 1, port: 1, url: 'http://127.0.0.1:1' };
    const published = { pid: 1, healthPort: 0, listeners: [] };
    writeRunFile(home, {
      pid: 1,
      parts: {
        dynamodb: endpoint,
        lambda: endpoint,
        ses: endpoint,
        admin: endpoint,
        mta: endpoint,
        submission: published,
        inbound: published,
        policyStream: { pid: 9 },
      },
    });
    const killed = await runIn(home, ['list']);

    for (const { code, errors } of [none, killed]) {
      expect(code).toBe(1);
      expect(errors).toBe(`user: No embedded run is ready on ${home}: start it with npm start\n`);
    }
  });
});
