import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AuthenticateDecision, authenticateDecisionSchema } from '../../policy/decision.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { AuthenticateRequest } from '../../policy/request.ts';
import type { UserStore } from '../directory/find-user.ts';
import { type Console, recordConsole } from '../test-support/invocation.ts';
import { AUDIENCE, type Changes, json, TestIssuer } from '../test-support/token-issuer.ts';
import { ALICE, login } from '../test-support/users.ts';
import { authenticate } from './authenticate.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { IssuersInForce } from './issuers-in-force.ts';

const NOW_MS = 1_900_000_000_000;
const NOW = NOW_MS / 1000;
const DEFER = { kind: 'defer', reply: REPLIES.authenticationDeferred };
const REJECT = { kind: 'reject', reply: REPLIES.credentialsInvalid, challenge: expect.any(String) };

let issuer: TestIssuer;
let inForce: IssuersInForce;
let logged: Console;

beforeAll(async () => {
  issuer = await TestIssuer.start();
});
afterAll(() => issuer.close());
beforeEach(() => {
  inForce = new IssuersInForce();
  logged = recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
});

interface World {
  /** On top of alice's item; `undefined` when no one is there. */
  readonly user?: object | undefined;
  readonly items?: readonly object[];
  readonly users?: UserStore;
  readonly issuers?: { read(server: string): Promise<never> };
}

function itemOf(change: object = {}): object {
  return { server: 'submission', item: 'issuer#test', issuer: issuer.url, audience: AUDIENCE, ...change };
}

function signed(claims: Changes = {}): Promise<string> {
  return issuer.sign({ exp: NOW + 3600, ...claims });
}

function logIn(token: string | undefined, world: World = {}, change: Partial<AuthenticateRequest> = {}) {
  const user = { ...ALICE, verifier: undefined, ...world.user };
  const users = world.users ?? {
    find: async (key) => ('user' in world && world.user === undefined ? undefined : { ...user, user: key }),
  };
  const items = world.items ?? [itemOf()];
  const tokens = {
    issuers: world.issuers ?? { read: async () => items as never },
    inForce,
    keys: new IssuerKeys({ nowMs: () => NOW_MS, mayUseLoopback: true }),
    nowMs: () => NOW_MS,
  };
  return authenticate(login({ mechanism: 'XOAUTH2', password: undefined, token, ...change }), users, tokens);
}

function expectSound(decision: AuthenticateDecision): void {
  expect(authenticateDecisionSchema.safeParse(JSON.parse(JSON.stringify(decision))).success).toBe(true);
}

/** Lines logged, without what they have in common. */
function said(): readonly unknown[] {
  return logged.lines().map(({ level, server, session, mechanism, ...rest }) => {
    expect([server, session]).toEqual(['submission', 's1']);
    return { level, ...rest };
  });
}

describe('a token that is good', () => {
  it.each(['XOAUTH2', 'OAUTHBEARER'])('logs its user in by %s, who needs no password', async (mechanism) => {
    const decision = await logIn(await signed(), { user: { mayBounce: false } }, { mechanism });

    expect(decision).toEqual({
      kind: 'permit',
      identity: 'alice@example.com',
      senders: ['alice@example.com', '*@alice.example'],
      mayBounce: false,
      limits: { messagesPerHour: 100 },
      cacheSeconds: 60,
    });
    expectSound(decision);
    expect(logged.text()).toBe('');
  });

  it('logs in whom the client did not name', async () => {
    expect(await logIn(await signed({ email: 'Bob@example.com' }), {}, { username: '' })).toMatchObject({
      kind: 'permit',
      identity: 'bob@example.com',
    });
  });

  it.each([
    [3600, 60],
    [60, 60],
    [59.9, 59],
    [1, 1],
    [0, 0],
    [-59, 0],
  ])('that expires in %d s is remembered for %d', async (exp, cacheSeconds) => {
    const decision = await logIn(await signed({ exp: NOW + exp }));

    expect(decision).toMatchObject({ kind: 'permit', cacheSeconds });
    expectSound(decision);
  });

  it.each([
    ['user is not known', { user: undefined }],
    ['user is disabled', { user: { enabled: false } }],
    ['user may not log in on this server', { user: { servers: new Set(['inbound']) } }],
    ['user may not log in on this server', { user: { servers: undefined } }],
  ])('is refused when the %s', async (reason, world) => {
    const decision = await logIn(await signed(), world);

    expect(decision).toEqual(REJECT);
    expectSound(decision);
    expect(said()).toEqual([{ level: 'info', item: 'issuer#test', reason }]);
  });

  it('is deferred when users cannot be read, or the user does not parse', async () => {
    const users = { find: () => Promise.reject(new Error('table not found')) };

    expect(await logIn(await signed(), { users })).toEqual(DEFER);
    expect(await logIn(await signed(), { user: { enabled: 'perhaps' } })).toEqual(DEFER);
    expect(said()).toEqual([
      { level: 'error', problem: 'Cannot read users: Error: table not found' },
      { level: 'error', item: 'user alice@example.com', problem: 'enabled: "perhaps" is neither true nor false' },
    ]);
  });
});

