/** Lambda `admin`: the API of those who run the service. */
import { makeDynamoClient } from '../dynamo-client.ts';
import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { requireEnv } from '../require-env.ts';
import { admin } from './admin.ts';
import { DynamoSettingsStore } from './dynamo-settings-store.ts';
import { ENV_POLICY_TABLE } from './env.ts';
import { httpRequestSchema } from './http.ts';

const store = new DynamoSettingsStore(makeDynamoClient(), requireEnv(ENV_POLICY_TABLE));

export const handler = withDefaults('admin', async (event) => admin(parseEvent(httpRequestSchema, event), store));
