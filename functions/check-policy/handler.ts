/** Lambda `check-policy`: tells of each change of policy and users, and says in a policy item whether it is right. */

import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { requireEnv } from '../require-env.ts';
import { makeDynamoClient } from '../tables/client.ts';
import { DynamoEventStore } from '../tables/dynamo-event-store.ts';
import { withHistory } from '../tables/history-item.ts';
import { writeMetrics } from '../tables/metrics.ts';
import { checkBatch } from './check-batch.ts';
import type { CheckPolicyStores } from './check-policy.ts';
import { DynamoPolicyItems } from './dynamo-policy-items.ts';
import { ENV_EVENTS_TABLE, ENV_POLICY_TABLE } from './env.ts';
import { streamEventSchema } from './stream-record.ts';

const client = makeDynamoClient();
const events = new DynamoEventStore(client, requireEnv(ENV_EVENTS_TABLE));
const stores: CheckPolicyStores = {
  items: new DynamoPolicyItems(client, requireEnv(ENV_POLICY_TABLE)),
  events: { write: (made) => events.write(made.flatMap(withHistory)) },
};

export const handler = withDefaults('check-policy', async (event) => {
  const { Records } = parseEvent(streamEventSchema, event);
  const checked = await checkBatch(Records, stores);
  writeMetrics(checked.events, Date.now());
  return { batchItemFailures: checked.failed.map((itemIdentifier) => ({ itemIdentifier })) };
});
