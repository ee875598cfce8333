/**
 * Password verifiers in the PHC string format: `$argon2id$v=19$m=..,t=..,p=..$salt$hash` written and read,
 * `$scrypt$ln=..,r=..,p=..$salt$hash` read. Parameters are capped, so that an edited item cannot make a login cost a
 * task its memory.
 */
import { type ParseResult, parsed, unparsed } from './result.ts';

export interface Argon2idVerifier {
  readonly kind: 'argon2id';
  /** Kibibytes. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

export interface ScryptVerifier {
  readonly kind: 'scrypt';
  /** log2 of N. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

export type Verifier = Argon2idVerifier | ScryptVerifier;

/** OWASP's first choice for argon2id (19 MiB, 2 passes, 1 lane): about 70 ms on one core. */
export const ARGON2ID_PARAMETERS = { memory: 19_456, passes: 2, parallelism: 1 } as const;
export const SALT_OCTETS = 16;
export const HASH_OCTETS = 32;

const ARGON2ID_CAPS = { m: [8, 262_144], t: [1, 10], p: [1, 8] } as const;
/** ln 17 with r 8 takes 128 MiB. */
const SCRYPT_CAPS = { ln: [10, 17], r: [1, 16], p: [1, 8] } as const;
const LONGEST_SALT_OR_HASH_OCTETS = 64;
const SHORTEST_OCTETS = 8;

type Caps = Readonly<Record<string, readonly [number, number]>>;

/** PHC's "B64": the standard alphabet without padding, in the one spelling that the octets have. */
function decodeB64(text: string): Uint8Array | undefined {
  const octets = Buffer.from(text, 'base64');
  const isCanonical = encodeB64(octets) === text;
  const isSane = octets.length >= SHORTEST_OCTETS && octets.length <= LONGEST_SALT_OR_HASH_OCTETS;
  return isCanonical && isSane ? octets : undefined;
}

function encodeB64(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64').replaceAll('=', '');
}

/** Reads `a=1,b=2` with exactly the names of `caps`, in their order, each within its cap. */
function parseParameters<C extends Caps>(text: string, caps: C): ParseResult<Record<keyof C, number>> {
  const names = Object.keys(caps);
  const pairs = names.map((name) => `${name}=([1-9]\\d{0,6})`).join(',');
  const found = new RegExp(`^${pairs}$`).exec(text);
  if (found === null) return unparsed(`parameters must be ${names.join(', ')}`);
  const values: Record<string, number> = {};
  for (const [index, [name, [lowest, highest]]] of Object.entries(caps).entries()) {
    const value = Number(found[index + 1]);
    if (value < lowest || value > highest)
      return unparsed(`${name}=${value} where ${lowest} to ${highest} are allowed`);
    values[name] = value;
  }
  return parsed(values as Record<keyof C, number>);
}

/** Reads a verifier; the problem never holds its salt or hash. */
export function parseVerifier(text: string): ParseResult<Verifier> {
  const fields = text.split('$');
  if (fields[0] !== '') return unparsed('must start with $argon2id$ or $scrypt$');
  if (fields[1] === 'argon2id') return parseArgon2id(fields);
  if (fields[1] === 'scrypt') return parseScrypt(fields);
  return unparsed('must start with $argon2id$ or $scrypt$');
}

function parseSaltAndHash(texts: readonly string[]): ParseResult<Pick<Verifier, 'salt' | 'hash'>> {
  const [salt, hash, ...more] = texts.map((text) => decodeB64(text));
  return salt === undefined || hash === undefined || more.length > 0
    ? unparsed('salt and hash must be unpadded base64')
    : parsed({ salt, hash });
}

function parseArgon2id([, , version, parameterText = '', ...rest]: readonly string[]): ParseResult<Verifier> {
  if (version !== 'v=19') return unparsed('argon2id must have v=19');
  const parameters = parseParameters(parameterText, ARGON2ID_CAPS);
  if (!parameters.ok) return parameters;
  const { m: memory, t: passes, p: parallelism } = parameters.value;
  if (memory < 8 * parallelism) return unparsed(`m=${memory} must be at least 8 times p=${parallelism}`);
  const saltAndHash = parseSaltAndHash(rest);
  return saltAndHash.ok ? parsed({ kind: 'argon2id', memory, passes, parallelism, ...saltAndHash.value }) : saltAndHash;
}

function parseScrypt([, , parameterText = '', ...rest]: readonly string[]): ParseResult<Verifier> {
  const parameters = parseParameters(parameterText, SCRYPT_CAPS);
  if (!parameters.ok) return parameters;
  const saltAndHash = parseSaltAndHash(rest);
  return saltAndHash.ok ? parsed({ kind: 'scrypt', ...parameters.value, ...saltAndHash.value }) : saltAndHash;
}

/** The PHC string of an argon2id verifier. */
export function formatVerifier({ memory, passes, parallelism, salt, hash }: Argon2idVerifier): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${encodeB64(salt)}$${encodeB64(hash)}`;
}
