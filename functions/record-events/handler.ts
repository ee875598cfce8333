/** Lambda `record-events`: keeps what the edge proxy reports. */
import { recordEventsRequestSchema } from '../../policy/request.ts';
import { makeDynamoClient } from '../dynamo-client.ts';
import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { requireEnv } from '../require-env.ts';
import { DynamoEventStore } from './dynamo-event-store.ts';
import { ENV_EVENTS_TABLE } from './env.ts';
import { recordEvents } from './record-events.ts';

const store = new DynamoEventStore(makeDynamoClient(), requireEnv(ENV_EVENTS_TABLE));

export const handler = withDefaults('record-events', async (event) =>
  recordEvents(parseEvent(recordEventsRequestSchema, event), store),
);
