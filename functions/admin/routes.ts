/** Every route of the admin API: for dispatch, for `GET /openapi.json`, and, by `env.ts`, for the HTTP API. */

import { CERTIFICATE_ROUTES } from './certificates/certificate-routes.ts';
import { HISTORY_ROUTES } from './document/history-routes.ts';
import { POLICY_ROUTES } from './document/policy-routes.ts';
import { removeServer } from './document/server-removal.ts';
import { HELD_ROUTES } from './held/held-routes.ts';
import { COUNT_ROUTES } from './history/count-routes.ts';
import { EVENT_ROUTES } from './history/event-routes.ts';
import { LIVE_ROUTES } from './history/live-routes.ts';
import { MESSAGE_ROUTES } from './history/message-routes.ts';
import { SESSION_ROUTES } from './history/session-routes.ts';
import { openapiRoute } from './http/openapi-routes.ts';
import type { Route } from './http/route.ts';
import { COLLECTION_ROUTES } from './items/collection-routes.ts';
import { COMMAND_ROUTES } from './servers/command-routes.ts';
import { SERVER_ROUTES } from './servers/server-routes.ts';
import { EXPLAIN_ROUTES } from './trial/explain-routes.ts';
import { REPLAY_ROUTES } from './trial/replay-routes.ts';
import { BULK_ROUTES } from './users/bulk-routes.ts';
import { LOCKOUT_ROUTES } from './users/lockout-routes.ts';
import { USER_ROUTES } from './users/user-routes.ts';

const RESOURCES: readonly Route[] = [
  ...SERVER_ROUTES,
  removeServer,
  ...COMMAND_ROUTES,
  ...COLLECTION_ROUTES,
  ...HELD_ROUTES,
  ...POLICY_ROUTES,
  ...HISTORY_ROUTES,
  ...CERTIFICATE_ROUTES,
  ...USER_ROUTES,
  ...BULK_ROUTES,
  ...LOCKOUT_ROUTES,
  ...EVENT_ROUTES,
  ...SESSION_ROUTES,
  ...COUNT_ROUTES,
  ...MESSAGE_ROUTES,
  ...LIVE_ROUTES,
  ...EXPLAIN_ROUTES,
  ...REPLAY_ROUTES,
];

export const ROUTE_TABLE: readonly Route[] = [openapiRoute(RESOURCES), ...RESOURCES];
