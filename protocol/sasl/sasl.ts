/**
 * SASL exchanges as values: PLAIN (RFC 4616), LOGIN (draft-murchison-sasl-login, as mail clients speak it), OAUTHBEARER
 * (RFC 7628) and its older form XOAUTH2.
 *
 * A response goes in, the next step comes out; nothing here knows how a challenge travels.
 */
import { type ParseResult, parsed, unparsed } from '../../policy/result.ts';

/** What the directory can judge, in the order in which EHLO offers it. */
export const SASL_MECHANISMS = ['PLAIN', 'LOGIN', 'XOAUTH2', 'OAUTHBEARER'] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

export type SaslExchange =
  | { readonly mechanism: Exclude<SaslMechanism, 'LOGIN'> }
  | { readonly mechanism: 'LOGIN'; readonly username?: string };

/** What a login is judged by: a password, or a bearer token of OAuth. */
export type Secret = { readonly password: string } | { readonly token: string };

export type SaslCredentials = {
  readonly kind: 'credentials';
  readonly authorization: string;
  readonly username: string;
} & Secret;

export type SaslStep =
  /** `text` is already base64; RFC 4954 section 4 sends it after `334 `. */
  | { readonly kind: 'challenge'; readonly text: string; readonly exchange: SaslExchange }
  | SaslCredentials
  /** Credentials that are not UTF-8, and so cannot be prepared: a failed login (RFC 4616 section 2). */
  | { readonly kind: 'unprepared'; readonly username: string }
  | { readonly kind: 'malformed' };

/** "Username:" and "Password:" in base64: the prompts that every client of LOGIN knows. */
const USERNAME_CHALLENGE = 'VXNlcm5hbWU6';
const PASSWORD_CHALLENGE = 'UGFzc3dvcmQ6';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MALFORMED = { kind: 'malformed' } as const;
/** Parts the keys of OAuth's messages; RFC 7628 section 3.1. */
const SEPARATOR = '\x01';
/** RFC 7628 section 3.1: `key "=" value`, the value of printable characters, blanks, TAB, CR and LF. */
const KEY_AND_VALUE = /^([A-Za-z]+)=([\x20-\x7E\t\r\n]*)$/;
/** RFC 6750 section 2.1. No token at all asks for the error, which names where tokens are had (RFC 7628 section 4.3). */
const BEARER = /^(?:Bearer +([A-Za-z0-9._~+/-]+=*))?$/i;
/** `n,a=NAME,` or `y,,`; the name may hold any character but comma and NUL. */
const GS2_HEADER = /^[ny],(?:a=([^,\0]+))?,([\s\S]*)$/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function mechanismNamed(name: string): SaslMechanism | undefined {
  return SASL_MECHANISMS.find((mechanism) => mechanism === name.toUpperCase());
}

export function isOAuth(mechanism: string): boolean {
  return mechanism === 'XOAUTH2' || mechanism === 'OAUTHBEARER';
}

/** Decodes base64 that is canonical: padded, nothing else between, spare bits zero (RFC 4648 section 3.5). */
export function decodeBase64(text: string): ParseResult<Uint8Array> {
  if (!BASE64.test(text)) return unparsed('not base64');
  const octets = Buffer.from(text, 'base64');
  return octets.toString('base64') === text ? parsed(octets) : unparsed('not canonical base64');
}

/** The first step; `initial` is the decoded initial response, `undefined` when AUTH brought none. */
export function startExchange(mechanism: SaslMechanism, initial: Uint8Array | undefined): SaslStep {
  const exchange: SaslExchange = { mechanism };
  if (initial !== undefined) return continueExchange(exchange, initial);
  return { kind: 'challenge', text: mechanism === 'LOGIN' ? USERNAME_CHALLENGE : '', exchange };
}

/** The step after the client's response. */
export function continueExchange(exchange: SaslExchange, response: Uint8Array): SaslStep {
  const text = decodeUtf8(response);
  if (text === undefined) return unprepared(exchange, response);
  if (exchange.mechanism !== 'LOGIN') return READERS[exchange.mechanism](text);
  const { username } = exchange;
  if (username === undefined) {
    return { kind: 'challenge', text: PASSWORD_CHALLENGE, exchange: { mechanism: 'LOGIN', username: text } };
  }
  return { kind: 'credentials', authorization: '', username, password: text };
}

