/** What is in force on a server: the snapshot that its edge proxies make of the same items. */
import { type Network, parseNetwork } from '../../../policy/client-network.ts';
import { SETTINGS_ITEM } from '../../../policy/item.ts';
import { nextHopName } from '../../../policy/next-hop.ts';
import { type Settings, settingsSchema } from '../../../policy/settings.ts';
import { makeSnapshot, type Snapshot } from '../../../policy/snapshot.ts';
import { problem } from '../http/problem.ts';
import type { RouteAnswer } from '../http/route.ts';
import { networkText } from '../items/network-text.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import type { StoredItem } from '../stores/policy-store.ts';

export interface PolicyInForce {
  /** All items but `domain#` ones. */
  readonly items: readonly StoredItem[];
  /** Absent: the name is no server's. */
  readonly settingsItem: StoredItem | undefined;
  readonly snapshot: Snapshot;
}

export async function policyInForce(server: string, { policy }: AdminStores): Promise<PolicyInForce> {
  return inForceOf(await policy.readAll(server, 'without-domains'));
}

export function inForceOf(items: readonly StoredItem[]): PolicyInForce {
  const snapshot = makeSnapshot(items.map(({ item, attributes }) => ({ ...attributes, item })));
  return { items, settingsItem: items.find(({ item }) => item === SETTINGS_ITEM), snapshot };
}

/** What a server's settings alone say, its other items unread; `undefined` when the name is no server's. */
export async function settingsInForce(server: string, { policy }: AdminStores): Promise<PolicyInForce | undefined> {
  const item = await policy.read(server, SETTINGS_ITEM);
  return item === undefined ? undefined : inForceOf([item]);
}

/** Why an item is not in force; `undefined` when it is. */
export function problemIn({ snapshot }: PolicyInForce, item: string): string | undefined {
  return snapshot.problems.find((each) => each.item === item)?.problem;
}

export function noSuchServer(server: string): RouteAnswer {
  return problem('not-found', `There is no server "${server}"; PUT /servers/{server} makes one`);
}

/** Days that events of a server are kept: its setting, or the default where none is in force. */
export function eventDays(inForce: PolicyInForce | undefined): number {
  return inForce?.snapshot.policy?.settings.eventDays ?? DEFAULT_EVENT_DAYS;
}

const DEFAULT_EVENT_DAYS = settingsSchema.shape.eventDays.parse(undefined);

/** Settings as people write them, every attribute of them; null where absent means something of its own. */
export function settingsText(settings: Settings): Readonly<Record<string, unknown>> {
  return {
    ...settings,
    mechanisms: settings.mechanisms ?? null,
    defaultNextHop: nextHopName(settings.defaultNextHop),
    proxyProtocolNetworks: settings.proxyProtocolNetworks.map(networkText),
  };
}

/** The one form of a network that somebody wrote; `undefined` when it is none. */
export function canonicalNetwork(text: string): string | undefined {
  const network = parseNetwork(text);
  return network.ok ? networkText(network.value satisfies Network) : undefined;
}
