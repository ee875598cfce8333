import { describe, expect, it } from 'vitest';
import { authenticateDecisionSchema } from '../../policy/decision.ts';
import { REPLIES } from '../../policy/reply.ts';
import { tokenChallenge } from './token-challenge.ts';

const ISSUER = {
  kind: 'issuer',
  name: 'x',
  issuer: 'https://login.example/realm',
  audience: 'postern',
  jwksUri: undefined,
  skewSeconds: 60,
  userClaim: 'email',
} as const;

describe('tokenChallenge', () => {
  it('is the error of RFC 7628 section 3.2.2 for OAUTHBEARER, and says where tokens are had', () => {
    expect(JSON.parse(tokenChallenge('OAUTHBEARER', ISSUER))).toEqual({
      status: 'invalid_token',
      scope: 'openid email',
      'openid-configuration': 'https://login.example/realm/.well-known/openid-configuration',
    });
  });

  it('is what clients of XOAUTH2 know', () => {
    expect(JSON.parse(tokenChallenge('XOAUTH2', ISSUER))).toEqual({
      status: '401',
      schemes: 'bearer',
      scope: 'openid email',
    });
  });

  it.each([
    ['email', 'openid email'],
    ['preferred_username', 'openid profile'],
    ['upn', 'openid'],
    ['constructor', 'openid'],
  ])('asks for the scope that brings the claim %s', (userClaim, scope) => {
    expect(JSON.parse(tokenChallenge('OAUTHBEARER', { ...ISSUER, userClaim }))).toMatchObject({ scope });
  });

  it('is never longer than a decision may carry, whatever the issuer is called', () => {
    for (let length = 850; length < 1200; length += 1) {
      const issuer = `https://login.example/${'x'.repeat(length)}`;

      const challenge = tokenChallenge('OAUTHBEARER', { ...ISSUER, issuer });

      const decision = { kind: 'reject', reply: REPLIES.credentialsInvalid, challenge };
      expect(authenticateDecisionSchema.safeParse(decision).success).toBe(true);
      expect(JSON.parse(challenge)).toMatchObject({ status: 'invalid_token' });
    }
  });
});
