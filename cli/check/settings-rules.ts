/** Settings that do not go together, and items that nobody reads under them. */
import { COMMAND_TABLES } from '../../policy/command-profile.ts';
import type { Settings } from '../../policy/settings.ts';
import type { Policy } from '../../policy/snapshot.ts';
import type { Verb } from '../../policy/verb.ts';
import type { Finding, Level } from './finding.ts';
import type { CheckedServer } from './policy-items.ts';

/** Bits of a prefix; a wider network is no site of somebody's own. */
const WIDEST_SITE = { 4: 8, 6: 16 } as const;
/** Without these no mail comes in. */
const NEEDED: readonly Verb[] = ['EHLO', 'MAIL', 'RCPT', 'DATA'];

type Say = (level: Level, item: string, problem: string) => void;

export function settingsFindings({ server, document, snapshot }: CheckedServer): Finding[] {
  const { policy } = snapshot;
  if (policy === undefined) return [];
  const findings: Finding[] = [];
  const say: Say = (level, item, problem) => findings.push({ level, server, item, problem });
  checkState(policy, say);
  checkLogin(policy, Object.keys(document.issuers), say);
  checkRelaying(policy, Object.keys(document.domains).length, say);
  checkCommands(policy, Object.keys(document.commands), say);
  return findings;
}

function checkState({ settings, clients }: Policy, say: Say): void {
  if (!settings.enabled) say('note', 'settings', 'enabled is false: every client hears 421');
  if (settings.reportOnly)
    say('warning', 'settings', 'reportOnly is true: refusals by policy are recorded and let pass');
  for (const { network, access, rule } of clients) {
    const isEverybody = network.prefix === 0;
    if (access === 'deny' && isEverybody) say('error', rule, 'denies everybody');
    if (access === 'relay' && network.prefix < WIDEST_SITE[network.family]) {
      say('error', rule, 'lets so many networks relay without a login that the server is an open relay');
    }
  }
}

function checkLogin(policy: Policy, issuers: readonly string[], say: Say): void {
  const { authentication, authenticator, authenticationRequiresTls } = policy.settings;
  const unread = whyIssuersAreUnread(policy.settings);
  if (unread !== undefined) {
    for (const name of issuers) say('warning', `issuer#${name}`, `nobody reads it: ${unread}`);
  }
  if (authentication === 'none') return;
  const level = authentication === 'required' ? 'error' : 'warning';
  const { AUTH, STARTTLS } = policy.commands;
  if (!AUTH.allowed) say(level, 'command#AUTH', `is off: nobody can log in, and authentication is ${authentication}`);
  if (authenticationRequiresTls && !STARTTLS.allowed) {
    say('warning', 'command#STARTTLS', 'is off, so that AUTH, which needs TLS, is left to listeners with TLS');
  }
  if (!authenticationRequiresTls)
    say('warning', 'settings', 'authenticationRequiresTls is false: passwords in the clear');
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

function checkRelaying({ settings, clients }: Policy, domains: number, say: Say): void {
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
    say(level, 'settings', `relay any-domain is for nobody: no login and no client with relay access${rest}`);
  }
}

function checkCommands({ settings, commands }: Policy, names: readonly string[], say: Say): void {
  for (const verb of NEEDED) {
    const isGreeting = verb === 'EHLO' && commands.HELO.allowed;
    if (commands[verb].allowed) continue;
    if (isGreeting) say('warning', 'command#EHLO', 'is off: no TLS, no login, no limit of size is offered');
    else say('error', `command#${verb}`, 'is off: no mail can come in');
  }
  const table = COMMAND_TABLES[settings.commandProfile];
  for (const name of names) {
    const verb = NAMES.get(name.trim().toUpperCase());
    if (verb === undefined) continue;
    const isSame = commands[verb].allowed === table[verb].allowed && commands[verb].maxOctets === table[verb].maxOctets;
    if (isSame) say('note', `command#${name}`, `says what profile ${settings.commandProfile} says`);
  }
}

const NAMES: ReadonlyMap<string, Verb> = new Map(
  Object.keys(COMMAND_TABLES.modern).map((name) => [name, name as Verb] as const),
);
