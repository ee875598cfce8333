/** How alarms reach people: every alarm is made here, with its article and the topic that it is sent to. */
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { type AlarmName, runbookUrl } from './runbook-url.ts';

export interface AlarmChannelProps {
  /**
   * Base of the articles' addresses.
   *
   * @default the path in the repository
   */
  readonly runbookUrl?: string;
  /** Told of each alarm, and when it is over. */
  readonly topics: readonly sns.ITopic[];
  /** The namespace of the deployment's own metrics. */
  readonly namespace: string;
}

export interface AlarmSpec {
  /** What it means, in one sentence without a full stop. */
  readonly meaning: string;
  readonly metric: cloudwatch.IMetric;
  /** The alarm is raised at this value and beyond it. */
  readonly threshold: number;
  /**
   * Periods of the metric that must all be beyond.
   *
   * @default 1
   */
  readonly periods?: number;
  /**
   * Which side of the threshold is bad.
   *
   * @default above, a silent metric is good; below, a silent metric is bad
   */
  readonly bad?: 'above' | 'below';
}

export class AlarmChannel {
  readonly #props: AlarmChannelProps;

  constructor(props: AlarmChannelProps) {
    this.#props = props;
  }

  get namespace(): string {
    return this.#props.namespace;
  }

  add(scope: Construct, name: AlarmName, spec: AlarmSpec): cloudwatch.Alarm {
    const isBelow = spec.bad === 'below';
    const { ComparisonOperator, TreatMissingData } = cloudwatch;
    const alarm = new cloudwatch.Alarm(scope, name, {
      alarmDescription: `${spec.meaning}. What to do: ${runbookUrl(name, this.#props.runbookUrl)}`,
      metric: spec.metric,
      threshold: spec.threshold,
      evaluationPeriods: spec.periods ?? 1,
      comparisonOperator: isBelow
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: isBelow ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    for (const topic of this.#props.topics) {
      const action = new SnsAction(topic);
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
    return alarm;
  }
}
