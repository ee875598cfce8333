/** An issuer of OAuth tokens (`issuer#NAME`), whose signed tokens log a user in (RFC 7628, RFC 7519). */
import type * as z from 'zod';
import { attributes, quoted, someText, textParsedBy, wholeNumber } from './console-value.ts';
import { type ParseResult, parsed, unparsed } from './result.ts';

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Keys that travel in the clear could be anybody's; on the machine itself there is nobody between. */
function isTrustworthy(text: string): boolean {
  if (!URL.canParse(text)) return false;
  return new URL(text).protocol === 'https:' || isOnLoopback(text);
}

/** Without a password in it, which nobody would look for there, and `fetch` does not take. */
function isBare(text: string): boolean {
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

/** Whether a URL leads to the machine itself, in the clear. */
export function isOnLoopback(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && LOOPBACK.test(hostname);
}

/**
 * Whether keys may be fetched where an issuer's metadata says. Nobody on another machine may send us to our own, which
 * holds what is meant for us alone.
 */
export function maySendFor(issuer: string, jwksUri: string): boolean {
  return isTrustworthy(jwksUri) && isBare(jwksUri) && (!isOnLoopback(jwksUri) || isOnLoopback(issuer));
}

function parseIssuerUrl(text: string): ParseResult<string> {
  if (!isTrustworthy(text)) return unparsed(`${quoted(text)} is not a URL that begins with https://`);
  return isBare(text) ? parsed(text) : unparsed('is a URL with a user or a password in it');
}

const urlSchema = textParsedBy(parseIssuerUrl);

export const issuerSchema = attributes({
  /** The claim `iss`, letter by letter. */
  issuer: urlSchema,
  /** What the claim `aud` must hold. */
  audience: someText(),
  /** Where its keys are; found by `ISSUER/.well-known/openid-configuration` when absent. */
  jwksUri: urlSchema.optional(),
  /** Seconds by which clocks may differ. */
  skewSeconds: wholeNumber(0, 600).default(60),
  /** The claim that names the user, as the users table does. */
  userClaim: someText().default('email'),
});

export type TokenIssuer = z.output<typeof issuerSchema>;
