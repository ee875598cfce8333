/** What the functions in the path of mail keep of the account's executions: decided at deployment, and each day anew. */
import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { ENV_FUNCTIONS } from '../../functions/reserve-concurrency/env.ts';
import { acknowledge } from '../acknowledge.ts';
import { FunctionLog } from './function-log.ts';
import { PosternFunction } from './postern-function.ts';

export interface SharedConcurrencyProps {
  /** By the folders of `functions/`. */
  readonly functions: ReadonlyMap<string, lambda.IFunction>;
  /** How long logs are kept. */
  readonly logRetention: logs.RetentionDays;
}

export class SharedConcurrency extends Construct {
  /** What each keeps, in words. */
  readonly reserved: string;

  constructor(scope: Construct, id: string, { functions, logRetention }: SharedConcurrencyProps) {
    super(scope, id);
    const { lambda: reserve } = new PosternFunction(this, 'ReserveConcurrency', {
      folder: 'reserve-concurrency',
      description: 'Gives functions their shares of the executions that the account may have',
      logRetention,
      timeout: Duration.minutes(1),
    });
    const names = [...functions].map(([name, { functionName }]): [string, string] => [name, functionName]);
    reserve.addEnvironment(ENV_FUNCTIONS, Stack.of(this).toJsonString(Object.fromEntries(names)));
    for (const statement of rights([...functions.values()])) reserve.addToRolePolicy(statement);
    acknowledge(reserve, 'AwsSolutions-IAM5[Resource::*]', 'The account’s limits, and X-Ray, know no resources');
    new events.Rule(this, 'Daily', {
      description: 'Gives functions their shares anew: the quota of the account may have been raised',
      schedule: events.Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(reserve)],
    });
    this.reserved = this.#resource(reserve, [...functions.keys()], logRetention).getAttString('Reserved');
  }

  #resource(reserve: lambda.Function, names: readonly string[], logRetention: logs.RetentionDays): CustomResource {
    const framework = new FunctionLog(this, 'Framework', { retention: logRetention });
    const provider = new Provider(this, 'Provider', {
      onEventHandler: reserve,
      logGroup: framework.logGroup,
      frameworkOnEventRole: framework.role,
    });
    const id = Stack.of(this).getLogicalId(reserve.node.defaultChild as CfnFunction);
    acknowledge(
      framework.role,
      `AwsSolutions-IAM5[Resource::<${id}.Arn>:*]`,
      'The CDK lets its own function, which stands between CloudFormation and this one, call each version of it',
    );
    acknowledge(provider, 'AwsSolutions-L1', 'The CDK chooses the runtime of its own function');
    return new CustomResource(this, 'Shares', {
      resourceType: 'Custom::PosternSharedConcurrency',
      serviceToken: provider.serviceToken,
      // Asked again when others are to have shares.
      properties: { Functions: names.join(' ') },
    });
  }
}

function rights(functions: readonly lambda.IFunction[]): readonly iam.PolicyStatement[] {
  const actions = [
    'lambda:GetFunctionConcurrency',
    'lambda:PutFunctionConcurrency',
    'lambda:DeleteFunctionConcurrency',
  ];
  return [
    new iam.PolicyStatement({ actions, resources: functions.map(({ functionArn }) => functionArn) }),
    new iam.PolicyStatement({ actions: ['lambda:GetAccountSettings'], resources: ['*'] }),
  ];
}
