/** Lambda `check-limits`: whether a user may send one more message, by the user's own limits. */
import * as z from 'zod';
import { checkLimitsRequestSchema } from '../../policy/request/check-limits.ts';
import { SENDING_LIMITS } from '../../policy/user.ts';
import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { requireEnv } from '../require-env.ts';
import { makeDynamoClient } from '../tables/client.ts';
import { checkLimits } from './check-limits.ts';
import { DynamoSendingCounters } from './dynamo-sending-counters.ts';
import { ENV_COUNTERS_TABLE } from './env.ts';

/** A limit that this version does not know fails the call, and defers the message, rather than being none. */
const requestSchema = checkLimitsRequestSchema.extend({
  limits: z.partialRecord(z.enum(SENDING_LIMITS), z.int().min(0)),
});

const counters = new DynamoSendingCounters(makeDynamoClient(), requireEnv(ENV_COUNTERS_TABLE));

export const handler = withDefaults('check-limits', async (event) =>
  checkLimits(parseEvent(requestSchema, event), { counters, nowMs: Date.now }),
);
