import { describe, expect, it } from 'vitest';
import { parseUser, userKey } from './user.ts';

const VERIFIER = '$scrypt$ln=10,r=8,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng';
const MINIMAL = { user: 'alice', verifier: VERIFIER };

function problem(change: object): string {
  const result = parseUser({ ...MINIMAL, ...change });
  return result.ok ? 'parsed' : result.problem;
}

describe('userKey', () => {
  it('is lower case', () => {
    expect(userKey('Alice@Example.COM')).toEqual({ ok: true, value: 'alice@example.com' });
  });

  it('is one key for one name typed in two ways', () => {
    expect(userKey('\u2168lf@example.com')).toEqual({ ok: true, value: 'ixlf@example.com' });
  });

  it.each([
    ['', 'is empty'],
    ['bell\u0007', 'holds characters that SASLprep (RFC 4013) prohibits'],
    ['x'.repeat(2049), 'is longer than 2048 octets'],
  ])('is none of %j', (username, problem) => {
    expect(userKey(username)).toEqual({ ok: false, problem });
  });

  it('may have 2048 octets', () => {
    expect(userKey('x'.repeat(2048))).toMatchObject({ ok: true });
  });
});

describe('parseUser', () => {
  it('gives a user who may log in nowhere and send as nobody by default', () => {
    expect(parseUser(MINIMAL)).toEqual({
      ok: true,
      value: {
        user: 'alice',
        verifier: expect.objectContaining({ kind: 'scrypt', ln: 10 }),
        enabled: true,
        servers: new Set(),
        senders: [],
        limits: {},
      },
    });
  });

  it.each([
    ['sets', new Set(['submission', 'inbound']), new Set(['Alice@Example.com', '*@example.com'])],
    ['lists', ['submission', 'inbound'], ['Alice@Example.com', '*@example.com']],
  ])('reads servers and senders as %s', (_form, servers, senders) => {
    expect(parseUser({ ...MINIMAL, servers, senders, enabled: false, limits: { perHour: 5 } })).toMatchObject({
      ok: true,
      value: {
        enabled: false,
        servers: new Set(['submission', 'inbound']),
        senders: ['alice@example.com', '*@example.com'],
        limits: { perHour: 5 },
      },
    });
  });

  it('does not mind attributes that it does not know', () => {
    expect(problem({ note: 'moved' })).toBe('parsed');
  });

  it.each([
    [{ user: '' }, /^user: /],
    [{ user: 7 }, /^user: /],
    [{ verifier: undefined }, /^verifier: /],
    [{ verifier: 'secret' }, /^verifier: must start with \$argon2id\$ or \$scrypt\$$/],
    [{ enabled: 'yes' }, /^enabled: /],
    [{ servers: 'submission' }, /^servers: /],
    [{ servers: new Set([7]) }, /^servers: /],
    [{ senders: 'alice@example.com' }, /^senders: /],
    [{ senders: ['alice@example.com', 'alice'] }, /^senders: "alice" is neither an address, \*@domain nor \*$/],
    [{ limits: { perHour: 'many' } }, /^limits\.perHour: /],
  ])('refuses %j and names the attribute', (change, expected) => {
    expect(problem(change)).toMatch(expected);
  });

  it.each([undefined, null, 'alice'])('refuses %j', (item) => {
    expect(parseUser(item).ok).toBe(false);
  });

  it('puts no verifier into a problem', () => {
    expect(problem({ verifier: 'c29tZXNhbHQ', senders: ['nobody'], enabled: 7 })).not.toContain('c29tZXNhbHQ');
    expect(problem({ verifier: '$md5$c29tZXNhbHQ' })).not.toContain('c29tZXNhbHQ');
  });
});
