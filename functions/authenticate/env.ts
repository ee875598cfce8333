/** Names of the environment variables that `authenticate` reads. */
export const ENV_USERS_TABLE = 'POSTERN_USERS_TABLE';
export const ENV_COUNTERS_TABLE = 'POSTERN_COUNTERS_TABLE';
/** Where the issuers of tokens are. */
export const ENV_POLICY_TABLE = 'POSTERN_POLICY_TABLE';
/** `true` lets issuers on the machine itself be asked for keys, as in the embedded run; on AWS, where Lambda's own API is there, it is not set. */
export const ENV_LOOPBACK_ISSUERS = 'POSTERN_LOOPBACK_ISSUERS';
