/** The function that tells of each change of policy and users and checks it, and the streams that call it. */
import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV_EVENTS_TABLE, ENV_POLICY_TABLE } from '../../functions/check-policy/env.ts';
import { ENV_METRIC_NAMESPACE } from '../../functions/tables/env.ts';
import { acknowledge } from '../acknowledge.ts';
import type { DeploymentNames } from '../deployment-names.ts';
import type { PolicyTables } from '../policy/policy-tables.ts';
import { PosternFunction } from './postern-function.ts';

export interface PolicyCheckProps {
  readonly tables: PolicyTables;
  readonly names: DeploymentNames;
  /** How long its log is kept. */
  readonly logRetention: logs.RetentionDays;
  /**
   * Executions that it keeps for itself, and has no more than.
   *
   * @default what the account has in common
   */
  readonly reservedConcurrency?: number | undefined;
  /** Where it is written which changes failed to the last attempt. */
  readonly deadLetters: sqs.IQueue;
}

/** Attempts at a change; with the pauses that Lambda makes between them, minutes. Then the stream goes on without it. */
const RETRY_ATTEMPTS = 10;

export class PolicyCheck extends Construct {
  readonly lambda: lambda.Function;

  constructor(scope: Construct, id: string, props: PolicyCheckProps) {
    super(scope, id);
    const { tables, names, logRetention, reservedConcurrency, deadLetters } = props;
    this.lambda = new PosternFunction(this, 'CheckPolicy', {
      folder: 'check-policy',
      names,
      description: 'Tells of each change of policy and users, and says whether a policy item is right',
      logRetention,
      timeout: Duration.minutes(1),
      reservedConcurrency,
    })
      .countAs(names, ENV_METRIC_NAMESPACE)
      .grantTable({ table: tables.policy, variable: ENV_POLICY_TABLE }, [
        'dynamodb:GetItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
      ])
      .grantTable({ table: tables.events, variable: ENV_EVENTS_TABLE }, ['dynamodb:BatchWriteItem']).lambda;
    acknowledge(this.lambda, 'AwsSolutions-IAM5[Resource::*]', 'Streams can be listed as a whole alone');
    for (const table of [tables.policy, tables.users]) {
      this.lambda.addEventSource(
        new DynamoEventSource(table, {
          // The first items too, which are there before the function is.
          startingPosition: lambda.StartingPosition.TRIM_HORIZON,
          batchSize: 100,
          reportBatchItemFailures: true,
          bisectBatchOnError: true,
          retryAttempts: RETRY_ATTEMPTS,
          onFailure: new SqsDlq(deadLetters),
        }),
      );
    }
  }
}
