/**
 * The role by which ECS acts in an account. The first cluster makes it a moment too late for the service that comes with
 * it ("Unable to assume the service linked role", openemr/openemr-on-ecs#8); made here, it is minutes old by then.
 */
import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { sdkCalls } from '../functions/sdk-calls.ts';

export interface EcsRoleProps {
  /** How long the log is kept. */
  readonly logRetention: logs.RetentionDays;
}

const SERVICE = 'ecs.amazonaws.com';

export class EcsRole extends Construct {
  constructor(scope: Construct, id: string, { logRetention }: EcsRoleProps) {
    super(scope, id);
    const { logGroup, role } = sdkCalls(this, logRetention);
    const path = `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/aws-service-role/${SERVICE}/*`;
    acknowledge(
      this,
      `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iam::<AWS::AccountId>:role/aws-service-role/${SERVICE}/*]`,
      'IAM chooses the name of the role',
    );
    new AwsCustomResource(this, 'Made', {
      resourceType: 'Custom::PosternEcsRole',
      // Not taken away with the stack: other clusters of the account live by it.
      onCreate: {
        service: 'IAM',
        action: 'CreateServiceLinkedRole',
        parameters: { AWSServiceName: SERVICE },
        physicalResourceId: PhysicalResourceId.of(SERVICE),
        // In most accounts it is there.
        ignoreErrorCodesMatching: 'InvalidInput',
      },
      policy: AwsCustomResourcePolicy.fromStatements([
        new iam.PolicyStatement({
          actions: ['iam:CreateServiceLinkedRole'],
          resources: [path],
          conditions: { StringEquals: { 'iam:AWSServiceName': SERVICE } },
        }),
      ]),
      installLatestAwsSdk: false,
      logGroup,
      role,
    });
  }
}
