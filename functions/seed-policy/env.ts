/** Names of the environment variables that `seed-policy` reads. */
export const ENV_POLICY_TABLE = 'POSTERN_POLICY_TABLE';
