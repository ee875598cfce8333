import { scryptSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { authenticateDecisionSchema } from '../../policy/decision.ts';
import { MAX_PASSWORD_OCTETS } from '../../policy/password.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { AuthenticateRequest } from '../../policy/request.ts';
import type { UserStore } from '../directory/find-user.ts';
import { type Console, recordConsole } from '../test-support/invocation.ts';
import { ALICE, login, PASSWORD, VERIFIER } from '../test-support/users.ts';
import { authenticate } from './authenticate.ts';

const REJECT = { kind: 'reject', reply: REPLIES.credentialsInvalid };
const DEFER = { kind: 'defer', reply: REPLIES.authenticationDeferred };

class FakeUsers implements UserStore {
  readonly asked: string[] = [];
  readonly items: Readonly<Record<string, unknown>>;

  constructor(...items: readonly { readonly user: string; readonly [attribute: string]: unknown }[]) {
    this.items = Object.fromEntries(items.map((item) => [item.user, item]));
  }

  async find(user: string): Promise<unknown> {
    this.asked.push(user);
    return this.items[user];
  }
}

const failing: UserStore = {
  find: () => Promise.reject(new Error('table not found')),
};

function scryptVerifier(password: string): string {
  const salt = Buffer.alloc(16, 3);
  const hash = scryptSync(password, salt, 32, { N: 1024, r: 8, p: 1 });
  const b64 = (octets: Buffer) => octets.toString('base64').replace(/=+$/, '');
  return `$scrypt$ln=10,r=8,p=1$${b64(salt)}$${b64(hash)}`;
}

let logged: Console;
beforeEach(() => {
  logged = recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('authenticate', () => {
  it.each(['PLAIN', 'LOGIN'])('permits a known user with the right password by %s', async (mechanism) => {
    const decision = await authenticate(login({ mechanism }), new FakeUsers(ALICE));

    expect(decision).toEqual({
      kind: 'permit',
      identity: 'alice@example.com',
      senders: ['alice@example.com', '*@alice.example'],
      limits: { messagesPerHour: 100 },
      cacheSeconds: 60,
    });
    expect(authenticateDecisionSchema.safeParse(JSON.parse(JSON.stringify(decision))).success).toBe(true);
    expect(logged.text()).toBe('');
  });

  it('permits by an scrypt verifier too', async () => {
    const users = new FakeUsers({ ...ALICE, verifier: scryptVerifier(PASSWORD) });

    expect(await authenticate(login(), users)).toMatchObject({ kind: 'permit' });
    expect(await authenticate(login({ password: 'wrong' }), users)).toEqual(REJECT);
  });

  // A name is looked up as SASLprep and lower case make it.
  it.each([
    ['in capitals', 'ALICE@Example.COM'],
    ['with a soft hyphen', 'ali\u00ADce@example.com'],
    ['in full-width letters', 'ａｌｉｃｅ@example.com'],
  ])('knows a user by the name %s', async (_form, username) => {
    const users = new FakeUsers(ALICE);

    const decision = await authenticate(login({ username }), users);

    expect(decision).toMatchObject({ kind: 'permit', identity: 'alice@example.com' });
    expect(users.asked).toEqual(['alice@example.com']);
  });

  it('takes a password that SASLprep makes equal', async () => {
    expect(
      await authenticate(login({ password: PASSWORD.replaceAll(' ', '\u00A0') }), new FakeUsers(ALICE)),
    ).toMatchObject({ kind: 'permit' });
  });

  // Every reason to reject gives the one reply that tells none of them.
  const rejections: [reason: string, change: Partial<AuthenticateRequest>, item?: object][] = [
    ['a wrong password', { password: 'wrong' }],
    ['an empty password', { password: '' }],
    ['no password', { password: undefined }],
    ['a password that SASLprep prohibits', { password: `${PASSWORD}\u0007` }],
    ['an overlong password', { password: 'a'.repeat(MAX_PASSWORD_OCTETS + 1) }],
    ['an unknown user', { username: 'bob@example.com' }],
    ['an empty name', { username: '' }],
    ['a name that SASLprep prohibits', { username: 'alice\u0000@example.com' }],
    ['a name that no key can hold', { username: 'a'.repeat(2049) }],
    ['a name whose key is longer than any can be', { username: '\u0130'.repeat(1024) }],
    ['a disabled user', {}, { enabled: false }],
    ['a user of another server', { server: 'inbound' }],
    ['a user of no server', {}, { servers: new Set() }],
  ];
  it.each(rejections)('rejects %s', async (_reason, change, item = {}) => {
    expect(await authenticate(login(change), new FakeUsers({ ...ALICE, ...item }))).toEqual(REJECT);
    expect(logged.text()).toBe('');
  });

  it.each(['', '\u0007', 'a'.repeat(MAX_PASSWORD_OCTETS + 1)])(
    'rejects a password that is none, even by the verifier of an empty one: %j',
    async (password) => {
      const users = new FakeUsers({ ...ALICE, verifier: scryptVerifier('') });

      expect(await authenticate(login({ password }), users)).toEqual(REJECT);
    },
  );

  it('asks the store for a name of exactly the longest key', async () => {
    const users = new FakeUsers();

    await authenticate(login({ username: 'a'.repeat(2048) }), users);

    expect(users.asked).toEqual(['a'.repeat(2048)]);
  });

  it.each([
    ['of nobody', 'CRAM-MD5'],
    ['of tokens where nobody judges them', 'XOAUTH2'],
    ['of tokens where nobody judges them', 'OAUTHBEARER'],
  ])('rejects a mechanism %s, naming what is wrong: %s', async (_whose, mechanism) => {
    const users = new FakeUsers(ALICE);

    const decision = await authenticate(login({ mechanism, token: 'secret-token' }), users);

    expect(decision).toEqual({ kind: 'reject', reply: REPLIES.mechanismUnknown });
    expect(users.asked).toEqual([]);
  });

  it('says so of a user who may not name the null reverse-path, and of no other', async () => {
    const users = new FakeUsers({ ...ALICE, mayBounce: false });

    expect(await authenticate(login(), users)).toMatchObject({ kind: 'permit', mayBounce: false });
    expect(await authenticate(login(), new FakeUsers(ALICE))).not.toHaveProperty('mayBounce');
  });

  it.each([PASSWORD, '', 'wrong'])('rejects a user without a verifier, whatever the password: %j', async (password) => {
    const users = new FakeUsers({ ...ALICE, verifier: undefined });

    expect(await authenticate(login({ password }), users)).toEqual(REJECT);
    expect(logged.text()).toBe('');
  });

  it('defers and says why when the store does not answer', async () => {
    expect(await authenticate(login(), failing)).toEqual(DEFER);
    expect(logged.lines()).toEqual([
      { level: 'error', server: 'submission', session: 's1', problem: 'Cannot read users: Error: table not found' },
    ]);
  });

  it.each([
    ['an unknown verifier', { verifier: '$md5$c2VjcmV0LXNhbHQ$c2VjcmV0LWhhc2g' }, 'verifier: must start with'],
    ['a verifier that is not text', { verifier: 7 }, 'verifier: '],
    ['a bad sender', { senders: new Set(['nonsense']) }, 'senders: "nonsense"'],
    ['a number too large for JavaScript', { limits: { messagesPerHour: Infinity } }, 'limits.messagesPerHour'],
  ])('answers a user with %s as anybody, and names the item and its problem', async (_what, change, problem) => {
    const decision = await authenticate(login(), new FakeUsers({ ...ALICE, ...change }));

    expect(decision).toEqual(REJECT);
    expect(decision).toEqual(await authenticate(login({ username: 'bob' }), new FakeUsers()));
    expect(logged.lines()).toMatchObject([
      {
        server: 'submission',
        session: 's1',
        item: 'user alice@example.com',
        problem: expect.stringContaining(problem),
      },
    ]);
    expect(logged.text()).not.toContain('c2VjcmV0');
    expect(logged.text()).not.toContain(PASSWORD);
    expect(logged.text()).not.toContain(VERIFIER);
  });
});

/** Milliseconds of processor time, all threads: what the wall clock of a busy machine does not blur. */
async function cost(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe('the work of a login', () => {
  // The check of one argon2id verifier: what an answer without it would not cost.
  it.each([
    ['a wrong password', login({ password: 'wrong' }), new FakeUsers(ALICE)],
    ['an unknown user', login({ username: 'bob' }), new FakeUsers()],
    ['an empty name', login({ username: '' }), new FakeUsers()],
    ['a disabled user', login(), new FakeUsers({ ...ALICE, enabled: false })],
    ['a user without a verifier', login(), new FakeUsers({ ...ALICE, verifier: undefined })],
    ['a user of another server', login({ server: 'inbound' }), new FakeUsers(ALICE)],
    ['a broken user', login(), new FakeUsers({ ...ALICE, verifier: 'x' })],
    ['a prohibited password', login({ password: '\u0007' }), new FakeUsers(ALICE)],
    ['an overlong password', login({ password: 'a'.repeat(2000) }), new FakeUsers(ALICE)],
    ['a store that fails', login(), failing],
  ])('is that of a permitted one for %s', async (_what, request, users) => {
    const permitted = await cost(() => authenticate(login(), new FakeUsers(ALICE)));

    const other = await cost(() => authenticate(request, users));

    expect(other).toBeGreaterThan(permitted / 3);
  });
});
