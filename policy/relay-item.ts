/** The items that decide where mail may go: `settings` and `domain#example.com`. */
import { domainToUnicode } from 'node:url';
import { type Domain, parseDomain } from './address.ts';
import { attributes, problemOfIssues, quoted } from './console-value.ts';
import { type ItemKind, type ItemReader, itemReader, type PolicyAttributes } from './item-kind.ts';
import { type NextHop, nextHopSchema } from './next-hop.ts';
import { type ParseResult, parsed, unparsed } from './result.ts';
import { parseSettings, type Settings, settingsSchema } from './settings.ts';

export const SETTINGS_ITEM = 'settings';
export const DOMAIN_PREFIX = 'domain#';

export interface SettingsItem {
  readonly kind: 'settings';
  readonly settings: Settings;
}

export interface DomainItem {
  readonly kind: 'domain';
  readonly domain: Domain;
  readonly nextHop?: NextHop | undefined;
}

export const domainSchema = attributes({ nextHop: nextHopSchema.optional() });

/**
 * The keys under which a domain's item is looked for, the canonical one first: `domain#xn--bcher-kva.example` and, as
 * people write it, `domain#bücher.example`. `domain` is a canonical one.
 */
export function domainItemKeys(domain: string): readonly string[] {
  // Empty where the last label is a number, by which a reader of URLs takes the name for an IPv4 address: `mail.1`.
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

function parseSettingsItem(_name: string, own: PolicyAttributes): ParseResult<SettingsItem> {
  const settings = parseSettings(own);
  return settings.ok ? parsed({ kind: 'settings', settings: settings.value }) : settings;
}

export const SETTINGS_KIND: ItemKind<SettingsItem> = {
  prefix: SETTINGS_ITEM,
  schema: settingsSchema,
  parse: parseSettingsItem,
};
export const DOMAIN_KIND: ItemKind<DomainItem> = {
  prefix: DOMAIN_PREFIX,
  schema: domainSchema,
  parse: parseDomainItem,
};

/** Reads the items that `check-relay` decides by. */
export const RELAY_ITEMS: ItemReader<SettingsItem | DomainItem> = itemReader<SettingsItem | DomainItem>([
  SETTINGS_KIND,
  DOMAIN_KIND,
]);
