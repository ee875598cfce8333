/** Names of the environment variables that all functions with metrics read. */

/** Namespace of the metrics; that of a deployment without a name when absent. */
export const ENV_METRIC_NAMESPACE = 'POSTERN_METRIC_NAMESPACE';
