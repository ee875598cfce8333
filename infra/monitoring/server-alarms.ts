/** What a published server cannot mend itself. */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import type { AlarmChannel } from './alarm-channel.ts';
import { serverMetric } from './server-metric.ts';

export interface ServerAlarmsProps {
  /** Name of the published server. */
  readonly server: string;
  /** A target group of each port; all have the same tasks. */
  readonly targetGroups: readonly elbv2.NetworkTargetGroup[];
  readonly channel: AlarmChannel;
}

/** In five minutes; users mistype a few, a guesser far more. */
const MANY_REFUSED_LOGINS = 50;
/** In five minutes, twice in a row: clients try again, so a passing failure mends itself. */
const MANY_DEFERRED = 10;

export class ServerAlarms extends Construct {
  constructor(scope: Construct, id: string, { server, targetGroups, channel }: ServerAlarmsProps) {
    super(scope, id);
    channel.add(this, 'RefusedLogins', {
      meaning: `${server} refused ${MANY_REFUSED_LOGINS} logins or more in five minutes`,
      metric: serverMetric(server, 'LoginsRefused'),
      threshold: MANY_REFUSED_LOGINS,
    });
    channel.add(this, 'DecisionsDeferred', {
      meaning: `${server} put off clients since a function gave no decision`,
      metric: serverMetric(server, 'DecisionsDeferred'),
      threshold: MANY_DEFERRED,
      periods: 2,
    });
    channel.add(this, 'NextHopFailures', {
      meaning: `${server} could not hand mail on, since a next hop was down, late or not to be understood`,
      metric: serverMetric(server, 'NextHopFailures'),
      threshold: MANY_DEFERRED,
      periods: 2,
    });
    channel.add(this, 'PolicyInvalid', {
      meaning: `${server} found a policy item that does not parse and keeps its last good value`,
      metric: serverMetric(server, 'PolicyInvalid'),
      threshold: 1,
    });
    channel.add(this, 'NoHealthyTask', {
      meaning: `${server} has a port without a task that answers`,
      metric: fewestHealthy(targetGroups),
      threshold: 1,
      periods: 3,
      bad: 'below',
    });
  }
}

/** Of all ports, the one with the fewest tasks. */
function fewestHealthy(targetGroups: readonly elbv2.NetworkTargetGroup[]): cloudwatch.IMetric {
  const period = Duration.minutes(1);
  const counts = targetGroups.map((group) =>
    // Each zone of the load balancer reports; one that sees a task is enough.
    group.metrics.healthyHostCount({ statistic: cloudwatch.Stats.MAXIMUM, period }),
  );
  const [only] = counts;
  if (only !== undefined && counts.length === 1) return only;
  const usingMetrics = Object.fromEntries(counts.map((count, index) => [`port${index}`, count]));
  const expression = `MIN([${Object.keys(usingMetrics).join(', ')}])`;
  return new cloudwatch.MathExpression({ expression, usingMetrics, label: 'Healthy tasks', period });
}
