/** Decisions for sessions that never take place, by the functions that decide live ones. */
import { checkRelayDecisionSchema } from '../../policy/decision.ts';
import { RELAY_ITEMS } from '../../policy/relay-item.ts';
import { checkRelay } from '../relay/check-relay.ts';
import type { RelayPolicyStore } from '../relay/relay-policy-store.ts';
import { ItemsInForce } from '../tables/items-in-force.ts';
import type { Decider } from './dry-run.ts';

/** A message that is never sent is not counted. */
export const UNCOUNTED = { kind: 'permit' } as const;

/** `check-relay` over `store`. */
export function relayDecider(store: RelayPolicyStore): Decider['checkRelay'] {
  const inForce = new ItemsInForce(RELAY_ITEMS);
  return async (request) => checkRelayDecisionSchema.parse(await checkRelay(request, store, inForce));
}
