/** The function that knocks at published servers; each server's schedule tells it at which doors. */
import { Duration } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENV_EVENTS_TABLE, ENV_PROBE_USERS } from '../../functions/probe-servers/env.ts';
import { ENV_METRIC_NAMESPACE } from '../../functions/tables/env.ts';
import type { DeploymentNames } from '../deployment-names.ts';
import { type FunctionPlace, PosternFunction } from '../functions/postern-function.ts';
import { secretResource } from '../server/certificate.ts';

export interface ProbeFunctionProps {
  readonly names: DeploymentNames;
  readonly eventsTable: dynamodb.ITable;
  /** How long its log is kept. */
  readonly logRetention: logs.RetentionDays;
  /** Secret with users to log in as. */
  readonly usersSecret?: string | undefined;
  /**
   * Where it stands: in the VPC it reaches load balancers by their private addresses.
   *
   * @default outside, where it reaches public addresses, though not their port 25
   */
  readonly place?: FunctionPlace;
}

/** Some fifty conversations a door, each bounded; three doors. */
const TIMEOUT = Duration.minutes(10);

export class ProbeFunction extends Construct {
  readonly lambda: lambda.Function;

  constructor(scope: Construct, id: string, props: ProbeFunctionProps) {
    super(scope, id);
    const { names, eventsTable, logRetention, usersSecret, place } = props;
    this.lambda = new PosternFunction(this, 'ProbeServers', {
      folder: 'probe-servers',
      description: `Knocks at published servers each hour, ${place === undefined ? 'from outside' : 'in the VPC'}`,
      logRetention,
      timeout: TIMEOUT,
      ...(place === undefined ? {} : { place }),
    })
      .countAs(names, ENV_METRIC_NAMESPACE)
      .grantTable({ table: eventsTable, variable: ENV_EVENTS_TABLE }, ['dynamodb:BatchWriteItem']).lambda;
    if (usersSecret === undefined) return;
    const resource = secretResource(this, usersSecret);
    this.lambda.addToRolePolicy(
      new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [resource] }),
    );
    this.lambda.addEnvironment(ENV_PROBE_USERS, usersSecret);
  }
}
