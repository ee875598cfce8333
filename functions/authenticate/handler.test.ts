import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { REPLIES } from '../../policy/reply.ts';
import type { Handler } from '../middleware.ts';
import { type Console, lambdaContext, recordConsole } from '../test-support/invocation.ts';
import { environmentOf, Tables } from '../test-support/tables.ts';
import { ALICE, login, PASSWORD } from '../test-support/users.ts';
import { ENV_USERS_TABLE } from './env.ts';

let tables: Tables;
let handler: Handler<unknown>;
let logged: Console;

beforeAll(async () => {
  tables = await Tables.start();
  await tables.create('users', ['user']);
  await tables.put('users', ALICE);
  const environment = { ...environmentOf(tables.endpoint), [ENV_USERS_TABLE]: 'users' };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  ({ handler } = await import('./handler.ts'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await tables.stop();
});
beforeEach(() => {
  logged = recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('handler of authenticate', () => {
  it('permits a login against the table and logs one line without name, password or client', async () => {
    const decision = await handler(login(), lambdaContext());

    expect(decision).toMatchObject({ kind: 'permit', identity: 'alice@example.com' });
    expect(logged.lines()).toEqual([
      {
        level: 'info',
        function: 'authenticate',
        server: 'submission',
        session: 's1',
        kind: 'permit',
        durationMs: expect.any(Number),
      },
    ]);
  });

  it('rejects a login with a wrong password', async () => {
    const decision = await handler(login({ password: 'wrong' }), lambdaContext());

    expect(decision).toEqual({ kind: 'reject', reply: REPLIES.credentialsInvalid });
  });

  it('throws for an event that is no request, naming the attributes at fault', async () => {
    const event = { ...login(), client: 'nobody', mechanism: 7 };

    await expect(handler(event, lambdaContext())).rejects.toMatchObject({
      name: 'MalformedRequestError',
      message: 'Event is not a request: client, mechanism',
    });
    expect(logged.lines()).toEqual([
      {
        level: 'error',
        function: 'authenticate',
        server: 'submission',
        session: 's1',
        problem: 'MalformedRequestError: Event is not a request: client, mechanism',
      },
    ]);
  });

  // No credential may reach a log, whatever is wrong with what holds it.
  it.each([
    ['a login', login({ token: 'secret-token' })],
    ['a rejected login', login({ password: `${PASSWORD}\u0007`, token: 'secret-token' })],
    ['a client at fault', { ...login({ token: 'secret-token' }), client: PASSWORD }],
    ['a password at fault', { ...login(), password: [PASSWORD, 'secret-token'] }],
    ['a token at fault', { ...login(), token: { [PASSWORD]: 'secret-token' } }],
    ['a name for a password', { ...login(), username: { password: PASSWORD } }],
    ['a password alone', PASSWORD],
    ['a server at fault', { ...login(), server: [PASSWORD], session: { token: 'secret-token' } }],
  ])('lets no credential out of %s, neither thrown nor logged', async (_what, event) => {
    const outcome = await handler(event, lambdaContext()).catch((error: unknown) => error);

    const said = `${logged.text()}\n${inspect(outcome, { depth: null, showHidden: true })}`;
    expect(logged.lines()).toHaveLength(1);
    expect(said).not.toContain(PASSWORD);
    expect(said).not.toContain('secret-token');
    expect(said).not.toContain('$argon2id$');
  });
});

describe('env of authenticate', () => {
  it('fails by the name of the variable that is not set', async () => {
    vi.resetModules();
    vi.stubEnv(ENV_USERS_TABLE, '');

    await expect(import('./handler.ts')).rejects.toThrow('Environment variable POSTERN_USERS_TABLE must be set');
  });
});
