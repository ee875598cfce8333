/** Lambda `check-relay`: whether a recipient is taken, and where its mail goes. */
import { RELAY_ITEMS } from '../../policy/relay-item.ts';
import { checkRelayRequestSchema } from '../../policy/request/check-relay.ts';
import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { checkRelay } from '../relay/check-relay.ts';
import { DynamoRelayPolicyStore } from '../relay/dynamo-relay-policy-store.ts';
import { requireEnv } from '../require-env.ts';
import { makeDynamoClient } from '../tables/client.ts';
import { ItemsInForce } from '../tables/items-in-force.ts';
import { warmedUp } from '../warm-up.ts';
import { ENV_POLICY_TABLE } from './env.ts';

const store = new DynamoRelayPolicyStore(makeDynamoClient(), requireEnv(ENV_POLICY_TABLE));
/** Lives as long as the container: what a broken item falls back on. */
const inForce = new ItemsInForce(RELAY_ITEMS);

/** Opens the connection, by an item that nobody has made. */
export const ready = warmedUp(() => store.read('-', ['-']));

export const handler = withDefaults('check-relay', async (event) =>
  checkRelay(parseEvent(checkRelayRequestSchema, event), store, inForce),
);
