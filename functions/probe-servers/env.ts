/** Names of the environment variables that `probe-servers` reads. */
export const ENV_EVENTS_TABLE = 'POSTERN_EVENTS_TABLE';
/** The doors to knock at where a request names none: JSON of a list of `probeTargetSchema`, or `file:PATH` of it. */
export const ENV_PROBE_TARGETS = 'POSTERN_PROBE_TARGETS';
/** Name of a secret, a JSON object of `{ "SERVER": { "username": …, "password": … } }`; absent: no login is tried. */
export const ENV_PROBE_USERS = 'POSTERN_PROBE_USERS_SECRET';
/** Path of a PEM file of authorities that certificates may be of, besides the usual ones. */
export const ENV_PROBE_AUTHORITIES = 'POSTERN_PROBE_AUTHORITIES';
