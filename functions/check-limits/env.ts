/** Names of the environment variables that `check-limits` reads. */
export const ENV_COUNTERS_TABLE = 'POSTERN_COUNTERS_TABLE';
