/** The policy that a server starts with, written as it will stand in the table, without `server`. */
import * as z from 'zod';
import type { Domain } from '../../../policy/address.ts';
import { type PolicyAttributes, type PolicyItem, parsePolicyItem, SETTINGS_ITEM } from '../../../policy/item.ts';
import type { NextHop } from '../../../policy/next-hop.ts';
import type { Settings } from '../../../policy/settings.ts';

export interface FirstItems {
  /** As they were written; what the seed puts into the table. */
  readonly items: readonly PolicyAttributes[];
  readonly settings: Settings;
  /** Domains that are listed, for the DNS records that they need. */
  readonly domains: readonly Domain[];
  /** Every next hop that an item names, with the item's key. */
  readonly routes: readonly Route[];
}

export interface Route {
  readonly item: string;
  readonly hop: NextHop;
}

export const firstItemsSchema = z.array(z.record(z.string(), z.unknown())).transform((items, context): FirstItems => {
  const parsed = items.map((item, index) => {
    const result = parsePolicyItem(item);
    if (result.ok) return { key: String(item.item), value: result.value };
    const message = typeof item.item === 'string' ? `item ${item.item}: ${result.problem}` : result.problem;
    context.addIssue({ code: 'custom', path: [index], message });
    return undefined;
  });
  const known = parsed.filter((item) => item !== undefined);
  const settings = known.flatMap(({ value }) => (value.kind === 'settings' ? [value.settings] : []));
  const twice = known.find(({ key }, index) => known.findIndex((other) => other.key === key) !== index);
  if (twice !== undefined) context.addIssue({ code: 'custom', message: `item ${twice.key} is listed twice` });
  const [only] = settings;
  if (only === undefined) {
    if (!items.some(({ item }) => item === SETTINGS_ITEM)) {
      context.addIssue({ code: 'custom', message: `has no item "${SETTINGS_ITEM}": a server does not start without` });
    }
    return z.NEVER;
  }
  return { items, settings: only, domains: domainsOf(known), routes: known.flatMap(routesOf) };
});

interface KnownItem {
  readonly key: string;
  readonly value: PolicyItem;
}

function domainsOf(items: readonly KnownItem[]): readonly Domain[] {
  return items.flatMap(({ value }) => (value.kind === 'domain' ? [value.domain] : []));
}

function routesOf({ key, value }: KnownItem): readonly Route[] {
  if (value.kind === 'settings') return [{ item: key, hop: value.settings.defaultNextHop }];
  return value.kind === 'domain' && value.nextHop !== undefined ? [{ item: key, hop: value.nextHop }] : [];
}
