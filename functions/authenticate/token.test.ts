import { createHmac, createPublicKey, generateKeyPairSync, sign as signOctets } from 'node:crypto';
import { exportJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IssuerItem } from '../../policy/item.ts';
import { AUDIENCE, type Changes, TestIssuer } from '../test-support/token-issuer.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { type TokenQuestion, type TokenVerdict, verifyToken } from './token.ts';

const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** A whole second, so that edges can be met. */
const NOW_MS = 1_900_000_000_000;
const NOW = NOW_MS / 1000;

let issuer: TestIssuer;
let item: IssuerItem;
let keys: IssuerKeys;
const stale: [string, string][] = [];

beforeAll(async () => {
  issuer = await TestIssuer.start();
  await issuer.addKey('rsa', 'RS256');
  item = {
    kind: 'issuer',
    name: 'test',
    issuer: issuer.url,
    audience: AUDIENCE,
    jwksUri: undefined,
    skewSeconds: 60,
    userClaim: 'email',
  };
  keys = new IssuerKeys({ nowMs: () => NOW_MS, mayUseLoopback: true });
});
afterAll(() => issuer.close());

function verify(token: string, change: Partial<TokenQuestion> = {}): Promise<TokenVerdict> {
  const onStale = ({ name }: IssuerItem, problem: string): void => void stale.push([name, problem]);
  return verifyToken({ token, username: '', issuers: [item], keys, nowMs: NOW_MS, onStale, ...change });
}

/** The fault, with the issuer that it is told of; what else came of it when there is none. */
async function faultOf(token: string, change: Partial<TokenQuestion> = {}): Promise<string> {
  const verdict = await verify(token, change);
  return verdict.kind === 'bad' ? `${verdict.issuer?.name ?? 'nobody'}: ${verdict.fault}` : verdict.kind;
}

