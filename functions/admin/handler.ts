/** Lambda `admin`: the API of those who run the service. */

import { withDefaults } from '../middleware.ts';
import { requireEnv } from '../require-env.ts';
import { makeDynamoClient } from '../tables/client.ts';
import { ENV_COUNTERS_TABLE, ENV_EVENTS_TABLE, ENV_POLICY_TABLE, ENV_USERS_TABLE } from './env.ts';
import { makeDispatch } from './http/dispatch.ts';
import { ROUTE_TABLE } from './routes.ts';
import { makeDynamoStores } from './stores/dynamo-stores.ts';

const stores = makeDynamoStores(makeDynamoClient(), {
  policy: requireEnv(ENV_POLICY_TABLE),
  users: requireEnv(ENV_USERS_TABLE),
  events: requireEnv(ENV_EVENTS_TABLE),
  counters: requireEnv(ENV_COUNTERS_TABLE),
});

export const handler = withDefaults('admin', makeDispatch(ROUTE_TABLE, stores));
