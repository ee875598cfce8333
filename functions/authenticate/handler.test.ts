import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { REPLIES } from '../../policy/reply.ts';
import type { Handler } from '../middleware.ts';
import { type Console, lambdaContext, recordConsole } from '../test-support/invocation.ts';
import { environmentOf, Tables } from '../test-support/tables.ts';
import { AUDIENCE, TestIssuer } from '../test-support/token-issuer.ts';
import { ALICE, login, PASSWORD } from '../test-support/users.ts';
import { ENV_COUNTERS_TABLE, ENV_LOOPBACK_ISSUERS, ENV_POLICY_TABLE, ENV_USERS_TABLE } from './env.ts';

let tables: Tables;
let issuer: TestIssuer;
let handler: Handler<unknown>;
let logged: Console;

beforeAll(async () => {
  tables = await Tables.start();
  await tables.create('users');
  await tables.create('counters');
  await tables.create('policy');
  issuer = await TestIssuer.start();
  await tables.put('users', ALICE);
  await tables.put('policy', { server: 'submission', item: 'issuer#test', issuer: issuer.url, audience: AUDIENCE });
  const environment = {
    ...environmentOf(tables.endpoint),
    [ENV_USERS_TABLE]: 'users',
    [ENV_COUNTERS_TABLE]: 'counters',
    [ENV_POLICY_TABLE]: 'policy',
    [ENV_LOOPBACK_ISSUERS]: 'true',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  ({ handler } = await import('./handler.ts'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await issuer.close();
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

  it('locks a network out for a user, known or not, and for no other', async () => {
    const lockout = { failures: 2, seconds: 60, delaySeconds: 1 };
    const client = { address: '2001:db8:1:2::1', port: 4711, tls: true };
    const guess = login({ username: 'mallory', password: 'wrong', client, lockout });
    const answers: unknown[] = [];
    for (let count = 0; count < 3; count += 1) answers.push(await handler(guess, lambdaContext()));

    const elsewhere = { ...guess, client: { ...client, address: '2001:db8:1:3::1' } };
    answers.push(await handler(elsewhere, lambdaContext()));
    answers.push(await handler(login({ client, lockout }), lambdaContext()));

    const refused = { kind: 'reject', reply: REPLIES.credentialsInvalid };
    expect(answers).toMatchObject([
      refused,
      { ...refused, delaySeconds: 1 },
      { kind: 'reject', reply: REPLIES.lockedOut, rule: 'settings#lockoutFailures', delaySeconds: 2 },
      refused,
      { kind: 'permit', identity: 'alice@example.com' },
    ]);
  });

  it('permits a token of an issuer that the policy table names', async () => {
    const token = await issuer.sign();

    const decision = await handler(login({ mechanism: 'XOAUTH2', password: undefined, token }), lambdaContext());

    expect(decision).toMatchObject({ kind: 'permit', identity: 'alice@example.com', cacheSeconds: 60 });
    expect(logged.lines()).toMatchObject([{ function: 'authenticate', kind: 'permit' }]);
    expect(logged.text()).not.toContain(token);
  });

  it('refuses one that has expired, says why, and says nothing of what is in it', async () => {
    const token = await issuer.sign({ exp: 1_000_000_000 });

    const decision = await handler(login({ mechanism: 'OAUTHBEARER', password: undefined, token }), lambdaContext());

    expect(decision).toMatchObject({ kind: 'reject', reply: REPLIES.credentialsInvalid });
    expect(JSON.parse((decision as { challenge: string }).challenge)).toMatchObject({ status: 'invalid_token' });
    expect(logged.lines()).toMatchObject([
      {
        level: 'info',
        server: 'submission',
        session: 's1',
        item: 'issuer#test',
        mechanism: 'OAUTHBEARER',
        reason: 'expired',
      },
      { function: 'authenticate', kind: 'reject' },
    ]);
    for (const part of token.split('.')) expect(logged.text()).not.toContain(part);
    expect(logged.text()).not.toContain('alice');
  });

  it('counts a refused token as a failed login of its user', async () => {
    const lockout = { failures: 2, seconds: 60, delaySeconds: 1 };
    const client = { address: '2001:db8:7:2::1', port: 4711, tls: true };
    const token = await issuer.sign();
    const refused = login({ mechanism: 'XOAUTH2', password: undefined, token: 'nonsense', client, lockout });
    const answers: unknown[] = [];
    for (let count = 0; count < 2; count += 1) answers.push(await handler(refused, lambdaContext()));

    answers.push(await handler({ ...refused, token }, lambdaContext()));
    answers.push(await handler(login({ client, lockout }), lambdaContext()));

    const challenge = expect.any(String);
    expect(answers).toMatchObject([
      { reply: REPLIES.credentialsInvalid, challenge },
      { reply: REPLIES.credentialsInvalid, challenge, delaySeconds: 1 },
      { reply: REPLIES.lockedOut },
      { reply: REPLIES.lockedOut },
    ]);
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
  it.each([ENV_USERS_TABLE, ENV_COUNTERS_TABLE, ENV_POLICY_TABLE])(
    'fails by the name %s when it is not set',
    async (name) => {
      vi.resetModules();
      vi.stubEnv(ENV_USERS_TABLE, 'users');
      vi.stubEnv(ENV_COUNTERS_TABLE, 'counters');
      vi.stubEnv(ENV_POLICY_TABLE, 'policy');
      vi.stubEnv(name, '');

      await expect(import('./handler.ts')).rejects.toThrow(`Environment variable ${name} must be set`);
    },
  );
});
