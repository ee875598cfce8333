/** Metrics of a published server, by the names that `record-events` gives them. */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { type EventMetric, METRIC_DIMENSION } from '../../policy/metrics.ts';

/** How often it happened in five minutes, as `record-events` and `check-policy` say. */
export function serverMetric(namespace: string, server: string, metricName: EventMetric): cloudwatch.Metric {
  return taskMetric(namespace, server, metricName);
}

/** How often it happened in five minutes, as the log of the tasks says. */
export function taskMetric(namespace: string, server: string, metricName: string): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace,
    metricName,
    dimensionsMap: { [METRIC_DIMENSION]: server },
    statistic: cloudwatch.Stats.SUM,
    period: Duration.minutes(5),
  });
}

/** Most of an hour, of what happens once in it. */
export function hourlyMetric(namespace: string, server: string, metricName: string): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace,
    metricName,
    dimensionsMap: { [METRIC_DIMENSION]: server },
    statistic: cloudwatch.Stats.MAXIMUM,
    period: Duration.hours(1),
  });
}
