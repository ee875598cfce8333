/**
 * The relay check: finds the items that bear on recipients and asks the relay rule of `policy/`.
 *
 * What cannot be read or known is deferred; a broken item has its last good value in force, as in the edge proxy.
 */
import type { CheckRelayAnswer, CheckRelayAnswers } from '../../policy/decision.ts';
import type { PolicyAttributes } from '../../policy/item-kind.ts';
import { type DomainItem, domainItemKeys, SETTINGS_ITEM, type SettingsItem } from '../../policy/relay-item.ts';
import { decideRelay, relayDomain } from '../../policy/relay-rule.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { CheckRelayRequest } from '../../policy/request.ts';
import { logProblem, problemOfError } from '../log.ts';
import type { ItemInForce, ItemsInForce } from '../tables/items-in-force.ts';
import type { RelayPolicyStore } from './relay-policy-store.ts';

export type RelayItem = SettingsItem | DomainItem;

const DEFERRED: CheckRelayAnswer = { kind: 'defer', reply: REPLIES.decisionDeferred };

/**
 * Decides about a recipient, and the others of its group.
 *
 * Defers, and logs why, when the store does not answer, when there are no settings to go by, and when the domain's item
 * never parsed: refusing for good what a bad edit hides would close the server for that domain.
 */
export async function checkRelay(
  request: CheckRelayRequest,
  store: RelayPolicyStore,
  inForce: ItemsInForce<RelayItem>,
): Promise<CheckRelayAnswers> {
  const { recipient, others } = request;
  if (others === undefined) return (await decideEach(request, [recipient], store, inForce))[0] ?? DEFERRED;
  return { decisions: await decideEach(request, [recipient, ...others], store, inForce) };
}

async function decideEach(
  request: CheckRelayRequest,
  recipients: readonly string[],
  store: RelayPolicyStore,
  inForce: ItemsInForce<RelayItem>,
): Promise<CheckRelayAnswer[]> {
  const { server, session } = request;
  const keys = new Set([SETTINGS_ITEM, ...recipients.flatMap(domainKeysOf)]);
  let items: ReadonlyMap<string, PolicyAttributes>;
  try {
    items = await store.read(server, [...keys]);
  } catch (error) {
    logProblem({ server, session, problem: `Cannot read policy: ${problemOfError(error)}` });
    return recipients.map(() => DEFERRED);
  }
  const reported = (item: string, { value, problem }: ItemInForce<RelayItem>): RelayItem | undefined => {
    // Once a question, however many recipients go by it.
    if (problem !== undefined && keys.delete(item)) logProblem({ server, session, item, problem });
    return value;
  };
  const settings = reported(SETTINGS_ITEM, settingsInForce(server, items.get(SETTINGS_ITEM), inForce));
  if (settings?.kind !== 'settings') return recipients.map(() => DEFERRED);
  const listedDomain = (recipient: string): DomainItem | undefined | 'unknown' => {
    let isListed = false;
    for (const key of domainKeysOf(recipient)) {
      const attributes = items.get(key);
      if (attributes === undefined) {
        inForce.forget(server, key);
        continue;
      }
      isListed = true;
      const listed = reported(key, inForce.update(server, key, attributes));
      if (listed?.kind === 'domain') return listed;
    }
    return isListed ? 'unknown' : undefined;
  };
  return recipients.map((recipient) => {
    const listed = listedDomain(recipient);
    return listed === 'unknown' ? DEFERRED : decideRelay({ ...request, recipient }, settings.settings, listed);
  });
}

/** Settings that were deleted stay in force like broken ones: without them there is no server. */
function settingsInForce(
  server: string,
  attributes: PolicyAttributes | undefined,
  inForce: ItemsInForce<RelayItem>,
): ItemInForce<RelayItem> {
  if (attributes !== undefined) return inForce.update(server, SETTINGS_ITEM, attributes);
  return { value: inForce.recall(server, SETTINGS_ITEM), problem: 'is missing' };
}

/** Keys of the items that can list a recipient's domain, the canonical one first; none can list an address literal. */
function domainKeysOf(recipient: string): readonly string[] {
  const domain = relayDomain(recipient);
  return domain === undefined || domain.startsWith('[') ? [] : domainItemKeys(domain);
}
