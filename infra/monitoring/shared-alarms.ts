/** What all servers share and may fail: functions, tables, and the good name that Amazon SES knows the account by. */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { TABLE_SHAPES } from '../../policy/tables.ts';
import type { PolicyTables } from '../policy/policy-tables.ts';
import type { AlarmChannel } from './alarm-channel.ts';

export interface SharedAlarmsProps {
  /** All of them. */
  readonly functions: readonly lambda.IFunction[];
  /** The one that asks issuers of tokens for their keys. */
  readonly authenticate: lambda.IFunction & { readonly logGroup: logs.ILogGroup };
  /** Those that a client waits for. */
  readonly deciding: readonly lambda.IFunction[];
  /** The one that reads the stream of the policy table; of a replica in another region. */
  readonly checkPolicy?: lambda.IFunction | undefined;
  readonly tables: PolicyTables;
  /** Whether a server sends through Amazon SES. */
  readonly hasSes: boolean;
  readonly channel: AlarmChannel;
}

const FIVE_MINUTES = Duration.minutes(5);
/** In five minutes; one that fails now and then is asked again. */
const MANY_ERRORS = 5;
/** Milliseconds; a proxy waits 3,000 for a decision, 5,000 for a login. */
const SLOW_MS = 2_000;
/** Milliseconds that a change of policy has waited for its check. */
const LATE_MS = 300_000;
/** Shares of mail at which Amazon SES puts an account under review. */
const BOUNCE_RATE = 0.05;
const COMPLAINT_RATE = 0.001;

export class SharedAlarms extends Construct {
  constructor(scope: Construct, id: string, props: SharedAlarmsProps) {
    super(scope, id);
    this.#addFunctions(props);
    this.#addIssuers(props);
    const { channel, tables, hasSes } = props;
    channel.add(this, 'TableThrottles', {
      meaning: 'DynamoDB refused reads or writes of a table, since there were too many at once',
      metric: combined('Throttled reads and writes', 'SUM', throttlesOf(tables)),
      threshold: 1,
      periods: 2,
    });
    if (!hasSes) return;
    channel.add(this, 'SesBounces', {
      meaning: 'Of what the account sends by Amazon SES 5 in a hundred or more bounce',
      metric: reputation('Reputation.BounceRate'),
      threshold: BOUNCE_RATE,
    });
    channel.add(this, 'SesComplaints', {
      meaning: 'Of what the account sends by Amazon SES 1 in a thousand or more is complained of',
      metric: reputation('Reputation.ComplaintRate'),
      threshold: COMPLAINT_RATE,
    });
  }

  /** A login fails with the certificate of who issues its tokens. */
  #addIssuers({ authenticate, channel }: SharedAlarmsProps): void {
    const filter = new logs.MetricFilter(this, 'IssuerCertificates', {
      logGroup: authenticate.logGroup,
      filterPattern: logs.FilterPattern.literal('{ $.message.event = "issuer-certificate-expiring" }'),
      metricNamespace: channel.namespace,
      metricName: 'IssuerCertificatesExpiring',
      metricValue: '1',
    });
    channel.add(this, 'CertificateExpiring', {
      meaning: 'The certificate of an issuer of tokens ends within 21 days',
      metric: filter.metric({ statistic: cloudwatch.Stats.SUM, period: FIVE_MINUTES }),
      threshold: 1,
    });
  }

  #addFunctions({ functions, deciding, checkPolicy, channel }: SharedAlarmsProps): void {
    const options = { period: FIVE_MINUTES, statistic: cloudwatch.Stats.SUM };
    channel.add(this, 'FunctionThrottles', {
      meaning: 'Lambda refused calls of a function, since too many were under way',
      metric: combined(
        'Throttles',
        'SUM',
        functions.map((one) => one.metricThrottles(options)),
      ),
      threshold: 1,
    });
    channel.add(this, 'FunctionErrors', {
      meaning: `Functions failed ${MANY_ERRORS} times or more in five minutes`,
      metric: combined(
        'Errors',
        'SUM',
        functions.map((one) => one.metricErrors(options)),
      ),
      threshold: MANY_ERRORS,
    });
    channel.add(this, 'SlowDecisions', {
      meaning: `One in a hundred decisions takes ${SLOW_MS / 1000} s or more`,
      metric: combined(
        'Slowest in a hundred',
        'MAX',
        deciding.map((one) => one.metricDuration({ period: FIVE_MINUTES, statistic: 'p99' })),
      ),
      threshold: SLOW_MS,
      periods: 3,
    });
    if (checkPolicy === undefined) return;
    channel.add(this, 'ChangesUnchecked', {
      meaning: 'Changes of policy have waited five minutes or more for check-policy',
      metric: checkPolicy.metric('IteratorAge', { period: FIVE_MINUTES, statistic: cloudwatch.Stats.MAXIMUM }),
      threshold: LATE_MS,
    });
  }
}

function throttlesOf({ policy, users, events, counters }: PolicyTables): readonly cloudwatch.Metric[] {
  const ofTable = (table: dynamodb.ITable, more: Readonly<Record<string, string>> = {}): readonly cloudwatch.Metric[] =>
    ['ReadThrottleEvents', 'WriteThrottleEvents'].map((metricName) => {
      return new cloudwatch.Metric({
        namespace: 'AWS/DynamoDB',
        metricName,
        dimensionsMap: { TableName: table.tableName, ...more },
        statistic: cloudwatch.Stats.SUM,
        period: FIVE_MINUTES,
      });
    });
  // Ten: an alarm takes no more. A write to the table waits for its index, so that is where a full index shows.
  return [
    ...[policy, users, events, counters].flatMap((table) => ofTable(table)),
    ...ofTable(events, { GlobalSecondaryIndexName: TABLE_SHAPES.events.index.name }),
  ];
}

function combined(label: string, how: 'SUM' | 'MAX', metrics: readonly cloudwatch.IMetric[]): cloudwatch.IMetric {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  const expression = `${how}([${Object.keys(usingMetrics)
    .map((name) => `FILL(${name}, 0)`)
    .join(', ')}])`;
  return new cloudwatch.MathExpression({ expression, usingMetrics, label, period: FIVE_MINUTES });
}

function reputation(metricName: string): cloudwatch.Metric {
  const period = Duration.hours(1);
  return new cloudwatch.Metric({ namespace: 'AWS/SES', metricName, statistic: cloudwatch.Stats.AVERAGE, period });
}
