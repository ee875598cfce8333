/** Lambda `check-policy`: says of each policy item that was changed whether it is right, in the item itself. */

import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { requireEnv } from '../require-env.ts';
import { makeDynamoClient } from '../tables/client.ts';
import { writeMetrics } from '../tables/metrics.ts';
import { checkBatch } from './check-batch.ts';
import { DynamoPolicyEvents } from './dynamo-policy-events.ts';
import { DynamoPolicyItems } from './dynamo-policy-items.ts';
import { ENV_EVENTS_TABLE, ENV_POLICY_TABLE } from './env.ts';
import { streamEventSchema } from './stream-record.ts';

const client = makeDynamoClient();
const stores = {
  items: new DynamoPolicyItems(client, requireEnv(ENV_POLICY_TABLE)),
  events: new DynamoPolicyEvents(client, requireEnv(ENV_EVENTS_TABLE)),
};

export const handler = withDefaults('check-policy', async (event) => {
  const { Records } = parseEvent(streamEventSchema, event);
  const { failed, events } = await checkBatch(Records, stores);
  writeMetrics(events, Date.now());
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
});
