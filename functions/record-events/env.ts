/** Names of the environment variables that `record-events` reads. */
export const ENV_EVENTS_TABLE = 'POSTERN_EVENTS_TABLE';
/** Name of the stream of Amazon Data Firehose that archives events; absent: the table alone keeps them. */
export const ENV_ARCHIVE_STREAM = 'POSTERN_ARCHIVE_STREAM';
