/**
 * The public keys of token issuers, kept between logins.
 *
 * Keys serve for ten minutes without a question to the issuer. Older ones are fetched anew; where that fails they go on
 * serving for a day, so that an issuer that is down keeps no one out whose key is known. A token that names a key which
 * is not there asks for the keys once more, since the issuer may have taken a new one into use; with a pause between, so
 * that no one can make us ask at each login.
 */
import { type CryptoKey, createLocalJWKSet, errors, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import * as z from 'zod';
import { isOnLoopback, maySendFor, type TokenIssuer } from '../../policy/issuer.ts';
import { type FetchOptions, fetchJson, problemOfFetch } from './fetch-json.ts';

/** Milliseconds that keys serve unquestioned: for as long a key that was withdrawn may still serve. */
const MAX_AGE_MS = 600_000;
/** Milliseconds that they serve while they cannot be fetched anew. */
const MAX_STALE_MS = 86_400_000;
/** Milliseconds between two questions that keys which are not there bring about. */
const COOLDOWN_MS = 30_000;
/** Milliseconds between two questions when the last one failed. */
const RETRY_MS = 5000;
/** Milliseconds for one fetch of keys, the look-up of where they are included: with all else below the 5 s that the proxy waits. */
const FETCH_BOUND_MS = 2000;
/** Issuers; above this number the one that was asked for first is forgotten. */
const MAX_ISSUERS = 100;

export interface FoundKeys {
  /** Those that may have signed the token; more than one when it does not say which. */
  readonly keys: readonly CryptoKey[];
  /** Why what is kept could not be fetched anew: where there are no keys, whether there are cannot be told. */
  readonly problem?: string | undefined;
}

export interface KeyHeader {
  readonly alg: string;
  readonly kid?: string;
}

interface Kept {
  set: LocalJWKSet | undefined;
  fetchedAtMs: number;
  askedAtMs: number;
  /** What went wrong with the last question; `undefined` when it was answered. */
  problem: string | undefined;
  underWay: Promise<void> | undefined;
}

export interface IssuerKeysOptions {
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** @default FETCH_BOUND_MS */
  readonly fetchBoundMs?: number;
  /** Whether issuers on the machine itself are asked (`http://127.0.0.1`), as in the embedded run; never on AWS. @default false */
  readonly mayUseLoopback?: boolean;
  /** @default the system's */
  readonly resolve?: FetchOptions['resolve'];
}

export class IssuerKeys {
  readonly #nowMs: () => number;
  readonly #options: IssuerKeysOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(options: IssuerKeysOptions) {
    this.#nowMs = options.nowMs;
    this.#options = options;
  }

  /** Finds the keys of an issuer that may have signed a token with this header. Never rejects for what an issuer does. */
  async find(issuer: TokenIssuer, header: KeyHeader): Promise<FoundKeys> {
    const kept = this.#of(issuer);
    if (this.#ageMs(kept) >= MAX_AGE_MS) await this.#renew(issuer, kept, 0);
    const keys = await this.#matching(kept, header);
    const isOld = this.#ageMs(kept) >= MAX_AGE_MS;
    if (keys.length > 0) return { keys, problem: isOld ? kept.problem : undefined };
    await this.#renew(issuer, kept, COOLDOWN_MS);
    return { keys: await this.#matching(kept, header), problem: kept.problem };
  }

  #of({ issuer, jwksUri }: TokenIssuer): Kept {
    const name = JSON.stringify([issuer, jwksUri ?? null]);
    const known = this.#kept.get(name);
    if (known !== undefined) return known;
    const never = Number.NEGATIVE_INFINITY;
    const kept = { set: undefined, fetchedAtMs: never, askedAtMs: never, problem: undefined, underWay: undefined };
    this.#kept.set(name, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_ISSUERS && oldest !== undefined) this.#kept.delete(oldest);
    return kept;
  }

  #ageMs({ fetchedAtMs }: Kept): number {
    return this.#nowMs() - fetchedAtMs;
  }

  async #matching(kept: Kept, header: KeyHeader): Promise<readonly CryptoKey[]> {
    if (kept.set === undefined || this.#ageMs(kept) >= MAX_STALE_MS) return [];
    try {
      return [await kept.set({ ...header })];
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return [];
      if (error instanceof errors.JWKSMultipleMatchingKeys) return gathered(error);
      // A key that is there and cannot be used is the issuer's fault, as if it were not.
      return [];
    }
  }

  /** Asks for the keys, unless they were asked for within the pause. Questions under way are joined. */
  #renew(issuer: TokenIssuer, kept: Kept, pauseMs: number): Promise<void> {
    if (kept.underWay !== undefined) return kept.underWay;
    const waitMs = kept.problem === undefined ? pauseMs : RETRY_MS;
    if (this.#nowMs() - kept.askedAtMs < waitMs) return Promise.resolve();
    kept.askedAtMs = this.#nowMs();
    kept.underWay = this.#fetch(issuer, kept).finally(() => {
      kept.underWay = undefined;
    });
    return kept.underWay;
  }

  /** For all that one question needs, within its bound. */
  #fetcher(): Fetcher {
    const { fetchBoundMs = FETCH_BOUND_MS, mayUseLoopback = false, resolve } = this.#options;
    const signal = AbortSignal.timeout(fetchBoundMs);
    return (url) => {
      const reach = mayUseLoopback && isOnLoopback(url) ? 'loopback' : 'public';
      return fetchJson(url, { signal, reach, ...(resolve && { resolve }) });
    };
  }

  async #fetch(issuer: TokenIssuer, kept: Kept): Promise<void> {
    try {
      kept.set = await fetchKeys(issuer, this.#fetcher());
      kept.fetchedAtMs = this.#nowMs();
      kept.problem = undefined;
    } catch (error) {
      kept.problem = problemOfFetch(error);
    }
  }
}

/** Reads the document at a URL. */
type Fetcher = (url: string) => Promise<unknown>;

async function gathered(keys: AsyncIterable<CryptoKey>): Promise<readonly CryptoKey[]> {
  const all: CryptoKey[] = [];
  for await (const key of keys) all.push(key);
  return all;
}

async function fetchKeys(issuer: TokenIssuer, fetch: Fetcher): Promise<LocalJWKSet> {
  const uri = issuer.jwksUri ?? (await findKeys(issuer.issuer, fetch));
  const document = await fetch(uri);
  try {
    return createLocalJWKSet(document as JSONWebKeySet);
  } catch {
    throw new Error(`${uri} is not a JSON Web Key Set`);
  }
}

const metadataSchema = z.object({ issuer: z.string(), jwks_uri: z.string() });

/** Where an issuer's metadata is, after OpenID Connect Discovery 1.0 section 4: a slash at the end is left out. */
export function metadataUri(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

async function findKeys(issuer: string, fetch: Fetcher): Promise<string> {
  const uri = metadataUri(issuer);
  const metadata = metadataSchema.safeParse(await fetch(uri));
  if (!metadata.success) throw new Error(`${uri} names no issuer and jwks_uri`);
  // OpenID Connect Discovery 1.0 section 4.3: else one issuer could speak for another.
  if (metadata.data.issuer !== issuer) throw new Error(`${uri} is another issuer's`);
  if (!maySendFor(issuer, metadata.data.jwks_uri)) throw new Error(`${uri} names a jwks_uri that cannot be trusted`);
  return metadata.data.jwks_uri;
}
