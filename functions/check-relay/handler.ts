/** Lambda `check-relay`: whether a recipient is taken, and where its mail goes. */
import { checkRelayRequestSchema } from '../../policy/request.ts';
import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { checkRelay } from '../relay/check-relay.ts';
import { DynamoRelayPolicyStore } from '../relay/dynamo-relay-policy-store.ts';
import { requireEnv } from '../require-env.ts';
import { makeDynamoClient } from '../tables/client.ts';
import { ItemsInForce } from '../tables/items-in-force.ts';
import { ENV_POLICY_TABLE } from './env.ts';

const store = new DynamoRelayPolicyStore(makeDynamoClient(), requireEnv(ENV_POLICY_TABLE));
/** Lives as long as the container: what a broken item falls back on. */
const inForce = new ItemsInForce();

export const handler = withDefaults('check-relay', async (event) =>
  checkRelay(parseEvent(checkRelayRequestSchema, event), store, inForce),
);
