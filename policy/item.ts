/**
 * Items of the table *policy*, as people edit them: partition key `server`, sort key `item`, plain attributes.
 *
 * `settings` · `command#AUTH` · `domain#example.com` · `client#203.0.113.0/24` · `sender#spam.example` ·
 * `issuer#example`
 */
import * as z from 'zod';
import { type Domain, parseDomain } from './address.ts';
import { CLIENT_ACCESS, type ClientRule, parseNetwork } from './client-network.ts';
import { issuerSchema, type TokenIssuer } from './issuer.ts';
import type { NextHop } from './next-hop.ts';
import { type ParseResult, parsed, unparsed } from './result.ts';
import { parseSenderPattern } from './sender-rule.ts';
import { nextHopSchema, parseSettings, problemOf, type Settings } from './settings.ts';
import { UNIMPLEMENTED_VERBS, VERBS, type Verb, verbNamed } from './verb.ts';

export const SETTINGS_ITEM = 'settings';
export const COMMAND_PREFIX = 'command#';
export const DOMAIN_PREFIX = 'domain#';
export const CLIENT_PREFIX = 'client#';
export const SENDER_PREFIX = 'sender#';
export const ISSUER_PREFIX = 'issuer#';

/** Attributes of one item, keys included. */
export type PolicyAttributes = Readonly<Record<string, unknown>>;

/** Overrides one row of the command profile; what it leaves out is the profile's. */
export interface CommandItem {
  readonly kind: 'command';
  readonly verb: Verb;
  readonly allowed?: boolean | undefined;
  readonly maxOctets?: number | undefined;
}

export interface DomainItem {
  readonly kind: 'domain';
  readonly domain: Domain;
  readonly nextHop?: NextHop | undefined;
}

export interface ClientItem extends ClientRule {
  readonly kind: 'client';
}

/** Whose mail is not taken: one address, or all of a domain. */
export interface SenderItem {
  readonly kind: 'sender';
  /** Canonical, `user@domain` or `*@domain`. */
  readonly pattern: string;
  readonly access: 'deny';
  /** The item's key. */
  readonly rule: string;
}

export interface IssuerItem extends TokenIssuer {
  readonly kind: 'issuer';
  readonly name: string;
}

export interface SettingsItem {
  readonly kind: 'settings';
  readonly settings: Settings;
}

export type PolicyItem = SettingsItem | CommandItem | DomainItem | ClientItem | SenderItem | IssuerItem;

/** Attributes that any item may have beside its own: for people, and what `check-policy` and the admin API write. */
export const BOOKKEEPING_ATTRIBUTES = ['note', 'problem', 'lastGood', 'changedBy', 'changedAt'] as const;

/** Octets; above this no limit screens anything. */
const LARGEST_COMMAND_OCTETS = 65_536;

const commandSchema = z.strictObject({
  allowed: z.boolean().optional(),
  maxOctets: z.int().min(6).max(LARGEST_COMMAND_OCTETS).optional(),
});
const domainSchema = z.strictObject({ nextHop: nextHopSchema.optional() });
const clientSchema = z.strictObject({ access: z.enum(CLIENT_ACCESS) });
const senderSchema = z.strictObject({ access: z.literal('deny') });

function parseCommandItem(name: string, attributes: PolicyAttributes): ParseResult<CommandItem> {
  const verb = verbNamed(name);
  if (verb === undefined) return unparsed(`"${name}" is not a verb that Postern knows: ${VERBS.join(', ')}`);
  const result = commandSchema.safeParse(attributes);
  if (!result.success) return unparsed(problemOf(result.error));
  const { allowed, maxOctets } = result.data;
  if (allowed === true && UNIMPLEMENTED_VERBS.includes(verb)) {
    return unparsed(`allowed: ${verb} cannot be allowed, Postern does not carry it out`);
  }
  return parsed({ kind: 'command', verb, allowed, maxOctets });
}

function parseDomainItem(name: string, attributes: PolicyAttributes): ParseResult<DomainItem> {
  const domain = parseDomain(name);
  if (!domain.ok) return domain;
  if (domain.value !== name) return unparsed(`"${name}" must be written ${domain.value}: lower case, A-labels`);
  const result = domainSchema.safeParse(attributes);
  if (!result.success) return unparsed(problemOf(result.error));
  return parsed({ kind: 'domain', domain: domain.value, nextHop: result.data.nextHop });
}

function parseClientItem(name: string, attributes: PolicyAttributes): ParseResult<ClientItem> {
  const network = parseNetwork(name);
  if (!network.ok) return network;
  const result = clientSchema.safeParse(attributes);
  if (!result.success) return unparsed(problemOf(result.error));
  return parsed({
    kind: 'client',
    network: network.value,
    access: result.data.access,
    rule: `${CLIENT_PREFIX}${name}`,
  });
}

function parseSenderItem(name: string, attributes: PolicyAttributes): ParseResult<SenderItem> {
  const pattern = parseSenderPattern(name.includes('@') ? name : `*@${name}`);
  if (!pattern.ok) return unparsed(`"${name}" is neither an address nor a domain`);
  const result = senderSchema.safeParse(attributes);
  if (!result.success) return unparsed(problemOf(result.error));
  return parsed({ kind: 'sender', pattern: pattern.value, access: 'deny', rule: `${SENDER_PREFIX}${name}` });
}

function parseIssuerItem(name: string, attributes: PolicyAttributes): ParseResult<IssuerItem> {
  const result = issuerSchema.safeParse(attributes);
  return result.success ? parsed({ kind: 'issuer', name, ...result.data }) : unparsed(problemOf(result.error));
}

function withoutBookkeeping(attributes: PolicyAttributes): PolicyAttributes {
  const names: readonly string[] = BOOKKEEPING_ATTRIBUTES;
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name)));
}

/** Reads one item; a problem names the attribute and what is allowed, not the item. */
export function parsePolicyItem(item: PolicyAttributes): ParseResult<PolicyItem> {
  const { server: _server, item: key, ...rest } = item;
  const attributes = withoutBookkeeping(rest);
  if (typeof key !== 'string') return unparsed('item: must be a string');
  const name = key.slice(key.indexOf('#') + 1);
  if (key === SETTINGS_ITEM) {
    const settings = parseSettings(attributes);
    return settings.ok ? parsed({ kind: 'settings', settings: settings.value }) : settings;
  }
  if (key.startsWith(COMMAND_PREFIX)) return parseCommandItem(name, attributes);
  if (key.startsWith(DOMAIN_PREFIX)) return parseDomainItem(name, attributes);
  if (key.startsWith(CLIENT_PREFIX)) return parseClientItem(name, attributes);
  if (key.startsWith(SENDER_PREFIX)) return parseSenderItem(name, attributes);
  if (key.startsWith(ISSUER_PREFIX)) return parseIssuerItem(name, attributes);
  return unparsed(
    `"${key}" is not an item: settings, command#VERB, domain#NAME, client#NETWORK, sender#ADDRESS and issuer#NAME are`,
  );
}
