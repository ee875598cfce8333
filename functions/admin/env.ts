/** Names that `admin` shares with its deployment. */
export const ENV_POLICY_TABLE = 'POSTERN_POLICY_TABLE';

/** The route as the HTTP API names it. */
export const SERVER_ROUTE = 'GET /servers/{server}';
