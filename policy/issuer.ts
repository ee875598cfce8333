/** An issuer of OAuth tokens (`issuer#NAME`), whose signed tokens log a user in (RFC 7628, RFC 7519). */
import { isIP } from 'node:net';
import type * as z from 'zod';
import { attributes, quoted, someText, textParsedBy, wholeNumber } from './console-value.ts';
import { isReachable } from './reachable-address.ts';
import { type ParseResult, parsed, unparsed } from './result.ts';

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Keys that travel in the clear could be anybody's; on the machine itself there is no one between. */
function isTrustworthy(text: string): boolean {
  if (!URL.canParse(text)) return false;
  return new URL(text).protocol === 'https:' || isOnLoopback(text);
}

/** Without a password in it, which no one would look for there, and `fetch` does not take. */
function isBare(text: string): boolean {
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

/** Whether a URL leads to the machine itself, in the clear. */
export function isOnLoopback(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && LOOPBACK.test(hostname);
}

/** Whether a URL names no host of the machine's own or of a private network; what a name is at, the look-up judges. */
function isPublic(url: string): boolean {
  if (isOnLoopback(url)) return true;
  // No host of a URL has brackets but an IPv6 address, which stands in them.
  const host = new URL(url).hostname.replace(/[[\]]/g, '');
  return isIP(host) === 0 ? host !== 'localhost' : isReachable(host, 'public');
}

/**
 * Whether keys may be fetched where an issuer's metadata says. No one on another machine may send us to our own, which
 * holds what is meant for us alone.
 */
export function maySendFor(issuer: string, jwksUri: string): boolean {
  const isAllowed = isTrustworthy(jwksUri) && isBare(jwksUri) && isPublic(jwksUri);
  return isAllowed && (!isOnLoopback(jwksUri) || isOnLoopback(issuer));
}

function parseIssuerUrl(text: string): ParseResult<string> {
  if (!isTrustworthy(text)) return unparsed(`${quoted(text)} is not a URL that begins with https://`);
  if (!isBare(text)) return unparsed('is a URL with a user or a password in it');
  if (!isPublic(text))
    return unparsed(`${quoted(text)} leads into the machine or its network, where nothing is fetched`);
  return parsed(text);
}

const urlSchema = textParsedBy(parseIssuerUrl);

const LOOPBACK_OF_ANOTHER = 'leads to the machine itself, which only an issuer on the machine itself may do';

const issuerAttributes = attributes({
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

export const issuerSchema = issuerAttributes.superRefine(({ issuer, jwksUri }, context) => {
  if (jwksUri === undefined || maySendFor(issuer, jwksUri)) return;
  context.addIssue({ code: 'custom', path: ['jwksUri'], message: `${quoted(jwksUri)} ${LOOPBACK_OF_ANOTHER}` });
});

export type TokenIssuer = z.output<typeof issuerSchema>;
