/** Lambda `record-events`: keeps what the edge proxy reports. */
import { recordEventsRequestSchema } from '../../policy/event.ts';
import { DynamoCountStore } from '../counts/dynamo-count-store.ts';
import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { FirehoseArchive } from '../recording/event-archive.ts';
import { recordEvents } from '../recording/record-events.ts';
import { requireEnv } from '../require-env.ts';
import { makeDynamoClient } from '../tables/client.ts';
import { DynamoEventStore } from '../tables/dynamo-event-store.ts';
import { writeMetrics } from '../tables/metrics.ts';
import { ENV_ARCHIVE_STREAM, ENV_EVENTS_TABLE } from './env.ts';

const client = makeDynamoClient();
const table = requireEnv(ENV_EVENTS_TABLE);
const stores = {
  events: new DynamoEventStore(client, table),
  counts: new DynamoCountStore(client, table),
  archive: archiveOf(process.env[ENV_ARCHIVE_STREAM]),
};

export const handler = withDefaults('record-events', async (event) => {
  const request = parseEvent(recordEventsRequestSchema, event);
  await recordEvents(request, stores);
  // After the write: a batch that fails is sent again, and is to be counted once.
  writeMetrics(request.events, Date.now());
});

function archiveOf(stream: string | undefined): FirehoseArchive | undefined {
  if (stream === undefined) return undefined;
  const firehose = import('@aws-sdk/client-firehose').then(
    ({ FirehoseClient }) => new FirehoseClient({ maxAttempts: 2 }),
  );
  return new FirehoseArchive(firehose, stream);
}
