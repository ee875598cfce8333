/** Names of the environment variables that `record-events` reads. */
export const ENV_EVENTS_TABLE = 'POSTERN_EVENTS_TABLE';
