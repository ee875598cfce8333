/** Names of the environment variables that `renew-certificate` reads. */
export const ENV_EVENTS_TABLE = 'POSTERN_EVENTS_TABLE';
/** The certificates: JSON of a list of `certificateOrderSchema`. */
export const ENV_CERTIFICATES = 'POSTERN_CERTIFICATES';
/** URL of an ACME directory in place of each order's own: a local ACME server. */
export const ENV_ACME_DIRECTORY = 'POSTERN_ACME_DIRECTORY';
/** Path of a PEM file of authorities that the ACME server's own certificate may be of, besides the usual ones. */
export const ENV_ACME_AUTHORITIES = 'POSTERN_ACME_AUTHORITIES';
