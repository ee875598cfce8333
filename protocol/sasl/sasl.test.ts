import { describe, expect, it } from 'vitest';
import { continueExchange, decodeBase64, mechanismNamed, type SaslExchange, startExchange } from './sasl.ts';

const octets = (text: string) => Buffer.from(text, 'utf8');

describe('decodeBase64', () => {
  it.each([
    ['nothing', '', ''],
    ['one octet', 'YQ==', 'a'],
    ['two octets', 'YWI=', 'ab'],
    ['three octets', 'YWJj', 'abc'],
    ['plus and slash', '+/+/', '\xfb\xff\xbf'],
  ])('reads %s', (_claim, text, expected) => {
    const decoded = decodeBase64(text);

    expect(decoded.ok && Buffer.from(decoded.value).toString('latin1')).toBe(expected);
  });

  // Canonical or refused (RFC 4648 section 3.5): two texts for one secret would pass a filter on one of them.
  it.each([
    ['without padding', 'YQ'],
    ['with too little padding', 'YQ='],
    ['with too much padding', 'YWJj===='],
    ['with padding inside', 'YQ==YQ=='],
    ['with spare bits set, one octet', 'YR=='],
    ['with spare bits set, two octets', 'YWJ='],
    ['with a blank', 'YW Jj'],
    ['with a line feed', 'YWJj\n'],
    ['with the alphabet of URLs', '-_-_'],
    ['that is padding alone', '===='],
    ['that is an equals sign', '='],
    ['with octets above 0x7F', 'YWJ\xe9'],
  ])('refuses text %s', (_claim, text) => {
    expect(decodeBase64(text).ok).toBe(false);
  });
});

describe('mechanismNamed', () => {
  it.each([
    ['PLAIN', 'PLAIN'],
    ['login', 'LOGIN'],
    ['CRAM-MD5', undefined],
    ['', undefined],
    ['PLAIN ', undefined],
  ])('names %j %j', (name, mechanism) => {
    expect(mechanismNamed(name)).toBe(mechanism);
  });
});

describe('PLAIN', () => {
  it('asks with an empty challenge when there is no initial response', () => {
    expect(startExchange('PLAIN', undefined)).toEqual({
      kind: 'challenge',
      text: '',
      exchange: { mechanism: 'PLAIN' },
    });
  });

  it.each([
    ['no authorization identity', '\0alice\0secret', { authorization: '', username: 'alice', password: 'secret' }],
    ['one', 'bob\0alice\0secret', { authorization: 'bob', username: 'alice', password: 'secret' }],
    ['UTF-8', '\0älice\0gehéim', { authorization: '', username: 'älice', password: 'gehéim' }],
    ['an empty password', '\0alice\0', { authorization: '', username: 'alice', password: '' }],
    [
      'a byte order mark, which is part of the name',
      '\0\uFEFFa\0b',
      { authorization: '', username: '\uFEFFa', password: 'b' },
    ],
  ])('reads credentials with %s', (_claim, message, credentials) => {
    expect(startExchange('PLAIN', octets(message))).toEqual({ kind: 'credentials', ...credentials });
  });

  it.each([
    ['empty', ''],
    ['without NUL', 'alice'],
    ['with one NUL', 'alice\0secret'],
    ['with three NULs', '\0alice\0sec\0ret'],
  ])('refuses a message %s', (_claim, message) => {
    expect(startExchange('PLAIN', octets(message))).toEqual({ kind: 'malformed' });
  });

  it('cannot prepare octets that are no UTF-8', () => {
    const latin1 = (text: string) => startExchange('PLAIN', Buffer.from(text, 'latin1'));

    expect(latin1('\0alice\0\xff')).toEqual({ kind: 'unprepared', username: 'alice' });
    expect(latin1('\0al\xefce\0secret')).toEqual({ kind: 'unprepared', username: 'al\uFFFDce' });
    expect(latin1('alice\xff')).toEqual({ kind: 'malformed' });
  });
});

describe('LOGIN', () => {
  const asked: SaslExchange = { mechanism: 'LOGIN', username: 'alice' };

  it('asks for the name', () => {
    expect(startExchange('LOGIN', undefined)).toEqual({
      kind: 'challenge',
      text: Buffer.from('Username:').toString('base64'),
      exchange: { mechanism: 'LOGIN' },
    });
  });

  it.each([
    ['from an initial response', () => startExchange('LOGIN', octets('alice'))],
    ['from a response', () => continueExchange({ mechanism: 'LOGIN' }, octets('alice'))],
  ])('takes the name %s and asks for the password', (_claim, step) => {
    expect(step()).toEqual({
      kind: 'challenge',
      text: Buffer.from('Password:').toString('base64'),
      exchange: asked,
    });
  });

  it('takes the password', () => {
    const credentials = { kind: 'credentials', authorization: '', username: 'alice', password: 'secret' };

    expect(continueExchange(asked, octets('secret'))).toEqual(credentials);
  });

  it('takes an empty name for a name, not for none', () => {
    const step = continueExchange({ mechanism: 'LOGIN', username: '' }, octets('secret'));

    expect(step).toMatchObject({ kind: 'credentials', username: '' });
  });

  it('cannot prepare octets that are no UTF-8', () => {
    expect(continueExchange(asked, Buffer.of(0xff))).toEqual({ kind: 'unprepared', username: 'alice' });
    expect(continueExchange({ mechanism: 'LOGIN' }, Buffer.of(0xff))).toEqual({
      kind: 'unprepared',
      username: '\uFFFD',
    });
  });
});

