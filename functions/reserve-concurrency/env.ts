/** Names of the environment variables that `reserve-concurrency` reads. */
/** The functions: JSON of an object, names by the folders of `functions/`. */
export const ENV_FUNCTIONS = 'POSTERN_FUNCTIONS';
