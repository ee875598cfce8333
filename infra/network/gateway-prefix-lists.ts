/** The id of the managed prefix list of a gateway endpoint; each region has its own. */
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { GatewayService } from '../configuration/network/aws-service.ts';
import type { FunctionLog } from '../functions/function-log.ts';
import { sdkCalls } from '../functions/sdk-calls.ts';

export interface GatewayPrefixListsProps {
  /** How long the log of the look-up is kept. */
  readonly logRetention: logs.RetentionDays;
}

/**
 * Asked of EC2 during the deployment: neither an endpoint nor CloudFormation tells it, and the CDK's own look-up needs an
 * account at synth.
 */
export class GatewayPrefixLists extends Construct {
  readonly ids: Readonly<Record<GatewayService, string>>;

  constructor(scope: Construct, id: string, { logRetention }: GatewayPrefixListsProps) {
    super(scope, id);
    const log = sdkCalls(this, logRetention);
    acknowledge(this, 'AwsSolutions-IAM5[Resource::*]', 'ec2:DescribeManagedPrefixLists knows no resources');
    this.ids = { dynamodb: this.#lookUp('dynamodb', log), s3: this.#lookUp('s3', log) };
  }

  #lookUp(service: GatewayService, { logGroup, role }: FunctionLog): string {
    const name = `com.amazonaws.${Stack.of(this).region}.${service}`;
    const lookUp = new AwsCustomResource(this, service, {
      resourceType: 'Custom::PosternPrefixList',
      onUpdate: {
        service: 'EC2',
        action: 'DescribeManagedPrefixLists',
        parameters: { Filters: [{ Name: 'prefix-list-name', Values: [name] }] },
        outputPaths: ['PrefixLists.0.PrefixListId'],
        physicalResourceId: PhysicalResourceId.of(service),
      },
      // The action knows no resources.
      policy: AwsCustomResourcePolicy.fromStatements([
        new iam.PolicyStatement({ actions: ['ec2:DescribeManagedPrefixLists'], resources: ['*'] }),
      ]),
      installLatestAwsSdk: false,
      logGroup,
      role,
    });
    return lookUp.getResponseField('PrefixLists.0.PrefixListId');
  }
}
