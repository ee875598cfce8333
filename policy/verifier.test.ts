import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ARGON2ID_PARAMETERS, formatVerifier, HASH_OCTETS, parseVerifier, SALT_OCTETS } from './verifier.ts';

const SALT = 'c29tZXNhbHQ'; // "somesalt", 8 octets
const HASH = 'MTIzNDU2Nzg5MDEyMzQ1Ng'; // 16 octets
const START = 'must start with $argon2id$ or $scrypt$';
const B64 = 'salt and hash must be unpadded base64';

function b64(octets: number): string {
  return Buffer.alloc(octets, 0xa5).toString('base64').replace(/=+$/, '');
}

function problem(text: string): string {
  const result = parseVerifier(text);
  return result.ok ? 'parsed' : result.problem;
}

describe('parseVerifier', () => {
  it('reads argon2id', () => {
    expect(parseVerifier(`$argon2id$v=19$m=19456,t=2,p=1$${SALT}$${HASH}`)).toEqual({
      ok: true,
      value: {
        kind: 'argon2id',
        memory: 19_456,
        passes: 2,
        parallelism: 1,
        salt: Buffer.from('somesalt'),
        hash: Buffer.from('1234567890123456'),
      },
    });
  });

  it('reads scrypt', () => {
    expect(parseVerifier(`$scrypt$ln=15,r=8,p=3$${SALT}$${HASH}`)).toEqual({
      ok: true,
      value: {
        kind: 'scrypt',
        ln: 15,
        r: 8,
        p: 3,
        salt: Buffer.from('somesalt'),
        hash: Buffer.from('1234567890123456'),
      },
    });
  });

  it.each([
    ['', START],
    ['secret', START],
    ['argon2id$v=19$m=19456,t=2,p=1$x$y', START],
    ['x$argon2id$v=19$m=19456,t=2,p=1$x$y', START],
    [`x$scrypt$ln=15,r=8,p=3$${SALT}$${HASH}`, START],
    ['$argon2i$v=19$m=19456,t=2,p=1$x$y', START],
    ['$2b$10$abcdefghijklmnopqrstuv', START],
    [`$argon2id$m=19456,t=2,p=1$${SALT}$${HASH}`, 'argon2id must have v=19'],
    [`$argon2id$v=16$m=19456,t=2,p=1$${SALT}$${HASH}`, 'argon2id must have v=19'],
    ['$argon2id', 'argon2id must have v=19'],
    ['$argon2id$v=19', 'parameters must be m, t, p'],
    ['$scrypt', 'parameters must be ln, r, p'],
  ])('refuses %j', (text, expected) => {
    expect(problem(text)).toBe(expected);
  });

  it.each([
    'm=19456,t=2',
    'm=19456,t=2,p=1,x=1',
    't=2,m=19456,p=1',
    'm=19456,t=2,q=1',
    'm=19456,t=2,p=',
    'm=19456,t=2,p',
    'm=19456,t=2,p=0',
    'm=019456,t=2,p=1',
    'm=19456,t=2,p=1x',
    'm=19456=,t=2,p=1',
    'm=19456,t=2,p=1,',
    'xm=19456,t=2,p=1',
    'm=19456,t=x2,p=1',
    'm=-1,t=2,p=1',
    'm=1e3,t=2,p=1',
    'm=12345678,t=2,p=1',
    '',
  ])('refuses the parameters %j', (parameters) => {
    expect(problem(`$argon2id$v=19$${parameters}$${SALT}$${HASH}`)).toBe('parameters must be m, t, p');
  });

  // Capped, so that an edited item cannot make a login cost a task its memory.
  it.each([
    ['m=8,t=1,p=1', 'parsed'],
    ['m=262144,t=10,p=8', 'parsed'],
    ['m=64,t=1,p=8', 'parsed'],
    ['m=63,t=1,p=8', 'm=63 must be at least 8 times p=8'],
    ['m=7,t=1,p=1', 'm=7 where 8 to 262144 are allowed'],
    ['m=262145,t=1,p=1', 'm=262145 where 8 to 262144 are allowed'],
    ['m=9999999,t=1,p=1', 'm=9999999 where 8 to 262144 are allowed'],
    ['m=19456,t=11,p=1', 't=11 where 1 to 10 are allowed'],
    ['m=19456,t=1,p=9', 'p=9 where 1 to 8 are allowed'],
  ])('judges argon2id with %s: %s', (parameters, expected) => {
    expect(problem(`$argon2id$v=19$${parameters}$${SALT}$${HASH}`)).toBe(expected);
  });

  it.each([
    ['ln=10,r=1,p=1', 'parsed'],
    ['ln=17,r=16,p=8', 'parsed'],
    ['ln=9,r=1,p=1', 'ln=9 where 10 to 17 are allowed'],
    ['ln=18,r=8,p=1', 'ln=18 where 10 to 17 are allowed'],
    ['ln=15,r=17,p=1', 'r=17 where 1 to 16 are allowed'],
    ['ln=15,r=8,p=9', 'p=9 where 1 to 8 are allowed'],
  ])('judges scrypt with %s: %s', (parameters, expected) => {
    expect(problem(`$scrypt$${parameters}$${SALT}$${HASH}`)).toBe(expected);
  });

  // PHC's base64 has no padding, and one spelling for each value.
  it.each([
    ['8 octets', b64(8), b64(8), 'parsed'],
    ['64 octets', b64(64), b64(64), 'parsed'],
    ['a salt of 7 octets', b64(7), HASH, B64],
    ['a salt of 65 octets', b64(65), HASH, B64],
    ['a hash of 7 octets', SALT, b64(7), B64],
    ['a hash of 65 octets', SALT, b64(65), B64],
    ['no salt', '', HASH, B64],
    ['no hash', SALT, '', B64],
    ['padding', `${SALT}=`, HASH, B64],
    ['the other alphabet', '-_-_-_-_-_-_', HASH, B64],
    ['both marks of the alphabet', '+/+/+/+/+/+/', HASH, 'parsed'],
    ['loose bits at the end', `${SALT.slice(0, -1)}R`, HASH, B64],
    ['a blank', `${SALT} `, HASH, B64],
    ['a blank in front', ` ${SALT}`, HASH, B64],
    ['a field too many', SALT, `${HASH}$x`, B64],
  ])('judges %s', (_what, salt, hash, expected) => {
    expect(problem(`$argon2id$v=19$m=19456,t=2,p=1$${salt}$${hash}`)).toBe(expected);
    expect(problem(`$scrypt$ln=15,r=8,p=3$${salt}$${hash}`)).toBe(expected);
  });

  it('puts neither salt nor hash into a problem', () => {
    for (const text of [`$argon2id$v=19$m=1,t=2,p=1$${SALT}$${HASH}`, `$md5$${SALT}$${HASH}`, `${HASH}$${SALT}`]) {
      expect(problem(text)).not.toContain(SALT);
      expect(problem(text)).not.toContain(HASH);
    }
  });
});

describe('formatVerifier', () => {
  it('writes the parameters of today', () => {
    const salt = new Uint8Array(SALT_OCTETS).fill(1);
    const hash = new Uint8Array(HASH_OCTETS).fill(2);

    expect(formatVerifier({ kind: 'argon2id', ...ARGON2ID_PARAMETERS, salt, hash })).toBe(
      '$argon2id$v=19$m=19456,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI',
    );
  });

  it('is read back as the same verifier', async () => {
    const octets = fc.uint8Array({ minLength: 8, maxLength: 64 });
    const arbitrary = fc.record({
      kind: fc.constant('argon2id' as const),
      memory: fc.integer({ min: 64, max: 262_144 }),
      passes: fc.integer({ min: 1, max: 10 }),
      parallelism: fc.integer({ min: 1, max: 8 }),
      salt: octets.map((salt) => Buffer.from(salt)),
      hash: octets.map((hash) => Buffer.from(hash)),
    });
    await fc.assert(
      fc.property(arbitrary, (verifier) => {
        expect(parseVerifier(formatVerifier(verifier))).toEqual({ ok: true, value: verifier });
      }),
    );
  });
});
