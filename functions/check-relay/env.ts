/** Names of the environment variables that `check-relay` reads. */
export const ENV_POLICY_TABLE = 'POSTERN_POLICY_TABLE';