function part(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

function claimsOf(change: Changes = {}): Changes {
  return { iss: issuer.url, aud: AUDIENCE, exp: NOW + 3600, email: 'alice@example.com', ...change };
}

/** A token of the issuer; `undefined` takes a claim away. */
function signed(change: Changes = {}, header: Changes = {}, by = 'k1'): Promise<string> {
  return issuer.sign(claimsOf(change), header, by);
}

describe('a good token', () => {
  it('names the user, and how long it goes on being valid', async () => {
    expect(await verify(await signed())).toEqual({
      kind: 'good',
      issuer: item,
      user: 'alice@example.com',
      cacheSeconds: 3600,
    });
  });

  it.each(ALGORITHMS)('may be signed by %s', async (alg) => {
    await issuer.addKey(alg, alg);
    const fresh = new IssuerKeys({ nowMs: () => NOW_MS, mayUseLoopback: true });

    expect(await faultOf(await signed({}, {}, alg), { keys: fresh })).toBe('good');
  });

  it.each([
    ['one of several audiences', { aud: ['other', AUDIENCE] }],
    ['a claim beside that is not ours', { groups: ['x'], scope: 'mail', iat: NOW + 9999 }],
    ['a verified address', { email_verified: true }],
    ['a name in capitals', { email: 'ALICE@Example.COM' }],
    ['the time from which it is valid', { nbf: NOW }],
  ])('may have %s', async (_what, claims) => {
    expect(await verify(await signed(claims))).toMatchObject({ kind: 'good', user: 'alice@example.com' });
  });

  it('may leave out which key signed it', async () => {
    expect(await faultOf(await signed({}, { kid: undefined }))).toBe('good');
    expect(await faultOf(await signed({}, { kid: undefined }, 'rsa'))).toBe('good');
  });

  it('may be signed by any key of the issuer when it leaves that out', async () => {
    const other = await TestIssuer.start();
    await other.addKey('k2', 'ES256');
    const theirs = { ...item, issuer: other.url };
    try {
      for (const kid of ['k1', 'k2']) {
        const token = await other.sign(claimsOf({ iss: other.url }), { kid: undefined }, kid);

        expect(await faultOf(token, { issuers: [theirs] })).toBe('good');
        expect(await faultOf(tampered(token), { issuers: [theirs] })).toBe('test: bad signature');
      }
    } finally {
      await other.close();
    }
  });

  it('is of whichever claim the issuer names users by', async () => {
    const question = { issuers: [{ ...item, userClaim: 'preferred_username' }] };

    const token = await signed({ email: undefined, email_verified: false, preferred_username: 'Bob@example.com' });

    expect(await verify(token, question)).toMatchObject({ kind: 'good', user: 'bob@example.com' });
  });

  // The edges of time, with clocks that may differ by 60 s.
  it.each([
    ['good', 'an hour to go', { exp: NOW + 3600 }, 3600],
    ['good', 'a fraction to go', { exp: NOW + 0.5 }, 0],
    ['good', 'expired now', { exp: NOW }, 0],
    ['good', 'expired 59 s ago', { exp: NOW - 59 }, 0],
    ['good', '60 s before its time', { nbf: NOW + 60 }, 3600],
    ['good', 'no end in sight', { exp: 1e300 }, 1e300],
  ] as const)('is %s with %s', async (kind, _what, claims, cacheSeconds) => {
    expect(await verify(await signed(claims))).toMatchObject({ kind, cacheSeconds });
  });
});

/** With another octet in the middle of its signature. */
function tampered(token: string): string {
  const at = token.lastIndexOf('.') + 20;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}

describe('a bad token', () => {
  const claimFaults: [fault: string, what: string, claims: Changes][] = [
    ['audience is wrong', 'another audience', { aud: 'other' }],
    ['audience is wrong', 'other audiences', { aud: ['other', `${AUDIENCE}2`] }],
    ['audience is wrong', 'an audience in capitals', { aud: AUDIENCE.toUpperCase() }],
    ['audience is wrong', 'no audience', { aud: undefined }],
    ['audience is wrong', 'an audience that is a map', { aud: { [AUDIENCE]: true } }],
    ['expired', 'expired 60 s ago', { exp: NOW - 60 }],
    ['expired', 'expired long ago', { exp: 1 }],
    ['not valid yet', '61 s before its time', { nbf: NOW + 61 }],
    ['no expiry', 'no expiry', { exp: undefined }],
    ['claims are malformed', 'an expiry that is text', { exp: `${NOW + 60}` }],
    ['claims are malformed', 'a start that is text', { nbf: `${NOW}` }],
    ['claim of the user is missing', 'no claim of the user', { email: undefined }],
    ['claim of the user is missing', 'an empty one', { email: '' }],
    ['claim of the user is missing', 'one that is a list', { email: ['alice@example.com'] }],
    ['claim of the user is missing', 'one that is a number', { email: 7 }],
    ['claim of the user is missing', 'one that no name can be', { email: 'alice\u0007' }],
    // SASLprep and lower case would make each alice@example.com.
    ['claim of the user is missing', 'a full-width letter', { email: '\uFF41lice@example.com' }],
    ['claim of the user is missing', 'a full-width capital', { email: '\uFF21lice@example.com' }],
    ['claim of the user is missing', 'a full-width at sign', { email: 'alice\uFF20example.com' }],
    ['claim of the user is missing', 'a soft hyphen', { email: 'ali\u00ADce@example.com' }],
    ['claim of the user is missing', 'a joiner of no width', { email: 'ali\u200Dce@example.com' }],
    ['claim of the user is missing', 'the sign of Kelvin', { email: '\u212Aevin@example.com' }],
    ['claim of the user is missing', 'a ligature', { email: '\uFB01@example.com' }],
    ['address is not verified', 'an address that nobody verified', { email_verified: false }],
    ...['false', 'true', 'False', 0, 1, null, [], {}].map((value): [string, string, Changes] => [
      'address is not verified',
      `${JSON.stringify(value)} for a verified address`,
      { email_verified: value },
    ]),
  ];
  it.each(claimFaults)('is refused for "%s": %s', async (fault, _what, claims) => {
    expect(await faultOf(await signed(claims))).toBe(`test: ${fault}`);
  });

  it.each(['exp', 'nbf', 'iat'])('is refused for a time that is no number of seconds: %s', async (name) => {
    const rest = name === 'exp' ? '' : `,"exp":${NOW + 60}`;
    for (const time of ['1e999', '-1e999']) {
      const claims = `{"iss":"${issuer.url}","aud":"${AUDIENCE}","email":"alice@example.com"${rest},"${name}":${time}}`;

      expect(await faultOf(await issuer.signText(claims))).toMatch(
        /^test: (?:claims are malformed|expired|not valid yet)$/,
      );
    }
  });

  it('has no user by a name that every object has', async () => {
    for (const userClaim of ['constructor', '__proto__', 'toString']) {
      expect(await faultOf(await signed(), { issuers: [{ ...item, userClaim }] })).toBe(
        'test: claim of the user is missing',
      );
    }
  });

  it('is of no one with an issuer that is not ours, letter by letter', async () => {
    for (const iss of [
      'https://evil.example',
      `${issuer.url}/`,
      issuer.url.toUpperCase(),
      undefined,
      7,
      [issuer.url],
    ]) {
      expect(await faultOf(await signed({ iss }))).toBe('nobody: issuer is not known');
    }
    expect(await faultOf(await signed(), { issuers: [] })).toBe('nobody: issuer is not known');
  });

  it('is refused when a letter of it is another', async () => {
    const token = await signed();
    const [header, , signature] = token.split('.');

    expect(await faultOf(tampered(token))).toBe('test: bad signature');
    expect(await faultOf(`${header}.${part(claimsOf({ email: 'bob@example.com' }))}.${signature}`)).toBe(
      'test: bad signature',
    );
    expect(await faultOf(`${header}.${part(claimsOf())}.`)).toBe('test: bad signature');
  });

  it('is refused when another key than it says has signed it', async () => {
    await issuer.addKey('k9', 'ES256');
    const fresh = new IssuerKeys({ nowMs: () => NOW_MS, mayUseLoopback: true });

    expect(await faultOf(await signed({}, { kid: 'k9' }), { keys: fresh })).toBe('test: bad signature');
    expect(await faultOf(await signed({}, { kid: 'unheard-of' }), { keys: fresh })).toBe('test: key is not known');
  });

  it('is refused without a signature', async () => {
    const claims = part(claimsOf());
    for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
      expect(await faultOf(`${part({ alg, kid: 'k1' })}.${claims}.`)).toBe('test: algorithm is not allowed');
    }
    expect(await faultOf(`${part({ kid: 'k1' })}.${claims}.`)).toBe('nobody: token is not a signed JWT');
  });

  it('is refused when a public key was taken for a shared secret', async () => {
    const jwk = issuer.publicKey('rsa');
    const pem = createPublicKey({ key: jwk as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    for (const secret of [pem, JSON.stringify(jwk), String(jwk.n)]) {
      for (const [alg, hash] of [
        ['HS256', 'sha256'],
        ['HS512', 'sha512'],
      ] as const) {
        const body = `${part({ alg, kid: 'rsa', typ: 'JWT' })}.${part(claimsOf())}`;
        const signature = createHmac(hash, secret).update(body).digest('base64url');

        expect(await faultOf(`${body}.${signature}`)).toBe('test: algorithm is not allowed');
      }
    }
  });

  it('is refused by a key that it brings along', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = await exportJWK(publicKey);
    for (const more of [{ jwk, kid: 'own' }, { jwk }, { jku: 'http://127.0.0.1:1/', kid: 'own' }, { jwk, kid: 'k1' }]) {
      const body = `${part({ alg: 'ES256', ...more })}.${part(claimsOf())}`;
      const signature = signOctets('sha256', Buffer.from(body), { key: privateKey, dsaEncoding: 'ieee-p1363' });

      expect(await faultOf(`${body}.${signature.toString('base64url')}`)).toMatch(
        /^test: (?:bad signature|key is not known)$/,
      );
    }
  });

  it('is refused with an extension that must be understood', async () => {
    const [, ...rest] = (await signed()).split('.');

    expect(await faultOf([part({ alg: 'ES256', kid: 'k1', crit: ['x'], x: 1 }), ...rest].join('.'))).toBe(
      'test: token is not a signed JWT',
    );
  });

  it.each([
    ['no token', ''],
    ['token is not a signed JWT', 'secret'],
    ['token is not a signed JWT', 'a.b.c'],
    ['token is not a signed JWT', '..'],
    ['token is not a signed JWT', `${part({ alg: 'ES256' })}.${part('[]')}.x`],
    ['token is not a signed JWT', `${part({ alg: 'ES256', kid: 7 })}.${part({})}.x`],
    ['token is not a signed JWT', `${part({ alg: ['ES256'] })}.${part({})}.x`],
    ['token is not a signed JWT', `${part('null')}.${part({})}.x`],
    // Encrypted ones are none that we could read.
    ['token is not a signed JWT', `${part({ alg: 'dir', enc: 'A256GCM' })}.a.b.c.d`],
  ])('is refused for "%s": %j', async (fault, token) => {
    expect(await faultOf(token)).toBe(`nobody: ${fault}`);
  });

  it('is refused for its length above 12288 octets', async () => {
    expect(await faultOf(await signed({ groups: 'x'.repeat(8900) }))).toBe('good');
    expect(await faultOf('x'.repeat(12_288))).toBe('nobody: token is not a signed JWT');
    expect(await faultOf('x'.repeat(12_289))).toBe('nobody: token is too long');
    expect(await faultOf('\u00E4'.repeat(6145))).toBe('nobody: token is too long');
  });
});

describe('the name that a client gives beside its token', () => {
  it.each(['', 'alice@example.com', 'ALICE@example.com', 'ali\u00ADce@example.com'])('may be %j', async (username) => {
    expect(await faultOf(await signed(), { username })).toBe('good');
  });

  it.each(['bob@example.com', 'alice', 'alice@example.com2', 'alice\u0007', ' alice@example.com'])(
    'may not be %j',
    async (username) => {
      expect(await faultOf(await signed(), { username })).toBe('test: user mismatch');
    },
  );
});

describe('several items', () => {
  it('of one issuer take a token that fits any of them', async () => {
    const issuers = [
      { ...item, name: 'a', audience: 'first' },
      { ...item, name: 'b' },
    ];

    expect(await verify(await signed(), { issuers })).toMatchObject({ kind: 'good', issuer: { name: 'b' } });
    expect(await faultOf(await signed({ exp: 1 }), { issuers })).toBe('b: expired');
    expect(await faultOf(await signed({ exp: 1 }), { issuers: issuers.toReversed() })).toBe('b: expired');
    expect(await faultOf(await signed({ aud: 'third' }), { issuers })).toBe('b: audience is wrong');
  });

  it('of other issuers do not take it', async () => {
    const other = await TestIssuer.start();
    try {
      const issuers = [{ ...item, name: 'other', issuer: other.url }];

      expect(await faultOf(await signed(), { issuers })).toBe('nobody: issuer is not known');
      // Signed by one, in the name of the other, whose key has the same name.
      expect(await faultOf(await signed({ iss: other.url }), { issuers: [...issuers, item] })).toBe(
        'other: bad signature',
      );
    } finally {
      await other.close();
    }
  });
});

describe('an issuer', () => {
  it('whose keys cannot be had leaves it open what a token is', async () => {
    const down = await TestIssuer.start();
    const token = await down.sign(claimsOf({ iss: down.url }));
    await down.close();

    const verdict = await verify(token, { issuers: [{ ...item, issuer: down.url }] });

    expect(verdict).toMatchObject({ kind: 'unknown', problem: 'fetch failed: ECONNREFUSED' });
  });

  it('whose key is too weak to be used does so too', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const weak = await TestIssuer.start();
    weak.publish([{ ...(await exportJWK(publicKey)), kid: 'weak' }]);
    const body = `${part({ alg: 'RS256', kid: 'weak' })}.${part(claimsOf({ iss: weak.url }))}`;
    const signature = signOctets('sha256', Buffer.from(body), privateKey).toString('base64url');
    try {
      const verdict = await verify(`${body}.${signature}`, { issuers: [{ ...item, issuer: weak.url }] });

      expect(verdict).toMatchObject({ kind: 'unknown', problem: expect.stringContaining('2048 bits') });
    } finally {
      await weak.close();
    }
  });

  it('that is down while its old keys serve is told of', async () => {
    const old = await TestIssuer.start();
    let nowMs = NOW_MS;
    const kept = new IssuerKeys({ nowMs: () => nowMs, mayUseLoopback: true });
    const question = { issuers: [{ ...item, name: 'old', issuer: old.url }], keys: kept };
    const token = await old.sign(claimsOf({ iss: old.url }));
    expect(await faultOf(token, question)).toBe('good');
    expect(stale).toEqual([]);
    await old.close();
    nowMs += 600_000;

    expect(await faultOf(token, question)).toBe('good');
    expect(stale).toEqual([['old', 'fetch failed: ECONNREFUSED']]);
  });
});
