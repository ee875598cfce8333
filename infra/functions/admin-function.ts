/** The function `admin`: the one that may change policy and users, and read what happened. */
import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import {
  ENV_COUNTERS_TABLE,
  ENV_EVENTS_TABLE,
  ENV_POLICY_TABLE,
  ENV_RENEWING_DEPLOYMENT,
  ENV_USERS_TABLE,
  RENEWAL_SOURCE,
} from '../../functions/admin/env.ts';
import { TABLE_SHAPES } from '../../policy/tables.ts';
import type { DeploymentNames } from '../deployment-names.ts';
import type { PolicyTables } from '../policy/policy-tables.ts';
import { PosternFunction } from './postern-function.ts';

export interface AdminFunctionProps {
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
  /** Whether a server has its certificate made by the deployment, which can be asked to renew it. */
  readonly hasRenewals: boolean;
}

/** MiB: a whole processor, for the verifier of a password and for documents of ten thousand items. */
const MEMORY_MIB = 1769;

export class AdminFunction extends Construct {
  readonly lambda: lambda.Function;

  constructor(scope: Construct, id: string, props: AdminFunctionProps) {
    super(scope, id);
    const { tables, names, logRetention, reservedConcurrency } = props;
    const edit = ['GetItem', 'Scan', 'UpdateItem', 'DeleteItem'];
    this.lambda = new PosternFunction(this, 'Api', {
      folder: 'admin',
      names,
      description: 'API of those who run the service',
      logRetention,
      // The HTTP API waits 30 s at most.
      timeout: Duration.seconds(29),
      memoryMiB: MEMORY_MIB,
      reservedConcurrency,
    })
      .grantTable({ table: tables.policy, variable: ENV_POLICY_TABLE }, actions('Query', ...edit))
      .grantTable({ table: tables.users, variable: ENV_USERS_TABLE }, actions(...edit))
      .grantTable(
        { table: tables.events, variable: ENV_EVENTS_TABLE },
        actions('Query', 'BatchGetItem', 'BatchWriteItem'),
      )
      .grantIndex({ table: tables.events, index: TABLE_SHAPES.events.index.name })
      .grantTable(
        { table: tables.counters, variable: ENV_COUNTERS_TABLE },
        actions('Query', 'Scan', 'BatchWriteItem', 'DeleteItem', 'PutItem'),
      ).lambda;
    if (props.hasRenewals) this.#letRenew(names);
  }

  #letRenew({ metrics }: DeploymentNames): void {
    const bus = Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
    this.lambda.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [bus],
        conditions: { StringEquals: { 'events:source': RENEWAL_SOURCE } },
      }),
    );
    this.lambda.addEnvironment(ENV_RENEWING_DEPLOYMENT, metrics);
  }
}

function actions(...names: readonly string[]): readonly string[] {
  return names.map((name) => `dynamodb:${name}`);
}
