/** Lambda `authenticate`: who a client is, from the credentials that it gave. */
import { authenticateRequestSchema } from '../../policy/request.ts';
import { makeDynamoClient } from '../dynamo-client.ts';
import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { requireEnv } from '../require-env.ts';
import { authenticate } from './authenticate.ts';
import { DynamoUserStore } from './dynamo-user-store.ts';
import { ENV_USERS_TABLE } from './env.ts';

const users = new DynamoUserStore(makeDynamoClient(), requireEnv(ENV_USERS_TABLE));

export const handler = withDefaults('authenticate', async (event) =>
  authenticate(parseEvent(authenticateRequestSchema, event), users),
);
