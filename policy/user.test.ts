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

  it('may hold characters that are younger than SASLprep', () => {
    expect(userKey('Zo\u00eb\u{1f600}')).toEqual({ ok: true, value: 'zo\u00eb\u{1f600}' });
  });

  it.each([
    ['', 'is empty'],
    ['bell\u0007', 'holds characters that SASLprep (RFC 4013) prohibits'],
    ['x'.repeat(2049), 'is longer than 2048 octets'],
    // As it is typed, though SASLprep drops soft hyphens, and as it is stored: this ligature is 18 letters.
    [`${'\u00ad'.repeat(1024)}x`, 'is longer than 2048 octets'],
    ['\ufdfa'.repeat(100), 'is longer than 2048 octets'],
  ])('is none of %j', (username, problem) => {
    expect(userKey(username)).toEqual({ ok: false, problem });
  });

  it('may have 2048 octets', () => {
    expect(userKey('x'.repeat(2048))).toMatchObject({ ok: true });
  });
});

describe('parseUser', () => {
  it('gives a user who may log in nowhere and send as no one by default', () => {
    expect(parseUser(MINIMAL)).toEqual({
      ok: true,
      value: {
        user: 'alice',
        verifier: expect.objectContaining({ kind: 'scrypt', ln: 10 }),
        enabled: true,
        servers: new Set(),
        senders: [],
        mayBounce: true,
        limits: {},
      },
    });
  });

  it.each([
    ['sets', new Set(['submission', 'inbound']), new Set(['Alice@Example.com', '*@example.com'])],
    ['lists', ['submission', 'inbound'], ['Alice@Example.com', '*@example.com']],
  ])('reads servers and senders as %s', (_form, servers, senders) => {
    const limits = { messagesPerHour: 5, messagesPerDay: '50', recipientsPerHour: 0, recipientsPerDay: 1_000_000_000 };

    const item = { ...MINIMAL, servers, senders, enabled: 'FALSE', mayBounce: false, limits };

    expect(parseUser(item)).toMatchObject({
      ok: true,
      value: {
        enabled: false,
        servers: new Set(['submission', 'inbound']),
        senders: ['alice@example.com', '*@example.com'],
        mayBounce: false,
        limits: { messagesPerHour: 5, messagesPerDay: 50, recipientsPerHour: 0, recipientsPerDay: 1_000_000_000 },
      },
    });
  });

  it('reads a verifier that was pasted with blanks round it', () => {
    expect(problem({ verifier: ` ${VERIFIER}\n` })).toBe('parsed');
  });

  it('does not mind attributes that it does not know', () => {
    expect(problem({ note: 'moved' })).toBe('parsed');
  });

  it.each([
    [{ user: '' }, /^user: is empty$/],
    [{ user: 7 }, /^user: 7 is not text$/],
    [{ user: undefined }, /^user: is missing$/],
    [{ user: 'Alice' }, /^user: "Alice" must be written alice$/],
    [{ verifier: 7 }, /^verifier: is not text$/],
    [{ verifier: 'secret' }, /^verifier: must start with \$argon2id\$ or \$scrypt\$$/],
    [{ enabled: 'yes' }, /^enabled: "yes" is neither true nor false$/],
    [{ mayBounce: 1 }, /^mayBounce: 1 is neither true nor false$/],
    [{ servers: 'submission, inbound' }, /^servers: "submission, inbound" is not a set of strings$/],
    [{ servers: new Set([7]) }, /^servers: 7 is not text$/],
    [{ senders: 7 }, /^senders: 7 is not a set of strings$/],
    [{ senders: ['alice@example.com', 'alice'] }, /^senders: "alice" is neither an address, \*@domain nor \*$/],
    [
      { limits: { perHour: 5 } },
      /^limits: "perHour" is not an attribute here; messagesPerHour, messagesPerDay, recipientsPerHour, recipientsPerDay are$/,
    ],
    [{ limits: { messagesPerHour: 'many' } }, /^limits\.messagesPerHour: "many" is not a number; 0 to 1000000000 are /],
    [{ limits: { messagesPerDay: -1 } }, /^limits\.messagesPerDay: -1 is out of range; 0 to 1000000000 are allowed$/],
    [{ limits: 7 }, /^limits: 7 is not a map of attributes$/],
  ])('refuses %j and names the attribute', (change, expected) => {
    expect(problem(change)).toMatch(expected);
  });

  it('gives a user without a verifier none, for logins by OAuth alone', () => {
    const { verifier: _verifier, ...item } = MINIMAL;

    const result = parseUser(item);

    expect(result).toMatchObject({ ok: true, value: { user: 'alice' } });
    expect(result.ok && result.value).not.toHaveProperty('verifier');
  });

  it.each([undefined, null, 'alice'])('refuses %j', (item) => {
    expect(parseUser(item)).toEqual({ ok: false, problem: 'is not a map of attributes' });
  });

  it('puts no verifier into a problem', () => {
    expect(problem({ verifier: 'c29tZXNhbHQ', senders: ['nobody'], enabled: 7 })).not.toContain('c29tZXNhbHQ');
    expect(problem({ verifier: '$md5$c29tZXNhbHQ' })).not.toContain('c29tZXNhbHQ');
  });
});
