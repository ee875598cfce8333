/**
 * Whether a bearer token was signed by an issuer that is trusted, for us, and for now; and whom it names.
 *
 * It must be a JSON Web Token (RFC 7519) under an asymmetric signature. With `none` anybody would be an issuer, and a
 * shared secret is none of ours: whoever took a public key for one (RFC 8725 section 2.1) could sign as well. The
 * verifying is `jose`'s; keys come from the issuer's own set and never from the token.
 */
import { type CryptoKey, decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import type { IssuerItem } from '../../policy/item.ts';
import { userKey } from '../../policy/user.ts';
import { problemOfError } from '../log.ts';
import type { FoundKeys, KeyHeader } from './issuer-keys.ts';

/** Octets; what a line of AUTH holds at most in `modern`. */
const MAX_TOKEN_OCTETS = 12_288;

const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Why a token is refused: what an operator reads at night, and all that is said of a token. */
export type TokenFault =
  | 'no token'
  | 'token is too long'
  | 'token is not a signed JWT'
  | 'algorithm is not allowed'
  | 'issuer is not known'
  | 'key is not known'
  | 'bad signature'
  | 'issuer is wrong'
  | 'audience is wrong'
  | 'expired'
  | 'not valid yet'
  | 'no expiry'
  | 'claims are malformed'
  | 'claim of the user is missing'
  | 'address is not verified'
  | 'user mismatch';

export type TokenVerdict =
  /** `cacheSeconds` is how long the token goes on being valid, at least 0. */
  | { readonly kind: 'good'; readonly issuer: IssuerItem; readonly user: string; readonly cacheSeconds: number }
  /** `issuer` is absent when it is not known whose the token is. */
  | { readonly kind: 'bad'; readonly issuer?: IssuerItem; readonly fault: TokenFault }
  | { readonly kind: 'unknown'; readonly issuer: IssuerItem; readonly problem: string };

/** Where keys are found: `IssuerKeys`. */
export interface KeySource {
  find(issuer: IssuerItem, header: KeyHeader): Promise<FoundKeys>;
}

export interface TokenQuestion {
  readonly token: string;
  /** The name that the client gave; empty when it gave none. */
  readonly username: string;
  readonly issuers: readonly IssuerItem[];
  readonly keys: KeySource;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Told of an issuer whose keys could not be fetched anew while old ones serve. */
  readonly onStale: (issuer: IssuerItem, problem: string) => void;
}

/** Judges a token; throws for nothing that it holds. Of several items with its issuer, one has to fit. */
export async function verifyToken(question: TokenQuestion): Promise<TokenVerdict> {
  const { token, issuers } = question;
  if (token === '') return bad('no token');
  if (Buffer.byteLength(token) > MAX_TOKEN_OCTETS) return bad('token is too long');
  const unverified = decoded(token);
  if (unverified === undefined) return bad('token is not a signed JWT');
  const { header, claims } = unverified;
  const candidates = issuers.filter(({ issuer }) => issuer === claims.iss);
  if (!ALGORITHMS.includes(header.alg)) return bad('algorithm is not allowed', candidates[0]);
  let told: TokenVerdict | undefined;
  for (const candidate of candidates) {
    const verdict = await verifyFor(candidate, header, question);
    if (verdict.kind === 'good') return verdict;
    // Two items of one issuer differ in the audience: the item that means this one has more to say.
    if (told === undefined || (told.kind === 'bad' && told.fault === 'audience is wrong')) told = verdict;
  }
  return told ?? bad('issuer is not known');
}

function decoded(token: string): { readonly header: KeyHeader; readonly claims: JWTPayload } | undefined {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    if (typeof alg !== 'string') return undefined;
    const claims = decodeJwt(token);
    if (kid === undefined) return { header: { alg }, claims };
    return typeof kid === 'string' ? { header: { alg, kid }, claims } : undefined;
  } catch {
    return undefined;
  }
}

