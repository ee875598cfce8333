/**
 * Items of the table *policy*, as people edit them: partition key `server`, sort key `item`, plain attributes.
 *
 * `settings` · `command#AUTH` · `domain#example.com` · `client#203.0.113.0/24` · `sender#spam.example` ·
 * `issuer#example` · `screen#100-executables`
 */

import { CLIENT_ACCESS, type ClientRule, parseNetwork } from './client-network.ts';
import { attributes, oneOf, problemOfIssues, quoted, trueOrFalse, wholeNumber } from './console-value.ts';
import { ISSUER_KIND, ISSUER_PREFIX, type IssuerItem } from './issuer-item.ts';
import { type ItemKind, type ItemReader, itemReader, kindOf, type PolicyAttributes } from './item-kind.ts';
import { DOMAIN_KIND, type DomainItem, SETTINGS_KIND, type SettingsItem } from './relay-item.ts';
import { type ParseResult, parsed, unparsed } from './result.ts';
import { parseScreenItem, SCREEN_PREFIX, type ScreenItem, screenSchema } from './screen/screen-item.ts';
import { parseSenderPattern } from './sender-rule.ts';
import { isImplemented, VERBS, type Verb, verbNamed } from './verb.ts';

export { ISSUER_PREFIX, type IssuerItem } from './issuer-item.ts';
export { BOOKKEEPING_ATTRIBUTES, KEPT_ATTRIBUTES, ownAttributes, type PolicyAttributes } from './item-kind.ts';
export {
  DOMAIN_PREFIX,
  type DomainItem,
  domainItemKeys,
  domainSchema,
  SETTINGS_ITEM,
  type SettingsItem,
} from './relay-item.ts';

export const COMMAND_PREFIX = 'command#';
export const CLIENT_PREFIX = 'client#';
export const SENDER_PREFIX = 'sender#';
/**
 * Where the keys begin of all that a snapshot is made of, `settings` excepted. `domain#` is not among them: it is asked for
 * a key at a time.
 */
export const SNAPSHOT_PREFIXES = [CLIENT_PREFIX, COMMAND_PREFIX, ISSUER_PREFIX, SCREEN_PREFIX, SENDER_PREFIX] as const;

/** Overrides one row of the command profile; what it leaves out is the profile's. */
export interface CommandItem {
  readonly kind: 'command';
  readonly verb: Verb;
  readonly allowed?: boolean | undefined;
  readonly maxOctets?: number | undefined;
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

export type PolicyItem = SettingsItem | CommandItem | DomainItem | ClientItem | SenderItem | IssuerItem | ScreenItem;

/** Octets; above this no limit screens anything. */
const LARGEST_COMMAND_OCTETS = 65_536;

export const commandSchema = attributes({
  allowed: trueOrFalse().optional(),
  maxOctets: wholeNumber(6, LARGEST_COMMAND_OCTETS).optional(),
});
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

const KINDS: readonly ItemKind<PolicyItem>[] = [
  SETTINGS_KIND,
  { prefix: COMMAND_PREFIX, schema: commandSchema, parse: parseCommandItem },
  DOMAIN_KIND,
  { prefix: CLIENT_PREFIX, schema: clientSchema, parse: parseClientItem },
  { prefix: SENDER_PREFIX, schema: senderSchema, parse: parseSenderItem },
  ISSUER_KIND,
  { prefix: SCREEN_PREFIX, schema: screenSchema, parse: parseScreenItem },
];

/** Names of the attributes that an item of this key may have, bookkeeping left out; none of a key that is no item's. */
export function attributeNames(key: string): readonly string[] {
  return Object.keys(kindOf(KINDS, key)?.schema.shape ?? {});
}

/** Reads items of all kinds. */
export const POLICY_ITEMS: ItemReader<PolicyItem> = itemReader(KINDS);
export const { parse: parsePolicyItem, parseLastGood } = POLICY_ITEMS;
