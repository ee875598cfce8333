/** The stores of the admin API in DynamoDB. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoEventReader } from '../../history/dynamo-event-reader.ts';
import type { AdminStores } from './admin-stores.ts';
import { DynamoLoginFailures } from './dynamo-login-failures.ts';
import { DynamoPolicyStore } from './dynamo-policy-store.ts';
import { DynamoUserStore } from './dynamo-user-store.ts';

/** Names of the tables. */
export interface AdminTables {
  readonly policy: string;
  readonly users: string;
  readonly events: string;
  readonly counters: string;
}

export function makeDynamoStores(client: DynamoDBClient, tables: AdminTables): AdminStores {
  return {
    policy: new DynamoPolicyStore(client, tables.policy),
    users: new DynamoUserStore(client, tables.users),
    loginFailures: new DynamoLoginFailures(client, tables.counters),
    events: new DynamoEventReader(client, tables.events),
    nowMs: () => Date.now(),
  };
}
