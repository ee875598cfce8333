/** Lambda `authenticate`: who a client is, from the credentials that it gave. */
import { authenticateRequestSchema } from '../../policy/request/authenticate.ts';
import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { requireEnv } from '../require-env.ts';
import { makeDynamoClient } from '../tables/client.ts';
import { warmedUp } from '../warm-up.ts';
import { authenticate } from './authenticate.ts';
import { DynamoIssuerStore } from './dynamo-issuer-store.ts';
import { DynamoLoginCounters } from './dynamo-login-counters.ts';
import { DynamoUserDirectory } from './dynamo-user-store.ts';
import { ENV_COUNTERS_TABLE, ENV_LOOPBACK_ISSUERS, ENV_POLICY_TABLE, ENV_USERS_TABLE } from './env.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { IssuersInForce } from './issuers-in-force.ts';
import { withLockout } from './lockout.ts';
import { readAhead, readIssuersAhead } from './read-ahead.ts';

const client = makeDynamoClient();
const users = new DynamoUserDirectory(client, requireEnv(ENV_USERS_TABLE));
const counters = new DynamoLoginCounters(client, requireEnv(ENV_COUNTERS_TABLE));
const issuerStore = new DynamoIssuerStore(client, requireEnv(ENV_POLICY_TABLE));
/** Live as long as the container: what a broken item falls back on, and the keys of issuers. */
const inForce = new IssuersInForce();
const keys = new IssuerKeys({ nowMs: Date.now, mayUseLoopback: process.env[ENV_LOOPBACK_ISSUERS] === 'true' });

/** Opens the connection, by a user whom nobody needs to be. */
export const ready = warmedUp(() => users.find('-'));

export const handler = withDefaults('authenticate', async (event) => {
  const request = parseEvent(authenticateRequestSchema, event);
  const early = readAhead(users, request.username);
  const issuers = readIssuersAhead(issuerStore, request);
  const tokens = { issuers, inForce, keys, nowMs: Date.now };
  return withLockout(request, { counters, nowMs: Date.now }, () => authenticate(request, early, tokens));
});