async function verifyFor(issuer: IssuerItem, header: KeyHeader, question: TokenQuestion): Promise<TokenVerdict> {
  const { keys, problem } = await question.keys.find(issuer, header);
  if (keys.length === 0) {
    return problem === undefined ? bad('key is not known', issuer) : { kind: 'unknown', issuer, problem };
  }
  if (problem !== undefined) question.onStale(issuer, problem);
  let unusable: string | undefined;
  // Without `kid` several keys may have signed.
  for (const key of keys) {
    try {
      return judgeClaims(await verifiedClaims(issuer, key, question), issuer, question);
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) unusable = problemOfError(error);
      else if (faultOf(error) !== 'bad signature') return bad(faultOf(error), issuer);
    }
  }
  // A key of 1024 bits for instance: the issuer's fault, and no verdict on the token.
  return unusable === undefined ? bad('bad signature', issuer) : { kind: 'unknown', issuer, problem: unusable };
}

async function verifiedClaims(issuer: IssuerItem, key: CryptoKey, question: TokenQuestion): Promise<JWTPayload> {
  const { payload } = await jwtVerify(question.token, key, {
    algorithms: ALGORITHMS,
    issuer: issuer.issuer,
    audience: issuer.audience,
    requiredClaims: ['exp'],
    clockTolerance: issuer.skewSeconds,
    currentDate: new Date(question.nowMs),
  });
  return payload;
}

/** Claims of time; `1e999` in JSON is a number for `jose`, and would never be over. */
const TIMES = ['exp', 'nbf', 'iat'] as const;

function judgeClaims(claims: JWTPayload, issuer: IssuerItem, { username, nowMs }: TokenQuestion): TokenVerdict {
  if (TIMES.some((name) => claims[name] !== undefined && !Number.isFinite(claims[name]))) {
    return bad('claims are malformed', issuer);
  }
  const user = claimedUser(claims, issuer);
  if (user === undefined) return bad('claim of the user is missing', issuer);
  // Who may type any address into a profile would be whoever it belongs to. OpenID Connect Core 1.0 section 5.1 has it as a
  // boolean; where it is absent, the issuer is trusted to give out no other addresses.
  const { email_verified: isVerified = true } = claims;
  if (issuer.userClaim === 'email' && isVerified !== true) return bad('address is not verified', issuer);
  if (username !== '') {
    const named = userKey(username);
    if (!named.ok || named.value !== user) return bad('user mismatch', issuer);
  }
  const validSeconds = Math.floor((claims.exp ?? 0) - nowMs / 1000);
  return { kind: 'good', issuer, user, cacheSeconds: Math.max(0, validSeconds) };
}

/**
 * The user that a token names. A claim is compared as it stands (RFC 7519 section 2, OpenID Connect Core 1.0 section 5.7):
 * SASLprep, which makes one name of what two keyboards type, would make a full-width letter an ASCII one, and so one
 * user's name another's. Only the letters A to Z count as a to z, since users' keys are lower case.
 */
function claimedUser(claims: JWTPayload, { userClaim }: IssuerItem): string | undefined {
  const claimed = Object.hasOwn(claims, userClaim) ? claims[userClaim] : undefined;
  if (typeof claimed !== 'string') return undefined;
  const name = claimed.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const key = userKey(name);
  return key.ok && key.value === name ? name : undefined;
}

function faultOf(error: errors.JOSEError): TokenFault {
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad signature';
  if (error instanceof errors.JWTExpired) return 'expired';
  if (!(error instanceof errors.JWTClaimValidationFailed)) return 'token is not a signed JWT';
  const { claim, reason } = error;
  if (claim === 'exp') return reason === 'missing' ? 'no expiry' : 'claims are malformed';
  if (claim === 'nbf') return reason === 'check_failed' ? 'not valid yet' : 'claims are malformed';
  if (claim === 'aud') return 'audience is wrong';
  return claim === 'iss' ? 'issuer is wrong' : 'claims are malformed';
}

function bad(fault: TokenFault, issuer?: IssuerItem): TokenVerdict {
  return { kind: 'bad', fault, ...(issuer === undefined ? {} : { issuer }) };
}
