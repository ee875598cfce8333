/** Custom resource `seed-policy`: the first items of a server, written by its first deployment. */

import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { requireEnv } from '../require-env.ts';
import { makeDynamoClient } from '../tables/client.ts';
import { DynamoSeedStore } from './dynamo-seed-store.ts';
import { ENV_POLICY_TABLE } from './env.ts';
import { firstItemsEventSchema } from './first-items-event.ts';
import { seedPolicy } from './seed-policy.ts';

const store = new DynamoSeedStore(makeDynamoClient(), requireEnv(ENV_POLICY_TABLE));

export const handler = withDefaults('seed-policy', async (event) =>
  seedPolicy(parseEvent(firstItemsEventSchema, event), store),
);
