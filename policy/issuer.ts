/** An issuer of OAuth tokens (`issuer#NAME`), whose signed tokens log a user in (RFC 7628, RFC 7519). */
import * as z from 'zod';

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Keys that travel in the clear could be anybody's; on the machine itself there is nobody between. */
function isTrustworthy(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

const urlSchema = z.string().refine(isTrustworthy, 'must be a URL that begins with https://');

export const issuerSchema = z.strictObject({
  /** The claim `iss`, letter by letter. */
  issuer: urlSchema,
  /** What the claim `aud` must hold. */
  audience: z.string().min(1),
  /** Where its keys are; found by `ISSUER/.well-known/openid-configuration` when absent. */
  jwksUri: urlSchema.optional(),
  /** Seconds by which clocks may differ. */
  skewSeconds: z.int().min(0).max(600).default(60),
  /** The claim that names the user, as the users table does. */
  userClaim: z.string().min(1).default('email'),
});

export type TokenIssuer = z.output<typeof issuerSchema>;
