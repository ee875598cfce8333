/** What is in force on a server: the snapshot that its edge proxies make of the same items. */
import { networkText } from '../../../policy/client-network.ts';
import { SETTINGS_ITEM } from '../../../policy/item.ts';
import { nextHopName } from '../../../policy/next-hop.ts';
import type { Settings } from '../../../policy/settings.ts';
import { makeSnapshot, type Snapshot } from '../../../policy/snapshot.ts';
import { Problem } from '../http/problem.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import type { StoredItem } from '../stores/policy-store.ts';

export interface PolicyInForce {
  /** All items but `domain#` ones. */
  readonly items: readonly StoredItem[];
  /** Absent: the name is no server's. */
  readonly settingsItem: StoredItem | undefined;
  readonly snapshot: Snapshot;
}

export async function policyInForce(server: string, { policy }: Pick<AdminStores, 'policy'>): Promise<PolicyInForce> {
  return inForceOf(await policy.readAll(server, 'without-domains'));
}

export function inForceOf(items: readonly StoredItem[]): PolicyInForce {
  const snapshot = makeSnapshot(items.map(({ item, attributes }) => ({ ...attributes, item })));
  return { items, settingsItem: items.find(({ item }) => item === SETTINGS_ITEM), snapshot };
}

/** The same of a server that is to be there. @throws Problem (404) */
export async function publishedPolicy(server: string, stores: Pick<AdminStores, 'policy'>): Promise<PolicyInForce> {
  const inForce = await policyInForce(server, stores);
  if (inForce.settingsItem === undefined) throw noSuchServer(server);
  return inForce;
}

/** What the settings alone of a server say that is to be there. @throws Problem (404) */
export async function publishedSettings(server: string, stores: Pick<AdminStores, 'policy'>): Promise<PolicyInForce> {
  const inForce = await settingsInForce(server, stores);
  if (inForce === undefined) throw noSuchServer(server);
  return inForce;
}

/** What a server's settings alone say, its other items unread; `undefined` when the name is no server's. */
export async function settingsInForce(
  server: string,
  { policy }: Pick<AdminStores, 'policy'>,
): Promise<PolicyInForce | undefined> {
  const item = await policy.read(server, SETTINGS_ITEM);
  return item === undefined ? undefined : inForceOf([item]);
}

/** Why an item is not in force; `undefined` when it is. */
export function problemIn({ snapshot }: PolicyInForce, item: string): string | undefined {
  return snapshot.problems.find((each) => each.item === item)?.problem;
}

export function noSuchServer(server: string): Problem {
  return new Problem('not-found', `There is no server "${server}"; PUT /servers/{server} makes one`);
}

/** Settings as people write them, every attribute of them; null where absent means something of its own. */
export function settingsText(settings: Settings): Readonly<Record<string, unknown>> {
  return {
    ...settings,
    mechanisms: settings.mechanisms ?? null,
    defaultNextHop: nextHopName(settings.defaultNextHop),
    proxyProtocolNetworks: settings.proxyProtocolNetworks.map(networkText),
  };
}
