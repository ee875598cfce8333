/** The stores of the admin API in DynamoDB. */
import { setTimeout } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { DynamoCountReader } from '../../counts/dynamo-count-reader.ts';
import { DynamoEventReader } from '../../history/dynamo-event-reader.ts';
import { DynamoEventStore } from '../../tables/dynamo-event-store.ts';
import { makeEventItem } from '../../tables/event-item.ts';
import type { AdminStores } from './admin-stores.ts';
import { AwsHeldMail } from './aws-held-mail.ts';
import { DynamoLiveStore } from './dynamo-live-store.ts';
import { DynamoLoginFailures } from './dynamo-login-failures.ts';
import { DynamoPolicyStore } from './dynamo-policy-store.ts';
import { DynamoSendingUse } from './dynamo-sending-use.ts';
import { DynamoUserStore } from './dynamo-user-store.ts';

/** Names of the tables. */
export interface AdminTables {
  readonly policy: string;
  readonly users: string;
  readonly events: string;
  readonly counters: string;
  readonly held: string;
}

/** @param objects bucket of the content of held mail, with its client */
export function makeDynamoStores(
  client: DynamoDBClient,
  tables: AdminTables,
  objects: { readonly s3: S3Client; readonly bucket: string },
): AdminStores {
  const written = new DynamoEventStore(client, tables.events);
  return {
    policy: new DynamoPolicyStore(client, tables.policy),
    users: new DynamoUserStore(client, tables.users),
    loginFailures: new DynamoLoginFailures(client, tables.counters),
    sendingUse: new DynamoSendingUse(client, tables.counters),
    events: new DynamoEventReader(client, tables.events),
    record: (event) => written.write([makeEventItem(event)]),
    counts: new DynamoCountReader(client, tables.events),
    held: new AwsHeldMail({ client, table: tables.held, events: tables.events, ...objects }),
    live: new DynamoLiveStore(client, tables.counters),
    nowMs: () => Date.now(),
    sleep: (ms) => setTimeout(ms),
  };
}
