/** Every route of the admin API: for dispatch, for `GET /openapi.json`, and, by `env.ts`, for the HTTP API. */
import { COLLECTION_ROUTES } from './collection-routes.ts';
import { COMMAND_ROUTES } from './command-routes.ts';
import { EVENT_ROUTES } from './event-routes.ts';
import { EXPLAIN_ROUTES } from './explain-routes.ts';
import { openapiRoute } from './openapi-routes.ts';
import { POLICY_ROUTES } from './policy-routes.ts';
import { REPLAY_ROUTES } from './replay-routes.ts';
import type { Route } from './route.ts';
import { SERVER_ROUTES } from './server-routes.ts';
import { SESSION_ROUTES } from './session-routes.ts';
import { USER_ROUTES } from './user-routes.ts';

const RESOURCES: readonly Route[] = [
  ...SERVER_ROUTES,
  ...COMMAND_ROUTES,
  ...COLLECTION_ROUTES,
  ...POLICY_ROUTES,
  ...USER_ROUTES,
  ...EVENT_ROUTES,
  ...SESSION_ROUTES,
  ...EXPLAIN_ROUTES,
  ...REPLAY_ROUTES,
];

export const ROUTE_TABLE: readonly Route[] = [openapiRoute(RESOURCES), ...RESOURCES];
