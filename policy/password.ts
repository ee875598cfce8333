/** Deriving and checking passwords. Deterministic: salts come from the caller; the work is done off the event loop. */
import { argon2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { assertNever, type ParseResult, parsed, unparsed } from './result.ts';
import { saslprep } from './saslprep.cjs';
import { ARGON2ID_PARAMETERS, type Argon2idVerifier, HASH_OCTETS, SALT_OCTETS, type Verifier } from './verifier.ts';

const deriveArgon2 = promisify(argon2);

/** Octets; a longer password is refused before any work. */
export const MAX_PASSWORD_OCTETS = 1024;

/** Applies SASLprep (RFC 4013; unassigned code points allowed, as in a query), so that one password typed on two keyboards is one password. */
export function preparePassword(password: string): ParseResult<string> {
  if (Buffer.byteLength(password) > MAX_PASSWORD_OCTETS)
    return unparsed(`is longer than ${MAX_PASSWORD_OCTETS} octets`);
  try {
    const prepared = saslprep(password, { allowUnassigned: true });
    return prepared === '' ? unparsed('is empty') : parsed(prepared);
  } catch {
    // The library's message quotes the password.
    return unparsed('holds characters that SASLprep (RFC 4013) prohibits');
  }
}

/** Characters of a new password after SASLprep; NIST SP 800-63B section 5.1.1.2. One that was given before may be shorter. */
export const MIN_PASSWORD_CHARACTERS = 8;

/** Prepares a password that somebody is to be given. Whether it is a common one is for whoever keeps it to ask. */
export function parseNewPassword(password: string): ParseResult<string> {
  const prepared = preparePassword(password);
  if (!prepared.ok || [...prepared.value].length >= MIN_PASSWORD_CHARACTERS) return prepared;
  return unparsed(`has fewer than ${MIN_PASSWORD_CHARACTERS} characters`);
}

/**
 * Makes the verifier of a prepared password.
 *
 * @param salt 16 fresh random octets
 */
export async function makeVerifier(preparedPassword: string, salt: Uint8Array): Promise<Argon2idVerifier> {
  if (salt.length !== SALT_OCTETS) throw new RangeError(`Cannot make a verifier: salt has ${salt.length} octets`);
  const verifier = { kind: 'argon2id', ...ARGON2ID_PARAMETERS, salt, hash: new Uint8Array(HASH_OCTETS) } as const;
  return { ...verifier, hash: await derive(preparedPassword, verifier) };
}

/** Whether a prepared password fits; the comparison takes the same time wherever the hashes differ. */
export async function fitsVerifier(preparedPassword: string, verifier: Verifier): Promise<boolean> {
  return timingSafeEqual(await derive(preparedPassword, verifier), verifier.hash);
}

/**
 * What a login by no one is checked against, so that it costs what a known user's costs. No password fits it but by
 * finding a preimage of zeros.
 */
export const NOBODYS_VERIFIER: Verifier = {
  kind: 'argon2id',
  ...ARGON2ID_PARAMETERS,
  salt: new Uint8Array(SALT_OCTETS),
  hash: new Uint8Array(HASH_OCTETS),
};

async function derive(password: string, verifier: Verifier): Promise<Uint8Array> {
  const { salt, hash } = verifier;
  switch (verifier.kind) {
    case 'argon2id': {
      const { memory, passes, parallelism } = verifier;
      return deriveArgon2('argon2id', {
        message: password,
        nonce: salt,
        parallelism,
        tagLength: hash.length,
        memory,
        passes,
      });
    }
    case 'scrypt': {
      const cost = { N: 2 ** verifier.ln, r: verifier.r, p: verifier.p };
      // Node's own bound is 32 MiB; the verifier's caps are ours.
      const maxmem = 256 * cost.N * cost.r;
      return deriveScrypt(password, salt, hash.length, { ...cost, maxmem });
    }
    default:
      return assertNever(verifier);
  }
}

function deriveScrypt(password: string, salt: Uint8Array, length: number, options: object): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