describe('a token that is bad', () => {
  it('is refused with a challenge that says the same whatever is wrong, and a reason in the log', async () => {
    const challenges = new Set<string | undefined>();
    const tokens = [
      await signed({ exp: 1 }),
      await signed({ aud: 'other' }),
      await signed({ email: 'bob@example.com' }),
      await signed({ iss: 'https://evil.example' }),
      'nonsense',
      undefined,
    ];
    for (const token of tokens) {
      const decision = await logIn(token, {}, { mechanism: 'OAUTHBEARER' });
      expect(decision).toEqual(REJECT);
      expectSound(decision);
      challenges.add(decision.kind === 'reject' ? decision.challenge : undefined);
    }

    expect([...challenges].map((challenge) => JSON.parse(challenge ?? ''))).toEqual([
      {
        status: 'invalid_token',
        scope: 'openid email',
        'openid-configuration': `${issuer.url}/.well-known/openid-configuration`,
      },
    ]);
    expect(said()).toEqual([
      { level: 'info', item: 'issuer#test', reason: 'expired' },
      { level: 'info', item: 'issuer#test', reason: 'audience is wrong' },
      { level: 'info', item: 'issuer#test', reason: 'user mismatch' },
      { level: 'info', reason: 'issuer is not known' },
      { level: 'info', reason: 'token is not a signed JWT' },
      { level: 'info', reason: 'no token' },
    ]);
    for (const text of ['nonsense', 'evil', 'bob', 'alice', 'eyJ']) expect(logged.text()).not.toContain(text);
  });

  it('costs no question to the directory', async () => {
    const users = { find: vi.fn() };

    await logIn(await signed({ exp: 1 }), { users });

    expect(users.find).not.toHaveBeenCalled();
  });
});

describe('the issuers of a server', () => {
  it('are none where there is no item, and then there is no such mechanism', async () => {
    expect(await logIn(await signed(), { items: [] })).toEqual({ kind: 'reject', reply: REPLIES.mechanismUnknown });
    expect(logged.text()).toBe('');
  });

  it('that cannot be read leave it open', async () => {
    const issuers = { read: () => Promise.reject(new Error('table not found')) };

    expect(await logIn(await signed(), { issuers })).toEqual(DEFER);
    expect(said()).toEqual([{ level: 'error', problem: 'Cannot read policy: Error: table not found' }]);
  });

  const PROBLEM = { level: 'error', item: 'issuer#test', problem: 'audience: 7 is not text' };

  it('keep their last good value in a bad edit, which is reported by name', async () => {
    await logIn(await signed());

    expect(await logIn(await signed(), { items: [itemOf({ audience: 7 })] })).toMatchObject({ kind: 'permit' });
    expect(said()).toEqual([PROBLEM]);
  });

  it('leave it open whose a token is where one never parsed', async () => {
    const broken = itemOf({ audience: 7 });
    const other = itemOf({ item: 'issuer#other', issuer: 'https://other.example' });

    expect(await logIn(await signed(), { items: [broken] })).toEqual(DEFER);
    expect(await logIn(await signed(), { items: [broken, other] })).toEqual(DEFER);
    expect(said()).toEqual([PROBLEM, PROBLEM]);
  });

  it('are told by their own names, and a client hears of the one that its token names', async () => {
    const other = await TestIssuer.start();
    try {
      const items = [itemOf({ item: 'issuer#other', issuer: other.url }), itemOf({ userClaim: 'preferred_username' })];

      const decision = await logIn(await signed(), { items }, { mechanism: 'OAUTHBEARER' });

      expect(JSON.parse(decision.kind === 'reject' ? (decision.challenge ?? '') : '')).toMatchObject({
        'openid-configuration': `${issuer.url}/.well-known/openid-configuration`,
        scope: 'openid profile',
      });
      expect(said()).toEqual([{ level: 'info', item: 'issuer#test', reason: 'claim of the user is missing' }]);
    } finally {
      await other.close();
    }
  });

  it('whose keys cannot be had defer the login, and say which', async () => {
    issuer.answers.set(issuer.keysPath, json({}, 503));
    try {
      expect(await logIn(await signed())).toEqual(DEFER);
      expect(said()).toEqual([
        {
          level: 'error',
          item: 'issuer#test',
          problem: `Cannot read keys: ${issuer.url}${issuer.keysPath} answered 503`,
        },
      ]);
    } finally {
      issuer.answers.clear();
    }
  });
});
