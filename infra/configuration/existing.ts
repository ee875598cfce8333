/** Parts that are there already: a table that was restored, a cluster, a topic of yours. */
import * as z from 'zod';
import { strictObject } from './strict-object.ts';

function arnOf(service: string, resource: string, what: string) {
  const form = new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]+:\\d{12}:${resource}$`);
  return z.string().regex(form, { error: ({ input }) => `"${input}" is not the ARN of ${what}` });
}

const tableArn = arnOf('dynamodb', 'table/[A-Za-z0-9_.-]{3,255}', 'a table');
const streamArn = arnOf('dynamodb', 'table/[A-Za-z0-9_.-]{3,255}/stream/[0-9T:.-]+', 'the stream of a table');
const tableSchema = strictObject({ arn: tableArn });
const streamedSchema = strictObject({ arn: tableArn, streamArn });

export const existingSchema = strictObject({
  /** Tables in place of those that the deployment makes; each has the keys, index and expiry of docs/policy.md. */
  tables: strictObject({
    /** The streams of these two have new and old images: `check-policy` reads them. */
    policy: streamedSchema.optional(),
    users: streamedSchema.optional(),
    events: tableSchema.optional(),
    counters: tableSchema.optional(),
  }).prefault({}),
  /** Cluster that the services of all servers stand in. */
  cluster: arnOf('ecs', 'cluster/[A-Za-z0-9_-]{1,255}', 'a cluster').optional(),
  /** Topic that alarms are sent to, beside the mailboxes. */
  alarmTopic: arnOf('sns', '[A-Za-z0-9_-]{1,256}', 'a topic').optional(),
}).prefault({});

export type Existing = z.output<typeof existingSchema>;
