/** The kinds of items of which a server may have many, each a collection of the API. */
import type * as z from 'zod';
import { parseDomain } from '../../../policy/address.ts';
import { networkText, parseNetwork } from '../../../policy/client-network.ts';
import { issuerSchema } from '../../../policy/issuer.ts';
import {
  CLIENT_PREFIX,
  clientSchema,
  DOMAIN_PREFIX,
  domainItemKeys,
  domainSchema,
  ISSUER_PREFIX,
  type PolicyItem,
  parseLastGood,
  parsePolicyItem,
  SENDER_PREFIX,
  senderSchema,
} from '../../../policy/item.ts';
import { nextHopName } from '../../../policy/next-hop.ts';
import { type ParseResult, parsed } from '../../../policy/result.ts';
import { SCREEN_PREFIX, screenSchema } from '../../../policy/screen/screen-item.ts';
import { parseSenderPattern } from '../../../policy/sender-rule.ts';
import type { Settings } from '../../../policy/settings.ts';
import type { CollectionName } from '../contract/answers/collection-answer.ts';
import { withNote } from '../contract/answers/item-answer.ts';
import type { StoredItem } from '../stores/policy-store.ts';

export interface ItemCollection {
  readonly name: CollectionName;
  /** What one of them is called, in sentences. */
  readonly singular: string;
  /** The path's parameter, and the attribute of an answer that names the item. */
  readonly parameter: string;
  /** Whether a name may hold slashes. */
  readonly isGreedy: boolean;
  /** Whether its items are in force under the keys that `keys` gives alone, and not under any other spelling. */
  readonly isFoundByKey: boolean;
  readonly prefix: string;
  /** What people may give one, for those who read it. */
  readonly schema: z.ZodType;
  /** Keys under which an item of this name may stand, the one to write first. */
  readonly keys: (name: string) => ParseResult<readonly [string, ...string[]]>;
  /** What is in force beside what is given; `settings` are those in force. */
  readonly effective: (value: PolicyItem, settings: Settings | undefined) => Readonly<Record<string, unknown>>;
}

const DOMAINS: ItemCollection = {
  name: 'domains',
  singular: 'domain',
  parameter: 'domain',
  isGreedy: false,
  isFoundByKey: true,
  prefix: DOMAIN_PREFIX,
  schema: withNote(domainSchema),
  keys: (name) => {
    const domain = parseDomain(name);
    if (!domain.ok) return domain;
    const [canonical = '', ...others] = domainItemKeys(domain.value);
    return parsed([canonical, ...others]);
  },
  effective: (value, settings) => {
    if (value.kind !== 'domain') return {};
    if (value.nextHop !== undefined) return { nextHop: nextHopName(value.nextHop), from: 'item' };
    return settings === undefined ? {} : { nextHop: nextHopName(settings.defaultNextHop), from: 'settings' };
  },
};

const CLIENTS: ItemCollection = {
  name: 'clients',
  singular: 'client network',
  parameter: 'cidr',
  isGreedy: true,
  isFoundByKey: false,
  prefix: CLIENT_PREFIX,
  schema: withNote(clientSchema),
  keys: (name) => {
    const network = parseNetwork(name);
    return network.ok ? parsed([`${CLIENT_PREFIX}${networkText(network.value)}`]) : network;
  },
  effective: (value) => (value.kind === 'client' ? { access: value.access } : {}),
};

const SENDERS: ItemCollection = {
  name: 'senders',
  singular: 'sender',
  parameter: 'sender',
  isGreedy: true,
  isFoundByKey: false,
  prefix: SENDER_PREFIX,
  schema: withNote(senderSchema),
  keys: (name) => {
    const pattern = parseSenderPattern(name.includes('@') ? name : `*@${name}`);
    return pattern.ok ? parsed([`${SENDER_PREFIX}${pattern.value.replace(/^\*@/, '')}`]) : pattern;
  },
  effective: (value) => (value.kind === 'sender' ? { access: value.access } : {}),
};

const ISSUERS: ItemCollection = {
  name: 'issuers',
  singular: 'issuer',
  parameter: 'issuer',
  isGreedy: false,
  isFoundByKey: true,
  prefix: ISSUER_PREFIX,
  schema: withNote(issuerSchema),
  keys: (name) => parsed([`${ISSUER_PREFIX}${name}`]),
  effective: (value) => {
    if (value.kind !== 'issuer') return {};
    const { kind: _kind, name: _name, ...issuer } = value;
    return { inForce: issuer };
  },
};

/** Screening rules; their names begin with a number, so that their order is that of the list. */
const SCREENS: ItemCollection = {
  name: 'screens',
  singular: 'screening rule',
  parameter: 'screen',
  isGreedy: false,
  isFoundByKey: true,
  prefix: SCREEN_PREFIX,
  schema: withNote(screenSchema),
  keys: (name) => parsed([`${SCREEN_PREFIX}${name}`]),
  effective: (value) => (value.kind === 'screen' ? { action: value.action, reportOnly: value.reportOnly } : {}),
};

export const ITEM_COLLECTIONS: Readonly<Record<CollectionName, ItemCollection>> = {
  domains: DOMAINS,
  clients: CLIENTS,
  senders: SENDERS,
  issuers: ISSUERS,
  screens: SCREENS,
};

/** An item's value in force, its last good one where it does not parse as it stands, and what is wrong with it. */
export function itemInForce({ item, attributes }: StoredItem): {
  readonly value: PolicyItem | undefined;
  readonly problem?: string;
} {
  const result = parsePolicyItem({ ...attributes, item });
  if (!result.ok) return { value: parseLastGood({ ...attributes, item }), problem: result.problem };
  // Such as: another item means the same, and is in force.
  return typeof attributes.problem === 'string'
    ? { value: result.value, problem: attributes.problem }
    : { value: result.value };
}
