/** Lambda `record-deliveries`: keeps what Amazon SES tells, by SNS, of mail that it took. */
import { SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses';
import * as z from 'zod';
import { DynamoCountStore } from '../counts/dynamo-count-store.ts';
import { logLine } from '../log.ts';
import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { DynamoRelayPolicyStore } from '../relay/dynamo-relay-policy-store.ts';
import { requireEnv } from '../require-env.ts';
import { makeDynamoClient } from '../tables/client.ts';
import { DynamoEventStore } from '../tables/dynamo-event-store.ts';
import { writeMetrics } from '../tables/metrics.ts';
import { DynamoReportMarks } from './dynamo-report-marks.ts';
import { ENV_EVENTS_TABLE, ENV_POLICY_TABLE } from './env.ts';
import { recordDeliveries } from './record-deliveries.ts';
import { readSesEvent } from './ses-event.ts';
import { SettingsReader } from './settings-reader.ts';

/** What SNS gives a function: one record, by what is seen; the form allows several. */
const snsSchema = z.object({ Records: z.array(z.object({ Sns: z.object({ Message: z.string() }) })) });

/** Milliseconds for a report; the function has ten seconds for all. */
const SEND_MS = 5000;

const client = makeDynamoClient();
const table = requireEnv(ENV_EVENTS_TABLE);
const settings = new SettingsReader(new DynamoRelayPolicyStore(client, requireEnv(ENV_POLICY_TABLE)), () => Date.now());
// A send is not idempotent: a second attempt may be a second message.
const ses = new SESClient({ maxAttempts: 1 });
const services = {
  stores: { events: new DynamoEventStore(client, table), counts: new DynamoCountStore(client, table) },
  marks: new DynamoReportMarks(client, table),
  settingsOf: (server: string) => settings.read(server),
  sendReport: async ({
    from,
    to,
    message,
  }: {
    readonly from: string;
    readonly to: string;
    readonly message: string;
  }) => {
    const RawMessage = { Data: Buffer.from(message) };
    const command = new SendRawEmailCommand({ Source: from, Destinations: [to], RawMessage });
    await ses.send(command, { abortSignal: AbortSignal.timeout(SEND_MS) });
  },
  nowMs: () => Date.now(),
};

export const handler = withDefaults('record-deliveries', async (event) => {
  const texts = parseEvent(snsSchema, event).Records.map(({ Sns }) => Sns.Message);
  const told = texts.map(readSesEvent).filter((each) => each !== undefined);
  const recorded = await recordDeliveries(told, services);
  writeMetrics(recorded, Date.now());
  logLine({ function: 'record-deliveries', told: texts.length, ours: told.length, recorded: recorded.length });
});
