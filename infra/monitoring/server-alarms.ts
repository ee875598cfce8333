/** What a published server cannot set right itself. */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type EventMetric, METRIC_DIMENSION } from '../../policy/metrics.ts';
import type { Server } from '../configuration/server/server.ts';
import type { AlarmChannel } from './alarm-channel.ts';
import { serverMetric, taskMetric } from './server-metric.ts';
import { TASK_SIGNALS, type TaskSignal, type TaskSignalName } from './task-signals.ts';

export interface ServerAlarmsProps {
  readonly server: Pick<Server, 'name' | 'tasks' | 'ses'>;
  /** A target group of each port; all have the same tasks. */
  readonly targetGroups: readonly elbv2.NetworkTargetGroup[];
  /** The log of the tasks. */
  readonly log: logs.LogGroup;
  readonly channel: AlarmChannel;
}

/** Minutes at the maximum: longer than a deployment has twice as many tasks. */
const MINUTES_AT_MAXIMUM = 30;

/** Percent at which Amazon SES looks into an account. */
const BOUNCE_PERCENT = 5;
const COMPLAINT_PERCENT = 0.1;
/** Fewer than these say nothing of a rate: one wrong address of ten messages. */
const LEAST_BOUNCES = 5;
const LEAST_COMPLAINTS = 2;

export class ServerAlarms extends Construct {
  readonly #props: ServerAlarmsProps;

  constructor(scope: Construct, id: string, props: ServerAlarmsProps) {
    super(scope, id);
    this.#props = props;
    for (const name of Object.keys(TASK_SIGNALS) as TaskSignalName[]) this.#addSignal(name, TASK_SIGNALS[name]);
    const { server, targetGroups, channel } = props;
    channel.add(this, 'NoHealthyTask', {
      meaning: `${server.name} has a port without a task that answers`,
      metric: healthyTasks(targetGroups, 'MIN'),
      threshold: 1,
      periods: 3,
      bad: 'below',
    });
    if (server.ses) this.#addRates();
    if (server.tasks.max === server.tasks.min) return;
    channel.add(this, 'TasksAtMaximum', {
      meaning: `${server.name} has had as many tasks as it may have for ${MINUTES_AT_MAXIMUM} minutes`,
      metric: healthyTasks(targetGroups, 'MAX'),
      threshold: server.tasks.max,
      periods: MINUTES_AT_MAXIMUM,
    });
  }

  /** The account's own rates look back over weeks, and name no server. */
  #addRates(): void {
    const { server, channel } = this.#props;
    channel.add(this, 'ServerBounces', {
      meaning: `Of what ${server.name} sends by Amazon SES 5 in a hundred or more bounced within an hour`,
      metric: rate(channel.namespace, server.name, {
        metric: 'SesBounced',
        least: LEAST_BOUNCES,
        period: Duration.hours(1),
      }),
      threshold: BOUNCE_PERCENT,
    });
    channel.add(this, 'ServerComplaints', {
      meaning: `Of what ${server.name} sends by Amazon SES 1 in a thousand or more was complained of within a day`,
      metric: rate(channel.namespace, server.name, {
        metric: 'SesComplained',
        least: LEAST_COMPLAINTS,
        period: Duration.days(1),
      }),
      threshold: COMPLAINT_PERCENT,
    });
  }

  #addSignal(name: TaskSignalName, signal: TaskSignal): void {
    const { server, log, channel } = this.#props;
    new logs.MetricFilter(this, `${name}Lines`, {
      logGroup: log,
      filterPattern: logs.FilterPattern.literal(signal.pattern),
      metricNamespace: channel.namespace,
      metricName: signal.metricName,
      metricValue: '1',
      dimensions: { [METRIC_DIMENSION]: '$.server' },
    });
    const lines = taskMetric(channel.namespace, server.name, signal.metricName);
    channel.add(this, name, {
      meaning: `${server.name} ${signal.meaning}`,
      // A `domain#` item is read by no task: `check-policy` says of it whether it parses.
      metric:
        name === 'PolicyInvalid' ? sum(lines, serverMetric(channel.namespace, server.name, 'PolicyInvalid')) : lines,
      threshold: signal.threshold,
      ...(signal.periods === undefined ? {} : { periods: signal.periods }),
    });
  }
}

interface Rate {
  readonly metric: EventMetric;
  /** From how many on it is a rate; below it is 0. */
  readonly least: number;
  readonly period: Duration;
}

/** Percent of the recipients of whom SES told that they have the message, or that it bounced. */
function rate(namespace: string, server: string, { metric, least, period }: Rate): cloudwatch.IMetric {
  const of = (name: EventMetric) => serverMetric(namespace, server, name);
  return new cloudwatch.MathExpression({
    expression: `IF(FILL(bad, 0) >= ${least}, 100 * FILL(bad, 0) / (FILL(delivered, 0) + FILL(bounced, 0) + 1), 0)`,
    usingMetrics: { bad: of(metric), delivered: of('SesDelivered'), bounced: of('SesBounced') },
    label: 'Percent',
    period,
  });
}

function sum(lines: cloudwatch.Metric, found: cloudwatch.Metric): cloudwatch.IMetric {
  return new cloudwatch.MathExpression({
    expression: 'FILL(lines, 0) + FILL(found, 0)',
    usingMetrics: { lines, found },
    label: 'Policy items that do not parse',
    period: Duration.minutes(5),
  });
}

/** Tasks behind the port that has the fewest, or the most. */
function healthyTasks(targetGroups: readonly elbv2.NetworkTargetGroup[], which: 'MIN' | 'MAX'): cloudwatch.IMetric {
  const period = Duration.minutes(1);
  const counts = targetGroups.map((group) =>
    // Each zone of the load balancer reports; one that sees a task is enough.
    group.metrics.healthyHostCount({ statistic: cloudwatch.Stats.MAXIMUM, period }),
  );
  const [only] = counts;
  if (only !== undefined && counts.length === 1) return only;
  const usingMetrics = Object.fromEntries(counts.map((count, index) => [`port${index}`, count]));
  const expression = `${which}([${Object.keys(usingMetrics).join(', ')}])`;
  return new cloudwatch.MathExpression({ expression, usingMetrics, label: 'Healthy tasks', period });
}
