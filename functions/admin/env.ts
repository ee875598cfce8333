/** Names that `admin` shares with its deployment. */
export const ENV_POLICY_TABLE = 'POSTERN_POLICY_TABLE';
export const ENV_USERS_TABLE = 'POSTERN_USERS_TABLE';
export const ENV_EVENTS_TABLE = 'POSTERN_EVENTS_TABLE';
export const ENV_COUNTERS_TABLE = 'POSTERN_COUNTERS_TABLE';
export const ENV_HELD_TABLE = 'POSTERN_HELD_TABLE';
export const ENV_HELD_BUCKET = 'POSTERN_HELD_BUCKET';
/** Name of the deployment in the events by which certificates are renewed; absent where none has one made. */
export const ENV_RENEWING_DEPLOYMENT = 'POSTERN_RENEWING_DEPLOYMENT';

/** The event that asks for a renewal; its detail has `deployment`, `server` and `force`. */
export const RENEWAL_SOURCE = 'postern.admin';
export const RENEWAL_DETAIL_TYPE = 'renew-certificate';

/** The routes as the HTTP API names them; `{name+}` takes the rest of the path. What each does is in `routes.ts`. */
export const ROUTES = [
  'GET /openapi.json',
  'GET /servers',
  'GET /servers/{server}',
  'PUT /servers/{server}',
  'PATCH /servers/{server}',
  'DELETE /servers/{server}',
  'GET /servers/{server}/commands',
  'GET /servers/{server}/commands/{verb}',
  'PUT /servers/{server}/commands/{verb}',
  'DELETE /servers/{server}/commands/{verb}',
  'GET /servers/{server}/domains',
  'GET /servers/{server}/domains/{domain}',
  'PUT /servers/{server}/domains/{domain}',
  'DELETE /servers/{server}/domains/{domain}',
  'GET /servers/{server}/clients',
  'GET /servers/{server}/clients/{cidr+}',
  'PUT /servers/{server}/clients/{cidr+}',
  'DELETE /servers/{server}/clients/{cidr+}',
  'GET /servers/{server}/senders',
  'GET /servers/{server}/senders/{sender+}',
  'PUT /servers/{server}/senders/{sender+}',
  'DELETE /servers/{server}/senders/{sender+}',
  'GET /servers/{server}/issuers',
  'GET /servers/{server}/issuers/{issuer}',
  'PUT /servers/{server}/issuers/{issuer}',
  'DELETE /servers/{server}/issuers/{issuer}',
  'GET /servers/{server}/screens',
  'GET /servers/{server}/screens/{screen}',
  'PUT /servers/{server}/screens/{screen}',
  'DELETE /servers/{server}/screens/{screen}',
  'GET /servers/{server}/held',
  'GET /servers/{server}/held/{id}',
  'GET /servers/{server}/held/{id}/content',
  'POST /servers/{server}/held/{id}/release',
  'POST /servers/{server}/held/{id}/deny',
  'POST /servers/{server}/held/release',
  'POST /servers/{server}/held/deny',
  'GET /servers/{server}/policy',
  'PUT /servers/{server}/policy',
  'GET /servers/{server}/history',
  'GET /servers/{server}/history/{version}',
  'POST /servers/{server}/rollback',
  'POST /servers/{server}/certificate/renew',
  'GET /users',
  'GET /users/{user+}',
  'PUT /users/{user+}',
  'PATCH /users/{user+}',
  'DELETE /users/{user+}',
  'PUT /users/{user}/password',
  'POST /users/{user}/unlock',
  'POST /users/{user+}',
  'POST /users/import',
  'POST /users/export',
  'GET /lockouts',
  'DELETE /lockouts/{lockout+}',
  'GET /live',
  'GET /live/{session}',
  'DELETE /live',
  'DELETE /live/{session}',
  'GET /events',
  'GET /counts',
  'GET /messages',
  'GET /top',
  'GET /sessions/{session}',
  'POST /servers/{server}/explain',
  'POST /servers/{server}/replay',
] as const;
