/** Names of the environment variables that `record-deliveries` reads. */
export const ENV_EVENTS_TABLE = 'POSTERN_EVENTS_TABLE';
export const ENV_POLICY_TABLE = 'POSTERN_POLICY_TABLE';
