/** Lambda `admin`: the API of those who run the service. */
import { makeDynamoClient } from '../dynamo-client.ts';
import { withDefaults } from '../middleware.ts';
import { requireEnv } from '../require-env.ts';
import { makeDispatch } from './dispatch.ts';
import { makeDynamoStores } from './dynamo-stores.ts';
import { ENV_COUNTERS_TABLE, ENV_EVENTS_TABLE, ENV_POLICY_TABLE, ENV_USERS_TABLE } from './env.ts';
import { ROUTE_TABLE } from './routes.ts';

const stores = makeDynamoStores(makeDynamoClient(), {
  policy: requireEnv(ENV_POLICY_TABLE),
  users: requireEnv(ENV_USERS_TABLE),
  events: requireEnv(ENV_EVENTS_TABLE),
  counters: requireEnv(ENV_COUNTERS_TABLE),
});

export const handler = withDefaults('admin', makeDispatch(ROUTE_TABLE, stores));
