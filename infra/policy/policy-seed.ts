/** Writes the first items of each server where there are none; an existing policy is never touched. */
import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { ENV_POLICY_TABLE } from '../../functions/seed-policy/env.ts';
import { acknowledge } from '../acknowledge.ts';
import type { Server } from '../configuration/server/server.ts';
import { FunctionLog } from '../functions/function-log.ts';
import { PosternFunction } from '../functions/postern-function.ts';

export interface PolicySeedProps {
  /** The table *policy*. */
  readonly table: dynamodb.ITable;
  /** The servers whose first items are written. */
  readonly servers: readonly Pick<Server, 'name' | 'policy'>[];
  /** How long the logs are kept. */
  readonly logRetention: logs.RetentionDays;
}

export class PolicySeed extends Construct {
  constructor(scope: Construct, id: string, props: PolicySeedProps) {
    super(scope, id);
    const { table, servers, logRetention } = props;
    const seed = new PosternFunction(this, 'SeedPolicy', {
      folder: 'seed-policy',
      description: 'Writes the first policy items of a published server',
      logRetention,
      timeout: Duration.seconds(60),
    });
    seed.grantTable({ table, variable: ENV_POLICY_TABLE }, ['dynamodb:GetItem', 'dynamodb:PutItem']);

    const framework = new FunctionLog(this, 'Framework', { retention: logRetention });
    const provider = new Provider(this, 'Provider', {
      onEventHandler: seed.lambda,
      logGroup: framework.logGroup,
      frameworkOnEventRole: framework.role,
    });
    const seedFunction = Stack.of(this).getLogicalId(seed.lambda.node.defaultChild as CfnFunction);
    acknowledge(
      framework.role,
      `AwsSolutions-IAM5[Resource::<${seedFunction}.Arn>:*]`,
      'The CDK lets its own function, which stands between CloudFormation and the seed, call each version of it',
    );
    acknowledge(provider, 'AwsSolutions-L1', 'The CDK chooses the runtime of its own function');
    for (const { name, policy } of servers) {
      new CustomResource(this, `Items-${name}`, {
        resourceType: 'Custom::PosternFirstItems',
        serviceToken: provider.serviceToken,
        // As one string: CloudFormation makes strings of the numbers and booleans inside an object.
        properties: { Server: name, Items: JSON.stringify(policy.items) },
      });
    }
  }
}
