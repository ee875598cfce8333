import { describe, expect, it } from 'vitest';
import type { PolicyAttributes } from '../../policy/item.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { directoryMechanisms, relayedMechanisms } from './mechanisms.ts';

const ISSUER = { item: 'issuer#x', issuer: 'https://issuer.example', audience: 'smtp' };

describe('directoryMechanisms', () => {
  it.each<[string, PolicyAttributes, PolicyAttributes[], string[]]>([
    ['passwords where nobody issues tokens', {}, [], ['PLAIN', 'LOGIN']],
    ['tokens where somebody does', {}, [ISSUER], ['PLAIN', 'LOGIN', 'XOAUTH2', 'OAUTHBEARER']],
    ['what `mechanisms` names', { mechanisms: ['OAUTHBEARER', 'PLAIN'] }, [ISSUER], ['PLAIN', 'OAUTHBEARER']],
    ['no tokens that nobody issues, named or not', { mechanisms: ['XOAUTH2', 'LOGIN'] }, [], ['LOGIN']],
    ['nothing that it cannot judge', { mechanisms: ['CRAM-MD5'] }, [ISSUER], []],
  ])('are %s', (_claim, settings, items, mechanisms) => {
    expect(directoryMechanisms(testPolicy(settings, items))).toEqual(mechanisms);
  });
});

describe('relayedMechanisms', () => {
  const USUAL = ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'CRAM-MD5', 'PLAIN', 'LOGIN', 'XOAUTH2', 'OAUTHBEARER'];
  const BLINDING = ['GSSAPI', 'GSS-SPNEGO', 'GS2-KRB5', 'KERBEROS_V4', 'DIGEST-MD5', 'NTLM', 'ANONYMOUS'];

  it('are those of the hop, in its order', () => {
    expect(relayedMechanisms(testPolicy(), USUAL)).toEqual(USUAL);
  });

  it.each(BLINDING)('have %s only where it is named', (mechanism) => {
    expect(relayedMechanisms(testPolicy(), [mechanism, 'PLAIN'])).toEqual(['PLAIN']);
    expect(relayedMechanisms(testPolicy({ mechanisms: [mechanism] }), [mechanism, 'PLAIN'])).toEqual([mechanism]);
  });

  // Bound to the TLS of one leg; or the login would be our own.
  it.each(['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-1-PLUS', 'GS2-KRB5-PLUS', 'EXTERNAL'])('never have %s', (mechanism) => {
    const named = mechanism === 'EXTERNAL' ? { mechanisms: ['EXTERNAL'] } : {};

    expect(relayedMechanisms(testPolicy(named), [mechanism])).toEqual([]);
  });

  it('have none that policy names and the hop lacks', () => {
    expect(relayedMechanisms(testPolicy({ mechanisms: ['PLAIN', 'CRAM-MD5'] }), ['LOGIN', 'PLAIN'])).toEqual(['PLAIN']);
  });

  it('have one that is unknown here only where unknown identities are taken', () => {
    const others = ['SRP', 'X-PLAIN', 'PLAIN-X', 'SCRAM-'];
    const offered = ['GSSAPI', ...others, ...USUAL];

    expect(relayedMechanisms(testPolicy({ unknownIdentity: 'permit' }), offered)).toEqual([...others, ...USUAL]);
    expect(relayedMechanisms(testPolicy({ unknownIdentity: 'refuse' }), offered)).toEqual(USUAL);
  });
});
