/** Settings that do not go together, and items that no one reads under them. */
import { isIP } from 'node:net';
import type { Settings } from '../../policy/settings.ts';
import type { Policy } from '../../policy/snapshot.ts';
import { reachOf } from './client-reach.ts';
import { checkCommands } from './command-rules.ts';
import type { Finding, Level, Say } from './finding.ts';
import type { CheckedServer } from './policy-items.ts';

export function settingsFindings({ server, document, snapshot }: CheckedServer): Finding[] {
  const { policy } = snapshot;
  if (policy === undefined) return [];
  const findings: Finding[] = [];
  const say: Say = (level, item, problem) => findings.push({ level, server, item, problem });
  checkState(policy, say);
  checkLogin(policy, Object.keys(document.issuers ?? {}), say);
  checkRelaying(policy, Object.keys(document.domains ?? {}), say);
  checkCommands(policy, Object.keys(document.commands ?? {}), say);
  return findings;
}

function checkState({ settings, clients }: Policy, say: Say): void {
  if (!settings.enabled) say('note', 'settings', 'enabled is false: every client hears 421');
  if (settings.reportOnly)
    say('warning', 'settings', 'reportOnly is true: refusals by policy are recorded and let pass');
  for (const { network, access, rule } of clients) {
    const reach = reachOf(network, access);
    if (reach !== undefined) say('error', rule, reach);
  }
}

/** Mechanisms that the directory has; `protocol/sasl` reads them. */
const DIRECTORY_MECHANISMS: readonly string[] = ['PLAIN', 'LOGIN', 'XOAUTH2', 'OAUTHBEARER'];

function checkMechanisms({ authenticator, mechanisms = [] }: Settings, level: Level, say: Say): void {
  const isKnown = (name: string): boolean =>
    DIRECTORY_MECHANISMS.includes(name) || (authenticator === 'next-hop' && /^(?:CRAM-MD5|SCRAM-.+)$/.test(name));
  const unknown = mechanisms.filter((name) => !isKnown(name));
  if (unknown.length === 0) return;
  const verb = unknown.length === 1 ? 'is' : 'are';
  if (authenticator === 'next-hop') {
    say('note', 'settings', `mechanisms: ${unknown.join(', ')} ${verb} offered only where the next hop has it`);
    return;
  }
  const has = `the directory has ${DIRECTORY_MECHANISMS.join(', ')}`;
  say('warning', 'settings', `mechanisms: ${unknown.join(', ')} ${verb} never offered; ${has}`);
  if (unknown.length === mechanisms.length)
    say(level, 'settings', 'mechanisms: none of them is offered: no one can log in');
}

function checkLogin(policy: Policy, issuers: readonly string[], say: Say): void {
  const { authentication, authenticator, authenticationRequiresTls } = policy.settings;
  const unread = whyIssuersAreUnread(policy.settings);
  if (unread !== undefined) {
    for (const name of issuers) say('warning', `issuer#${name}`, `has no effect: ${unread}`);
  }
  if (authentication === 'none') return;
  const level = authentication === 'required' ? 'error' : 'warning';
  const { AUTH, STARTTLS } = policy.commands;
  if (!AUTH.allowed) say(level, 'command#AUTH', `is off: no one can log in, and authentication is ${authentication}`);
  if (authenticationRequiresTls && !STARTTLS.allowed) {
    say('warning', 'command#STARTTLS', 'is off, so that AUTH, which needs TLS, is left to listeners with TLS');
  }
  if (!authenticationRequiresTls)
    say('warning', 'settings', 'authenticationRequiresTls is false: passwords in the clear');
  checkMechanisms(policy.settings, level, say);
  if (authenticator === 'next-hop') checkAuthenticator(policy.settings, level, say);
}

const TOKEN_MECHANISMS: readonly string[] = ['XOAUTH2', 'OAUTHBEARER'];

function whyIssuersAreUnread({ authentication, authenticator, mechanisms }: Settings): string | undefined {
  if (authentication === 'none') return 'authentication is none';
  if (authenticator === 'next-hop') return 'authenticator is next-hop';
  const takesTokens = mechanisms === undefined || mechanisms.some((name) => TOKEN_MECHANISMS.includes(name));
  return takesTokens ? undefined : `mechanisms has neither of ${TOKEN_MECHANISMS.join(', ')}`;
}

function checkAuthenticator({ defaultNextHop }: Settings, level: Level, say: Say): void {
  if (defaultNextHop.kind === 'ses') say(level, 'settings', 'authenticator is next-hop, and ses knows no users');
  else if (defaultNextHop.tls === 'never') {
    say(level, 'settings', 'authenticator is next-hop, which needs TLS, and defaultNextHop has tls=never');
  }
}

function checkRelaying({ settings, clients }: Policy, names: readonly string[], say: Say): void {
  for (const name of names.filter((each) => isIP(each) !== 0)) {
    say('warning', `domain#${name}`, 'is an IP address: no mail is addressed to it so');
  }
  const domains = names.length;
  const trusted = clients.filter(({ access }) => access === 'relay');
  const isOpenTo = settings.authentication === 'none' ? trusted : [];
  if (settings.relay === 'listed-domains') {
    for (const { rule } of trusted) {
      say('note', rule, 'relay has no effect on where this client may send: relay of the settings is listed-domains');
    }
    if (domains === 0) say('error', 'settings', 'relay is listed-domains and there is no domain: nothing is taken');
    return;
  }
  for (const { rule } of isOpenTo) {
    say('warning', rule, 'may send to any domain by its address alone: relay is any-domain and authentication is none');
  }
  if (settings.authentication === 'none' && trusted.length === 0) {
    const rest = domains === 0 ? ', and there is no domain: nothing is taken' : '';
    const level = domains === 0 ? 'error' : 'warning';
    say(level, 'settings', `relay any-domain is for no one: no login and no client with relay access${rest}`);
  }
}
