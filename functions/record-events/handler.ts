/** Lambda `record-events`: keeps what the edge proxy reports. */
import { recordEventsRequestSchema } from '../../policy/request.ts';
import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { requireEnv } from '../require-env.ts';
import { makeDynamoClient } from '../tables/client.ts';
import { DynamoEventStore } from '../tables/dynamo-event-store.ts';
import { writeMetrics } from '../tables/metrics.ts';
import { ENV_EVENTS_TABLE } from './env.ts';
import { recordEvents } from './record-events.ts';

const store = new DynamoEventStore(makeDynamoClient(), requireEnv(ENV_EVENTS_TABLE));

export const handler = withDefaults('record-events', async (event) => {
  const request = parseEvent(recordEventsRequestSchema, event);
  await recordEvents(request, store);
  // After the write: a batch that fails is sent again, and is to be counted once.
  writeMetrics(request.events, Date.now());
});
