/**
 * Items of the table *policy*, as people edit them: partition key `server`, sort key `item`, plain attributes.
 *
 * `settings` · `command#AUTH` · `domain#example.com` · `client#203.0.113.0/24` · `sender#spam.example` ·
 * `issuer#example` · `screen#100-executables`
 */

import { domainToUnicode } from 'node:url';
import { type Domain, parseDomain } from './address.ts';
import { CLIENT_ACCESS, type ClientRule, parseNetwork } from './client-network.ts';
import { attributes, oneOf, problemOfIssues, quoted, trueOrFalse, wholeNumber } from './console-value.ts';
import { issuerSchema, type TokenIssuer } from './issuer.ts';
import type { NextHop } from './next-hop.ts';
import { nextHopSchema } from './next-hop.ts';
import { type ParseResult, parsed, unparsed } from './result.ts';
import { parseScreenItem, SCREEN_PREFIX, type ScreenItem, screenSchema } from './screen/screen-item.ts';
import { parseSenderPattern } from './sender-rule.ts';
import { parseSettings, type Settings, settingsSchema } from './settings.ts';
import { isImplemented, VERBS, type Verb, verbNamed } from './verb.ts';

export const SETTINGS_ITEM = 'settings';
export const COMMAND_PREFIX = 'command#';
export const DOMAIN_PREFIX = 'domain#';
export const CLIENT_PREFIX = 'client#';
export const SENDER_PREFIX = 'sender#';
export const ISSUER_PREFIX = 'issuer#';
/**
 * Where the keys begin of all that a snapshot is made of, `settings` excepted. `domain#` is not among them: it is asked for
 * a key at a time.
 */
export const SNAPSHOT_PREFIXES = [CLIENT_PREFIX, COMMAND_PREFIX, ISSUER_PREFIX, SCREEN_PREFIX, SENDER_PREFIX] as const;

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

/** A sender whose mail is not taken: one address, or all of a domain. */
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

export type PolicyItem = SettingsItem | CommandItem | DomainItem | ClientItem | SenderItem | IssuerItem | ScreenItem;

/**
 * Attributes that `check-policy` and the admin API write into items and users. `deletedBy` and `deletedAt` say who is
 * about to delete the item, `unlockedBy` and `unlockedAt` who let the user's failed logins be forgotten; in settings
 * `continues` says which document is half applied, and `revision` changes with each change of another item of the snapshot.
 */
export const KEPT_ATTRIBUTES = [
  'problem',
  'lastGood',
  'changedBy',
  'changedAt',
  'deletedBy',
  'deletedAt',
  'unlockedBy',
  'unlockedAt',
  'continues',
  'revision',
] as const;

/** Attributes that any item may have beside its own: for people, and what is kept about it. */
export const BOOKKEEPING_ATTRIBUTES = ['note', ...KEPT_ATTRIBUTES] as const;

/** Octets; above this no limit screens anything. */
const LARGEST_COMMAND_OCTETS = 65_536;

export const commandSchema = attributes({
  allowed: trueOrFalse().optional(),
  maxOctets: wholeNumber(6, LARGEST_COMMAND_OCTETS).optional(),
});
export const domainSchema = attributes({ nextHop: nextHopSchema.optional() });
export const clientSchema = attributes({ access: oneOf(CLIENT_ACCESS) });
export const senderSchema = attributes({ access: oneOf(['deny']) });

function parseCommandItem(name: string, own: PolicyAttributes): ParseResult<CommandItem> {
  const verb = verbNamed(name.toUpperCase());
  if (verb === undefined) return unparsed(`${quoted(name)} is not a verb that Postern knows: ${VERBS.join(', ')}`);
  const result = commandSchema.safeParse(own);
  if (!result.success) return unparsed(problemOfIssues(result.error));
  const { allowed, maxOctets } = result.data;
  if (allowed === true && !isImplemented(verb)) {
    return unparsed(`allowed: ${verb} cannot be allowed, Postern does not carry it out`);
  }
  return parsed({ kind: 'command', verb, allowed, maxOctets });
}

/**
 * The keys under which a domain's item is looked for, the canonical one first: `domain#xn--bcher-kva.example` and, as
 * people write it, `domain#bücher.example`. `domain` is a canonical one.
 */
export function domainItemKeys(domain: string): readonly string[] {
  // Empty where the A-labels are none that anybody could have typed.
  const unicode = domainToUnicode(domain);
  const names = unicode === '' || unicode === domain ? [domain] : [domain, unicode];
  return names.map((name) => `${DOMAIN_PREFIX}${name}`);
}

function parseDomainItem(name: string, own: PolicyAttributes, key: string): ParseResult<DomainItem> {
  const domain = parseDomain(name);
  if (!domain.ok) return domain;
  const keys = domainItemKeys(domain.value);
  // It is found by its key alone: one that is written otherwise would list nothing.
  if (!keys.includes(key)) return unparsed(`${quoted(key)} must be written ${keys.join(' or ')}`);
  const result = domainSchema.safeParse(own);
  if (!result.success) return unparsed(problemOfIssues(result.error));
  return parsed({ kind: 'domain', domain: domain.value, nextHop: result.data.nextHop });
}