const TOKEN = 'mF_9.B5f-4.1JqM~+/==';

describe('XOAUTH2', () => {
  const read = (message: string) => startExchange('XOAUTH2', octets(message));

  it('asks with an empty challenge when there is no initial response', () => {
    expect(startExchange('XOAUTH2', undefined)).toMatchObject({ kind: 'challenge', text: '' });
  });

  it.each([
    ['as Google describes it', `user=alice@example.com\x01auth=Bearer ${TOKEN}\x01\x01`],
    ['with the scheme in lower case', `user=alice@example.com\x01auth=bearer ${TOKEN}\x01\x01`],
  ])('reads a message %s', (_claim, message) => {
    const credentials = { kind: 'credentials', authorization: '', username: 'alice@example.com', token: TOKEN };

    expect(read(message)).toEqual(credentials);
  });

  it.each([
    ['empty', ''],
    ['without a user', `auth=Bearer ${TOKEN}\x01\x01`],
    ['without a token', 'user=alice\x01\x01'],
    ['with two', `user=alice\x01auth=Bearer a\x01auth=Bearer b\x01\x01`],
    ['with another scheme', 'user=alice\x01auth=Basic YTpi\x01\x01'],
    ['with a token of other characters', 'user=alice\x01auth=Bearer a b\x01\x01'],
    ['with one separator at its end', `user=alice\x01auth=Bearer ${TOKEN}\x01`],
    ['with three', `user=alice\x01auth=Bearer ${TOKEN}\x01\x01\x01`],
    ['with something behind its end', `user=alice\x01auth=Bearer ${TOKEN}\x01\x01x`],
    ['that is OAUTHBEARER', `n,a=alice,\x01auth=Bearer ${TOKEN}\x01\x01`],
  ])('refuses a message %s', (_claim, message) => {
    expect(read(message)).toEqual({ kind: 'malformed' });
  });
});

// RFC 7628 section 3.1.
describe('OAUTHBEARER', () => {
  const read = (message: string) => startExchange('OAUTHBEARER', octets(message));

  it.each([
    [
      'of RFC 7628 section 4.1',
      `n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer ${TOKEN}\x01\x01`,
      'user@example.com',
      TOKEN,
    ],
    ['without host and port', `n,a=alice,\x01auth=Bearer ${TOKEN}\x01\x01`, 'alice', TOKEN],
    ['of a client that knows channel binding', `y,a=alice,\x01auth=Bearer ${TOKEN}\x01\x01`, 'alice', TOKEN],
    ['with a name that is escaped', `n,a=a=2Cb=3Dc,\x01auth=Bearer ${TOKEN}\x01\x01`, 'a,b=c', TOKEN],
    ['without a name', `n,,\x01auth=Bearer ${TOKEN}\x01\x01`, '', TOKEN],
    ['with keys that nobody knows', `n,a=alice,\x01x=1\x01AUTH=Bearer ${TOKEN}\x01y=\x01\x01`, 'alice', TOKEN],
    ['of section 4.3, which asks where tokens are had', 'n,a=alice,\x01auth=\x01\x01', 'alice', ''],
  ])('reads the message %s', (_claim, message, username, token) => {
    expect(read(message)).toEqual({ kind: 'credentials', authorization: '', username, token });
  });

  it.each([
    ['empty', ''],
    ['that is the separator alone', '\x01'],
    ['bound to a channel', `p=tls-unique,a=alice,\x01auth=Bearer ${TOKEN}\x01\x01`],
    ['with another escape in its name', `n,a=al=41ice,\x01auth=Bearer ${TOKEN}\x01\x01`],
    ['with an empty name', `n,a=,\x01auth=Bearer ${TOKEN}\x01\x01`],
    ['with something between header and keys', `n,a=alice,x\x01auth=Bearer ${TOKEN}\x01\x01`],
    ['without a header', `auth=Bearer ${TOKEN}\x01\x01`],
    ['without a token', 'n,a=alice,\x01host=x\x01\x01'],
    ['with a key of other characters', `n,a=alice,\x01a1=x\x01auth=Bearer ${TOKEN}\x01\x01`],
    ['with a value of other characters', `n,a=alice,\x01host=\x02\x01auth=Bearer ${TOKEN}\x01\x01`],
    ['that is XOAUTH2', `user=alice\x01auth=Bearer ${TOKEN}\x01\x01`],
  ])('refuses a message %s', (_claim, message) => {
    expect(read(message)).toEqual({ kind: 'malformed' });
  });
});
