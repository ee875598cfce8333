import { argon2Sync, scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  fitsVerifier,
  MAX_PASSWORD_OCTETS,
  makeVerifier,
  NOBODYS_VERIFIER,
  parseNewPassword,
  preparePassword,
} from './password.ts';
import { formatVerifier, parseVerifier, SALT_OCTETS, type ScryptVerifier, type Verifier } from './verifier.ts';

const PROHIBITED = 'holds characters that SASLprep (RFC 4013) prohibits';

describe('preparePassword', () => {
  // The examples of RFC 4013 section 3.
  it.each([
    ['I\u00ADX', 'IX'],
    ['user', 'user'],
    ['USER', 'USER'],
    ['\u00AA', 'a'],
    ['\u2168', 'IX'],
  ])('reads the example %j of RFC 4013 as %j', (password, prepared) => {
    expect(preparePassword(password)).toEqual({ ok: true, value: prepared });
  });

  it.each([
    ['\u0007', 'a control character'],
    ['\u0627\u0031', 'mixed directions'],
    ['secret\u0000', 'NUL'],
    ['secret\uD800', 'half a surrogate pair'],
    ['secret\uE000', 'a private character'],
  ])('refuses %j, %s, without quoting it', (password) => {
    expect(preparePassword(password)).toEqual({ ok: false, problem: PROHIBITED });
  });

  it.each([
    ['pass\u00A0word', 'pass word'],
    ['pass\u3000word', 'pass word'],
    [' padded ', ' padded '],
    ['u\u0308', 'ü'],
    ['\u0627\u0628', '\u0627\u0628'],
    ['\u{1FAE0}', '\u{1FAE0}'],
    ['\u0221', '\u0221'],
  ])('reads %j as %j', (password, prepared) => {
    expect(preparePassword(password)).toEqual({ ok: true, value: prepared });
  });

  it('refuses an empty password', () => {
    expect(preparePassword('')).toEqual({ ok: false, problem: 'is empty' });
    expect(preparePassword('\u00AD').ok).toBe(false);
  });

  it('bounds octets, not characters', () => {
    const longest = 'a'.repeat(MAX_PASSWORD_OCTETS);

    expect(preparePassword(longest)).toEqual({ ok: true, value: longest });
    expect(preparePassword(`${longest}a`)).toEqual({ ok: false, problem: 'is longer than 1024 octets' });
    expect(preparePassword('ü'.repeat(512)).ok).toBe(true);
    expect(preparePassword('ü'.repeat(513)).ok).toBe(false);
  });
});

function scryptVerifier(password: string, ln: number, r: number, p: number): ScryptVerifier {
  const salt = Buffer.from('some salt of ours');
  const hash = scryptSync(password, salt, 32, { N: 2 ** ln, r, p, maxmem: 2 ** 28 });
  return { kind: 'scrypt', ln, r, p, salt, hash };
}

describe('fitsVerifier', () => {
  it.each([
    [10, 8, 1],
    [15, 8, 1],
    [10, 1, 8],
  ])('checks scrypt with ln=%i, r=%i, p=%i', async (ln, r, p) => {
    const verifier = scryptVerifier('pleaseletmein', ln, r, p);

    expect(await fitsVerifier('pleaseletmein', verifier)).toBe(true);
    expect(await fitsVerifier('pleaseletmeim', verifier)).toBe(false);
  });

  it('checks the vector of RFC 7914 section 12 that its caps allow', async () => {
    const verifier: Verifier = {
      kind: 'scrypt',
      ln: 14,
      r: 8,
      p: 1,
      salt: Buffer.from('SodiumChloride'),
      hash: Buffer.from(
        '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
        'hex',
      ),
    };

    expect(await fitsVerifier('pleaseletmein', verifier)).toBe(true);
  });

  it('checks argon2id with the parameters of the verifier', async () => {
    const salt = Buffer.from('somesaltsomesalt');
    const parameters = { message: 'password', nonce: salt, memory: 64, passes: 3, parallelism: 2, tagLength: 24 };
    const hash = argon2Sync('argon2id', parameters);
    const verifier: Verifier = { kind: 'argon2id', memory: 64, passes: 3, parallelism: 2, salt, hash };

    expect(await fitsVerifier('password', verifier)).toBe(true);
    expect(await fitsVerifier('Password', verifier)).toBe(false);
    expect(await fitsVerifier('password', { ...verifier, passes: 2 })).toBe(false);
  });

  it('fails for parameters that no verifier may have', async () => {
    await expect(fitsVerifier('x', { ...scryptVerifier('x', 10, 1, 1), ln: 0.5 })).rejects.toThrow();
    await expect(fitsVerifier('x', { kind: 'md5' } as never)).rejects.toThrow('Unexpected variant');
  });

  it('lets no password fit the verifier of no one', async () => {
    for (const password of ['', '\u0000', 'password']) {
      expect(await fitsVerifier(password, NOBODYS_VERIFIER)).toBe(false);
    }
  });
});

describe('makeVerifier', () => {
  it('makes a verifier that fits its password, in writing too', async () => {
    const salt = new Uint8Array(SALT_OCTETS).fill(9);
    const verifier = await makeVerifier('correct horse', salt);
    const reread = parseVerifier(formatVerifier(verifier));

    expect(verifier).toMatchObject({ kind: 'argon2id', memory: 19_456, passes: 2, parallelism: 1, salt });
    expect(verifier.hash).toHaveLength(32);
    expect(reread.ok && (await fitsVerifier('correct horse', reread.value))).toBe(true);
    expect(reread.ok && (await fitsVerifier('correct house', reread.value))).toBe(false);
  });

  it.each([0, SALT_OCTETS - 1, SALT_OCTETS + 1])('throws for a salt of %i octets', async (octets) => {
    await expect(makeVerifier('x', new Uint8Array(octets))).rejects.toThrow(
      new RangeError(`Cannot make a verifier: salt has ${octets} octets`),
    );
  });

  it('costs no one what it costs a user', async () => {
    const { memory, passes, parallelism } = await makeVerifier('x', new Uint8Array(SALT_OCTETS));

    expect(NOBODYS_VERIFIER).toEqual({
      kind: 'argon2id',
      memory,
      passes,
      parallelism,
      salt: new Uint8Array(16),
      hash: new Uint8Array(32),
    });
  });
});

describe('parseNewPassword', () => {
  it.each([
    ['correct horse', 'correct horse'],
    ['8 letter', '8 letter'],
    // Characters and not octets, nor UTF-16's halves.
    ['\u{1F430}'.repeat(8), '\u{1F430}'.repeat(8)],
    ['\u{1F430}'.repeat(7), 'has fewer than 8 characters'],
    ['7 lette', 'has fewer than 8 characters'],
    // As SASLprep leaves it: a soft hyphen is nothing.
    ['7 let\u00ADte', 'has fewer than 8 characters'],
    ['', 'is empty'],
    ['a'.repeat(1025), 'is longer than 1024 octets'],
    ['long enough\u0007', 'holds characters that SASLprep (RFC 4013) prohibits'],
  ])('of %j gives %j', (password, expected) => {
    const result = parseNewPassword(password);

    expect(result.ok ? result.value : result.problem).toBe(expected);
  });
});
