/**
 * SASL exchanges as values: PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login, as mail clients speak it).
 *
 * A response goes in, the next step comes out; nothing here knows how a challenge travels.
 */
import { type ParseResult, parsed, unparsed } from '../policy/result.ts';

export const SASL_MECHANISMS = ['PLAIN', 'LOGIN'] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

export type SaslExchange =
  | { readonly mechanism: 'PLAIN' }
  | { readonly mechanism: 'LOGIN'; readonly username?: string };

export type SaslStep =
  /** `text` is already base64; RFC 4954 section 4 sends it behind `334 `. */
  | { readonly kind: 'challenge'; readonly text: string; readonly exchange: SaslExchange }
  | {
      readonly kind: 'credentials';
      readonly authorization: string;
      readonly username: string;
      readonly password: string;
    }
  | { readonly kind: 'malformed' };

/** "Username:" and "Password:" in base64: the prompts that every client of LOGIN knows. */
const USERNAME_CHALLENGE = 'VXNlcm5hbWU6';
const PASSWORD_CHALLENGE = 'UGFzc3dvcmQ6';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function mechanismNamed(name: string): SaslMechanism | undefined {
  return SASL_MECHANISMS.find((mechanism) => mechanism === name.toUpperCase());
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
  return { kind: 'challenge', text: mechanism === 'PLAIN' ? '' : USERNAME_CHALLENGE, exchange };
}

/** The step behind the client's response. */
export function continueExchange(exchange: SaslExchange, response: Uint8Array): SaslStep {
  const text = decodeUtf8(response);
  if (text === undefined) return { kind: 'malformed' };
  if (exchange.mechanism === 'PLAIN') return readPlain(text);
  const { username } = exchange;
  if (username === undefined) {
    return { kind: 'challenge', text: PASSWORD_CHALLENGE, exchange: { mechanism: 'LOGIN', username: text } };
  }
  return { kind: 'credentials', authorization: '', username, password: text };
}

/** `[authzid] NUL authcid NUL passwd`; RFC 4616 section 2. */
function readPlain(text: string): SaslStep {
  const [authorization = '', username, password, ...rest] = text.split('\0');
  if (username === undefined || password === undefined || rest.length > 0) return { kind: 'malformed' };
  return { kind: 'credentials', authorization, username, password };
}

function decodeUtf8(octets: Uint8Array): string | undefined {
  try {
    return utf8.decode(octets);
  } catch {
    return undefined;
  }
}
