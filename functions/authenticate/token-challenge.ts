/** What an OAuth client is told of a token that was refused, before the reply that refuses it. */
import type { IssuerItem } from '../../policy/item.ts';
import { metadataUri } from './issuer-keys.ts';

const TOKEN_MECHANISMS = ['XOAUTH2', 'OAUTHBEARER'] as const;
export type TokenMechanism = (typeof TOKEN_MECHANISMS)[number];

/** Characters; what a decision may carry. */
const MAX_CHALLENGE = 1000;
/** The scopes of OpenID Connect Core 1.0 section 5.4 that bring a claim into a token. */
const SCOPES: ReadonlyMap<string, string> = new Map([
  ['email', 'openid email'],
  ['preferred_username', 'openid profile'],
]);

/**
 * The JSON of a last challenge: RFC 7628 section 3.2.2 for OAUTHBEARER, Google's form for XOAUTH2, which its clients
 * know.
 *
 * It says the same whatever is wrong with a token, and names the issuer that the client should have one of.
 */
export function tokenChallenge(mechanism: TokenMechanism, { issuer, userClaim }: IssuerItem): string {
  const scope = SCOPES.get(userClaim) ?? 'openid';
  if (mechanism === 'XOAUTH2') return JSON.stringify({ status: '401', schemes: 'bearer', scope });
  const error = { status: 'invalid_token', scope };
  const challenge = JSON.stringify({ ...error, 'openid-configuration': metadataUri(issuer) });
  return challenge.length <= MAX_CHALLENGE ? challenge : JSON.stringify(error);
}

export function isTokenMechanism(mechanism: string): mechanism is TokenMechanism {
  return TOKEN_MECHANISMS.some((known) => known === mechanism);
}
