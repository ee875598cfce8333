/** Which SASL mechanisms a session may use: those of its authenticator, less what policy or the screen forbids. */
import { bindsToChannel } from '../../policy/mechanism.ts';
import type { Policy } from '../../policy/snapshot.ts';
import { isOAuth, SASL_MECHANISMS, type SaslMechanism } from './sasl.ts';

/**
 * Mechanisms of a hop that are offered only where `mechanisms` names them. A security layer that they may agree on
 * (GSSAPI, DIGEST-MD5) would blind the screen to all that follows, NTLM is weak, and ANONYMOUS names no one.
 */
const ONLY_BY_NAME: ReadonlySet<string> = new Set([
  'ANONYMOUS',
  'DIGEST-MD5',
  'GS2-KRB5',
  'GSSAPI',
  'GSS-SPNEGO',
  'KERBEROS_V4',
  'NTLM',
]);

/** Mechanisms in which the client's messages show its name, so that a relayed login has an identity. */
const SHOWS_IDENTITY = /^(?:PLAIN|LOGIN|CRAM-MD5|XOAUTH2|OAUTHBEARER|SCRAM-.+)$/;

export function showsIdentity(mechanism: string): boolean {
  return SHOWS_IDENTITY.test(mechanism);
}

/** What the directory judges here. OAuth needs somebody who issues tokens. */
export function directoryMechanisms({ settings, hasIssuers }: Policy): SaslMechanism[] {
  const { mechanisms } = settings;
  return SASL_MECHANISMS.filter(
    (mechanism) => (mechanisms?.includes(mechanism) ?? true) && (hasIssuers || !isOAuth(mechanism)),
  );
}

/** What clients may use through the screen, of what the hop offers. */
export function relayedMechanisms({ settings }: Policy, offered: readonly string[]): string[] {
  return offered.filter((mechanism) => {
    // EXTERNAL would log in whoever holds our certificate, which is us; there is one channel on each side of us.
    if (mechanism === 'EXTERNAL' || bindsToChannel(mechanism)) return false;
    if (settings.unknownIdentity === 'refuse' && !showsIdentity(mechanism)) return false;
    return settings.mechanisms?.includes(mechanism) ?? !ONLY_BY_NAME.has(mechanism);
  });
}
