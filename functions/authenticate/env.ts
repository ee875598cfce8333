/** Names of the environment variables that `authenticate` reads. */
export const ENV_USERS_TABLE = 'POSTERN_USERS_TABLE';