/**
 * Clients of before UTF-8 send Latin-1. Who it was is said as far as it can be read, for the record alone.
 */
function unprepared(exchange: SaslExchange, response: Uint8Array): SaslStep {
  const text = Buffer.from(response).toString('utf8');
  if (exchange.mechanism === 'LOGIN') return { kind: 'unprepared', username: exchange.username ?? text };
  const step = READERS[exchange.mechanism](text);
  return step.kind === 'credentials' ? { kind: 'unprepared', username: step.username } : MALFORMED;
}

const READERS = {
  PLAIN: readPlain,
  XOAUTH2: readXOAuth2,
  OAUTHBEARER: readOAuthBearer,
} as const satisfies Record<Exclude<SaslMechanism, 'LOGIN'>, (text: string) => SaslStep>;

/** `[authzid] NUL authcid NUL passwd`; RFC 4616 section 2. */
function readPlain(text: string): SaslStep {
  const [authorization = '', username, password, ...rest] = text.split('\0');
  if (username === undefined || password === undefined || rest.length > 0) return MALFORMED;
  return { kind: 'credentials', authorization, username, password };
}

/** `user=NAME ^A auth=Bearer TOKEN ^A ^A`, as Google and Microsoft describe it. */
function readXOAuth2(text: string): SaslStep {
  const [user = '', ...rest] = text.split(SEPARATOR);
  return user.startsWith('user=') ? readToken(user.slice('user='.length), rest) : MALFORMED;
}

/** `gs2-header ^A *(key=value ^A) ^A`; RFC 7628 section 3.1. Keys other than `auth` (host, port, any) are ignored. */
function readOAuthBearer(text: string): SaslStep {
  const [header = '', ...rest] = text.split(SEPARATOR);
  const gs2 = parseGs2Header(header);
  return gs2 === undefined || gs2.rest !== '' ? MALFORMED : readToken(gs2.authorization, rest);
}

/** @param pairs what stood between separators; the last two are empty, since a pair ends with one and the list with another */
function readToken(username: string, pairs: readonly string[]): SaslStep {
  if (pairs.at(-1) !== '' || pairs.at(-2) !== '') return MALFORMED;
  let token: string | undefined;
  for (const pair of pairs.slice(0, -2)) {
    const [, key, value = ''] = KEY_AND_VALUE.exec(pair) ?? [];
    if (key === undefined) return MALFORMED;
    if (key.toLowerCase() !== 'auth') continue;
    const bearer = BEARER.exec(value);
    if (bearer === null || token !== undefined) return MALFORMED;
    token = bearer[1] ?? '';
  }
  return token === undefined ? MALFORMED : { kind: 'credentials', authorization: '', username, token };
}

export interface Gs2Header {
  /** The authorization identity, unescaped; empty when there is none. */
  readonly authorization: string;
  /** What stands after the header. */
  readonly rest: string;
}

/**
 * Reads `n,a=NAME,` (RFC 5801 section 4) at the start of `text`; `undefined` when there is none. One that binds to a
 * channel (`p=`) is none: there are two channels, one on each side of us.
 */
export function parseGs2Header(text: string): Gs2Header | undefined {
  const match = GS2_HEADER.exec(text);
  if (match === null) return undefined;
  const [, name = '', rest = ''] = match;
  const authorization = unescapeSaslName(name);
  return authorization === undefined ? undefined : { authorization, rest };
}

/** `=2C` and `=3D` stand for comma and equals sign, and nothing else is escaped (RFC 5801 section 4); else `undefined`. */
export function unescapeSaslName(name: string): string | undefined {
  if (/=(?!2C|3D)/.test(name)) return undefined;
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=');
}

export function decodeUtf8(octets: Uint8Array): string | undefined {
  try {
    return utf8.decode(octets);
  } catch {
    return undefined;
  }
}
