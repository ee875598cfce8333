/** Metrics of a published server, by the names that `record-events` gives them. */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

export const METRIC_NAMESPACE = 'Postern';
export const METRIC_DIMENSION = 'Server';

export const SERVER_METRICS = [
  'Sessions',
  'MessagesAccepted',
  'MessagesRefused',
  'MessagesDeferred',
  'MessagesAbandoned',
  'Refusals',
  'NotSmtp',
  'RefusalsReported',
  'LoginsPermitted',
  'LoginsRefused',
  'DecisionsDeferred',
  'NextHopFailures',
  'LimitsReached',
  'LoginsLockedOut',
  'SendingLimitsReached',
  'PolicyInvalid',
] as const;

export type ServerMetric = (typeof SERVER_METRICS)[number];

/** How often it happened in five minutes. */
export function serverMetric(server: string, metricName: ServerMetric): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { [METRIC_DIMENSION]: server },
    statistic: cloudwatch.Stats.SUM,
    period: Duration.minutes(5),
  });
}