function parseClientItem(name: string, own: PolicyAttributes, key: string): ParseResult<ClientItem> {
  const network = parseNetwork(name);
  if (!network.ok) return network;
  const result = clientSchema.safeParse(own);
  if (!result.success) return unparsed(problemOfIssues(result.error));
  return parsed({ kind: 'client', network: network.value, access: result.data.access, rule: key });
}

function parseSenderItem(name: string, own: PolicyAttributes, key: string): ParseResult<SenderItem> {
  const pattern = parseSenderPattern(name.includes('@') ? name : `*@${name}`);
  if (!pattern.ok) return unparsed(`${quoted(name)} is neither an address nor a domain`);
  const result = senderSchema.safeParse(own);
  if (!result.success) return unparsed(problemOfIssues(result.error));
  return parsed({ kind: 'sender', pattern: pattern.value, access: 'deny', rule: key });
}

function parseIssuerItem(name: string, own: PolicyAttributes): ParseResult<IssuerItem> {
  // No JSON object can be trusted to keep a member of this name, and a policy document has issuers by their names.
  if (name === '__proto__') return unparsed(`${quoted(name)} is not a name`);
  const result = issuerSchema.safeParse(own);
  return result.success ? parsed({ kind: 'issuer', name, ...result.data }) : unparsed(problemOfIssues(result.error));
}

function parseSettingsItem(_name: string, own: PolicyAttributes): ParseResult<SettingsItem> {
  const settings = parseSettings(own);
  return settings.ok ? parsed({ kind: 'settings', settings: settings.value }) : settings;
}

interface ItemKind {
  /** What its key is, or begins with when it ends in `#`. */
  readonly prefix: string;
  readonly schema: { readonly shape: Readonly<Record<string, unknown>> };
  /** `name` is what stands after the prefix, without the blanks round it. */
  readonly parse: (name: string, own: PolicyAttributes, key: string) => ParseResult<PolicyItem>;
}

const KINDS: readonly ItemKind[] = [
  { prefix: SETTINGS_ITEM, schema: settingsSchema, parse: parseSettingsItem },
  { prefix: COMMAND_PREFIX, schema: commandSchema, parse: parseCommandItem },
  { prefix: DOMAIN_PREFIX, schema: domainSchema, parse: parseDomainItem },
  { prefix: CLIENT_PREFIX, schema: clientSchema, parse: parseClientItem },
  { prefix: SENDER_PREFIX, schema: senderSchema, parse: parseSenderItem },
  { prefix: ISSUER_PREFIX, schema: issuerSchema, parse: parseIssuerItem },
  { prefix: SCREEN_PREFIX, schema: screenSchema, parse: parseScreenItem },
];

function kindOf(key: string): ItemKind | undefined {
  return KINDS.find(({ prefix }) => (prefix.endsWith('#') ? key.startsWith(prefix) : key === prefix));
}

/** Names of the attributes that an item of this key may have, bookkeeping left out; none of a key that is no item's. */
export function attributeNames(key: string): readonly string[] {
  return Object.keys(kindOf(key)?.schema.shape ?? {});
}

/** The key that a person meant whose item lies outside the ranges of keys that are read: `Domain#…`, `settings `. */
function meantKey(key: string): string | undefined {
  const [head = '', ...tail] = key.split('#');
  const prefix = `${head.trim().toLowerCase()}${tail.length === 0 ? '' : '#'}`;
  return KINDS.some((kind) => kind.prefix === prefix) ? `${prefix}${tail.join('#').trim()}` : undefined;
}

/** The attributes that are policy: neither a key nor bookkeeping. */
export function ownAttributes<Value>(item: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  const others: readonly string[] = ['server', 'item', ...BOOKKEEPING_ATTRIBUTES];
  return Object.fromEntries(Object.entries(item).filter(([name]) => !others.includes(name)));
}

/** Reads one item; a problem names the attribute, its value and what is allowed, not the item. */
export function parsePolicyItem(item: PolicyAttributes): ParseResult<PolicyItem> {
  const { item: key } = item;
  if (typeof key !== 'string') return unparsed('item: must be a string');
  const kind = kindOf(key);
  if (kind !== undefined) return kind.parse(key.slice(kind.prefix.length).trim(), ownAttributes(item), key);
  const meant = meantKey(key);
  if (meant !== undefined) return unparsed(`${quoted(key)} must be written ${meant}`);
  return unparsed(
    `${quoted(key)} is not an item: settings, command#VERB, domain#NAME, client#NETWORK, sender#ADDRESS, issuer#NAME and screen#NNN-NAME are`,
  );
}

/** A list or a set spread into attributes would be an item without any. */
function isMap(value: unknown): value is PolicyAttributes {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** The item as its attribute `lastGood` has it, from when it last parsed; `undefined` where there is none that parses. */
export function parseLastGood({ item, lastGood }: PolicyAttributes): PolicyItem | undefined {
  if (!isMap(lastGood)) return undefined;
  const result = parsePolicyItem({ ...lastGood, item });
  return result.ok ? result.value : undefined;
}
