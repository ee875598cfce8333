/** All servers on one page. */
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { EventMetric } from '../../policy/metrics.ts';
import { serverMetric } from './server-metric.ts';

export interface PosternDashboardProps {
  /** The namespace of the metrics. */
  readonly namespace: string;
  /** Names of the published servers. */
  readonly servers: readonly string[];
  /** Functions whose errors, throttles and duration are shown, by the name to show. */
  readonly functions: readonly ShownFunction[];
}

interface ShownFunction {
  readonly label: string;
  readonly function: {
    metricErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
    metricThrottles(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
    metricDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
  };
}

/** A quarter of the 24 columns of a dashboard. */
const QUARTER = 6;

const GRAPHS: readonly (readonly [title: string, metrics: readonly EventMetric[]])[] = [
  [
    'messages',
    [
      'MessagesAccepted',
      'MessagesRefused',
      'MessagesDeferred',
      'MessagesAbandoned',
      'MessagesHeld',
      'MessagesDiscarded',
    ],
  ],
  ['sessions and refusals', ['Sessions', 'Refusals', 'RefusalsReported', 'LimitsReached', 'SendingLimitsReached']],
  ['logins', ['LoginsPermitted', 'LoginsRefused', 'LoginsLockedOut']],
  ['trouble', ['DecisionsDeferred', 'NextHopFailures', 'PolicyInvalid', 'SesBounced', 'SesComplained']],
];

export class PosternDashboard extends Construct {
  readonly dashboard: cloudwatch.Dashboard;

  constructor(scope: Construct, id: string, { namespace, servers, functions }: PosternDashboardProps) {
    super(scope, id);
    const rows = servers.map((server) =>
      GRAPHS.map(([title, metrics]) =>
        graph(
          `${server}: ${title}`,
          metrics.map((metric) => serverMetric(namespace, server, metric)),
        ),
      ),
    );
    const functionRow = [
      graph(
        'functions: errors',
        functions.map((shown) => shown.function.metricErrors({ label: shown.label })),
      ),
      graph(
        'functions: throttles',
        functions.map((shown) => shown.function.metricThrottles({ label: shown.label })),
      ),
      graph(
        'functions: slowest in a hundred, ms',
        functions.map((shown) => shown.function.metricDuration({ label: shown.label, statistic: 'p99' })),
      ),
    ];
    this.dashboard = new cloudwatch.Dashboard(this, 'Dashboard', { widgets: [...rows, functionRow] });
  }
}

function graph(title: string, left: readonly cloudwatch.IMetric[]): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left: [...left], width: QUARTER });
}
