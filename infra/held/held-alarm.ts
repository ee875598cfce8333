/** How much mail of a server waits for somebody to decide, and for how long, as its tasks say in their log. */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { METRIC_DIMENSION } from '../../policy/metrics.ts';
import type { AlarmChannel } from '../monitoring/alarm-channel.ts';

export interface HeldAlarmProps {
  /** Name of the published server. */
  readonly server: string;
  /** The log of the tasks. */
  readonly log: logs.LogGroup;
  /** Hours for which mail may be held before people are told. */
  readonly hours: number;
  readonly channel: AlarmChannel;
}

/** Metrics, each with its field of the line `held-mail`. */
export const HELD_METRICS = { HeldNow: '$.held', HeldOldestHours: '$.oldestHours' } as const;

export class HeldAlarm extends Construct {
  constructor(scope: Construct, id: string, { server, log, hours, channel }: HeldAlarmProps) {
    super(scope, id);
    for (const [metricName, metricValue] of Object.entries(HELD_METRICS)) {
      new logs.MetricFilter(this, metricName, {
        logGroup: log,
        filterPattern: logs.FilterPattern.literal('{ $.event = "held-mail" }'),
        metricNamespace: channel.namespace,
        metricName,
        metricValue,
        dimensions: { [METRIC_DIMENSION]: '$.server' },
      });
    }
    channel.add(this, 'HeldTooLong', {
      meaning: `${server} has held mail for ${hours} hours or more that no one has decided about`,
      // Each task says the same.
      metric: new cloudwatch.Metric({
        namespace: channel.namespace,
        metricName: 'HeldOldestHours' satisfies keyof typeof HELD_METRICS,
        dimensionsMap: { [METRIC_DIMENSION]: server },
        statistic: cloudwatch.Stats.MAXIMUM,
        period: Duration.minutes(15),
      }),
      threshold: hours,
    });
  }
}
