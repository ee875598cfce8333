/** Lambda `admin`: the API of those who run the service. */

import { S3Client } from '@aws-sdk/client-s3';
import { withDefaults } from '../middleware.ts';
import { requireEnv } from '../require-env.ts';
import { makeDynamoClient } from '../tables/client.ts';
import {
  ENV_COUNTERS_TABLE,
  ENV_EVENTS_TABLE,
  ENV_HELD_BUCKET,
  ENV_HELD_TABLE,
  ENV_POLICY_TABLE,
  ENV_RENEWING_DEPLOYMENT,
  ENV_USERS_TABLE,
} from './env.ts';
import { makeDispatch } from './http/dispatch.ts';
import { ROUTE_TABLE } from './routes.ts';
import { makeDynamoStores } from './stores/dynamo-stores.ts';
import { EventBridgeRenewals } from './stores/renewals.ts';

const objects = { s3: new S3Client({}), bucket: requireEnv(ENV_HELD_BUCKET) };
const tables = {
  policy: requireEnv(ENV_POLICY_TABLE),
  users: requireEnv(ENV_USERS_TABLE),
  events: requireEnv(ENV_EVENTS_TABLE),
  counters: requireEnv(ENV_COUNTERS_TABLE),
  held: requireEnv(ENV_HELD_TABLE),
};
const deployment = process.env[ENV_RENEWING_DEPLOYMENT];
const stores = {
  ...makeDynamoStores(makeDynamoClient(), tables, objects),
  renewals: deployment === undefined ? undefined : new EventBridgeRenewals(deployment),
};

export const handler = withDefaults('admin', makeDispatch(ROUTE_TABLE, stores));
